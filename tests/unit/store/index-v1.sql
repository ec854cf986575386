-- An index as version 1 of the schema was, with a row in every table: never change this file.
-- test_migrate.c brings it up to date. When the schema gets version N, add index-v<N-1>.sql.
-- SPDX-License-Identifier: MIT

PRAGMA journal_mode = WAL;
PRAGMA application_id = 0x73746766;
PRAGMA user_version = 1;

CREATE TABLE meta (
  -- exactly one row
  id          INTEGER PRIMARY KEY CHECK (id = 1),
  generation  INTEGER NOT NULL,   -- raised by every publishing, removing transaction
  created_by  TEXT NOT NULL       -- stagefs version that made the file
);

CREATE TABLE layer (
  id            INTEGER PRIMARY KEY AUTOINCREMENT, -- never reused; below 2^28
  diff_id       TEXT NOT NULL UNIQUE,  -- SHA-256 of the uncompressed tar, verified while reading
  published     INTEGER NOT NULL,      -- 0: staged by a run that has not finished; 1: in use
  staged_by     TEXT,                  -- which run staged it (random hex), NULL once published
  tar_bytes     INTEGER NOT NULL,      -- length of the uncompressed tar
  content_bytes INTEGER NOT NULL,      -- regular-file sizes, hard links once
  entries       INTEGER NOT NULL,      -- rows in entry
  findings      INTEGER NOT NULL,      -- findings made, also those beyond the kept ones
  indexed       INTEGER NOT NULL       -- when
);

CREATE TABLE entry (
  -- one name in one layer; a hard-link group has one row per name, sharing inode
  id          INTEGER PRIMARY KEY, -- layer << 24 | sequence; sequence 0 is the layer's root
  parent      INTEGER NOT NULL,    -- sequence of the directory it stands in; 0 for the root
  name        BLOB NOT NULL,       -- one component; empty for the root
  kind        INTEGER NOT NULL,    -- 0 plain, 1 implied directory (not in the tar), 2 whiteout,
                                   -- 3 opaque marker, 4 metadata (AUFS, eStargz), 5 link to lower
  inode       INTEGER NOT NULL,    -- id of the group's first name; equals id for single names
  mode        INTEGER NOT NULL,    -- file type and permission bits, as st_mode
  uid         INTEGER NOT NULL,
  gid         INTEGER NOT NULL,
  mtime       INTEGER NOT NULL,
  mtime_nsec  INTEGER NOT NULL,
  nlink       INTEGER NOT NULL,    -- names of the group in this layer
  size        INTEGER NOT NULL,    -- regular files: bytes, holes included; else 0
  stored      INTEGER NOT NULL,    -- data bytes in the tar: less than size if sparse
  data        INTEGER,             -- offset of the data in the uncompressed tar; NULL without data
  rdev        INTEGER,             -- devices: major << 20 | minor
  link        BLOB,                -- symlink target; for kind 5 the normalised target path
  xxh128      BLOB,                -- XXH3-128 of the content, 16 bytes; NULL if size is 0
  sha256      BLOB,                -- SHA-256 of the content, 32 bytes; NULL if size is 0
  sparse      BLOB,                -- regions, pairs of little-endian 64-bit (offset, length)
  xattrs      INTEGER NOT NULL,    -- 1 if xattr has rows for this inode
  twin        INTEGER              -- first entry of equal content, mode, owner, mtime and xattrs
);
CREATE INDEX entry_content ON entry (xxh128) WHERE xxh128 IS NOT NULL;

CREATE TABLE xattr (
  entry INTEGER NOT NULL,  -- entry.inode
  name  BLOB NOT NULL,     -- "security.capability"
  value BLOB NOT NULL,
  PRIMARY KEY (entry, name)
) WITHOUT ROWID;

CREATE TABLE finding (
  -- what is odd about a layer without being a reason to refuse it
  layer  INTEGER NOT NULL REFERENCES layer (id) ON DELETE CASCADE,
  ord    INTEGER NOT NULL,  -- order in the tar
  code   TEXT NOT NULL,     -- stable word, see stagefs-findings(5)
  path   BLOB NOT NULL,     -- as the tar spells it; empty: the whole layer
  detail TEXT,              -- more words
  PRIMARY KEY (layer, ord)
) WITHOUT ROWID;

CREATE TABLE archive (
  -- one file that holds stored bytes; directory inputs have one row per blob file
  id      INTEGER PRIMARY KEY AUTOINCREMENT,
  path    BLOB NOT NULL,      -- absolute path of the file
  input   BLOB NOT NULL,      -- what the user named: the archive or the directory; "-" if spooled
  codec   TEXT NOT NULL,      -- of the whole file: none, gzip, zstd, xz
  spooled INTEGER NOT NULL,   -- 1: our own copy of standard input, dropped by gc
  dev     INTEGER NOT NULL,   -- identity when it was read
  ino     INTEGER NOT NULL,
  size    INTEGER NOT NULL,
  mtime   INTEGER NOT NULL,   -- nanoseconds
  ctime   INTEGER NOT NULL,   -- nanoseconds
  UNIQUE (path)
);

CREATE TABLE location (
  -- where the stored bytes of a layer can be read
  id          INTEGER PRIMARY KEY AUTOINCREMENT,
  layer       INTEGER NOT NULL REFERENCES layer (id) ON DELETE CASCADE,
  archive     INTEGER NOT NULL REFERENCES archive (id) ON DELETE CASCADE,
  offset      INTEGER NOT NULL,  -- in the (decoded) archive
  length      INTEGER NOT NULL,  -- stored bytes
  codec       TEXT NOT NULL,     -- none, gzip, zstd, xz
  blob_digest TEXT,              -- SHA-256 of the stored bytes, NULL until hashed
  verified    INTEGER NOT NULL,  -- 1: these bytes were hashed and gave the DiffID
  UNIQUE (layer, archive, offset)
);

CREATE TABLE seekpoint (
  location INTEGER NOT NULL REFERENCES location (id) ON DELETE CASCADE,
  out      INTEGER NOT NULL,  -- offset in the uncompressed tar
  "in"     INTEGER NOT NULL,  -- byte offset in the stored bytes
  bits     INTEGER NOT NULL,  -- 0-7
  window   BLOB,              -- 32 KiB of history, zstd-compressed; NULL at a member's start
  PRIMARY KEY (location, out)
) WITHOUT ROWID;

CREATE TABLE image (
  id              INTEGER PRIMARY KEY AUTOINCREMENT,
  config_digest   TEXT NOT NULL,  -- the image's identity, with the platform
  platform        TEXT NOT NULL,  -- os/architecture[/variant]; "" if unknown
  manifest_digest TEXT,           -- NULL where the archive has no manifest
  config          BLOB,           -- stored bytes
  manifest        BLOB,           -- stored bytes
  created         TEXT,           -- as the config says
  format          TEXT NOT NULL,  -- docker-archive, oci-archive, oci, dir, layer
  indexed         INTEGER NOT NULL,
  UNIQUE (config_digest, platform)
);

CREATE TABLE image_layer (
  image       INTEGER NOT NULL REFERENCES image (id) ON DELETE CASCADE,
  position    INTEGER NOT NULL,   -- from 1, the lowest first
  layer       INTEGER REFERENCES layer (id), -- NULL: non-distributable, not in the archive
  diff_id     TEXT NOT NULL,      -- as the config declares
  blob_digest TEXT,               -- as the manifest declares; NULL if undeclared
  blob_bytes  INTEGER,            -- stored size; NULL if the layer is absent
  codec       TEXT,               -- how that blob is stored
  media_type  TEXT,
  PRIMARY KEY (image, position)
) WITHOUT ROWID;
CREATE INDEX image_layer_layer ON image_layer (layer);

CREATE TABLE history (
  -- the config's history[], bytes as they are
  image       INTEGER NOT NULL REFERENCES image (id) ON DELETE CASCADE,
  ord         INTEGER NOT NULL,   -- from 0
  position    INTEGER,            -- the layer it made; NULL for metadata or when unreliable
  created     TEXT,
  created_by  BLOB,
  comment     BLOB,
  author      BLOB,
  empty_layer INTEGER NOT NULL,
  PRIMARY KEY (image, ord)
) WITHOUT ROWID;

CREATE TABLE name (
  -- a reference that named an image when it was indexed; the highest event owns it
  reference TEXT NOT NULL,      -- normalised: docker.io/library/ dropped
  image     INTEGER NOT NULL REFERENCES image (id) ON DELETE CASCADE,
  event     INTEGER NOT NULL,   -- rises with every tagging; the platforms of one index share one
  PRIMARY KEY (reference, image)
) WITHOUT ROWID;

-- Stable views for SQL users.
CREATE VIEW images AS
  SELECT i.id AS image, i.config_digest, i.platform, i.created, i.format,
         (SELECT group_concat(reference, ' ') FROM name WHERE image = i.id) AS names,
         (SELECT count(*) FROM image_layer WHERE image = i.id) AS layers,
         (SELECT total(l.content_bytes) FROM layer l
           WHERE l.id IN (SELECT layer FROM image_layer WHERE image = i.id)) AS content_bytes
    FROM image i;
CREATE VIEW layers AS
  SELECT l.id AS layer, l.diff_id, l.tar_bytes, l.content_bytes, l.entries,
         (SELECT count(DISTINCT image) FROM image_layer WHERE layer = l.id) AS images
    FROM layer l WHERE l.published;
CREATE VIEW files AS
  -- regular files, one row per name; parents are walked by (layer << 24 | parent)
  SELECT e.id AS entry, e.id >> 24 AS layer, e.parent, e.name, e.inode, e.size,
         lower(hex(e.xxh128)) AS xxh128, lower(hex(e.sha256)) AS sha256
    FROM entry e WHERE e.mode & 61440 = 32768 AND e.kind = 0;

INSERT INTO meta VALUES (1, 41, 'stagefs 0.0.1');
INSERT INTO layer VALUES (7, 'sha256:aa', 1, NULL, 10240, 5, 3, 1, 1700000000);
INSERT INTO layer VALUES (9, 'sha256:bb', 0, 'cafe', 0, 0, 0, 0, 1700000001);
INSERT INTO entry VALUES ((7 << 24), 0, x'', 0, (7 << 24), 16877, 0, 0, 0, 0, 1, 0, 0, NULL, NULL,
  NULL, NULL, NULL, NULL, 0, NULL);
INSERT INTO entry VALUES ((7 << 24) + 1, 0, x'610aff', 0, (7 << 24) + 1, 33188, 1, 2, -3, 4, 1, 5, 5,
  512, NULL, NULL, x'000102030405060708090a0b0c0d0e0f',
  x'000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f', NULL, 1, NULL);
INSERT INTO xattr VALUES ((7 << 24) + 1, CAST('user.a' AS BLOB), x'00ff');
INSERT INTO finding VALUES (7, 0, 'odd', x'610aff', NULL);
INSERT INTO archive VALUES (3, CAST('/a.tar' AS BLOB), CAST('/a.tar' AS BLOB), 'none', 0, 1, 2, 3, 4, 5);
INSERT INTO location VALUES (5, 7, 3, 512, 10240, 'gzip', 'sha256:cc', 1);
INSERT INTO seekpoint VALUES (5, 0, 10, 0, NULL);
INSERT INTO image VALUES (2, 'sha256:dd', 'linux/amd64', NULL, CAST('{}' AS BLOB), NULL, NULL, 'oci', 6);
INSERT INTO image_layer VALUES (2, 1, 7, 'sha256:aa', NULL, 99, 'gzip', NULL);
INSERT INTO history VALUES (2, 0, 1, NULL, CAST('RUN x' AS BLOB), NULL, NULL, 0);
INSERT INTO name VALUES ('app:1', 2, 8);
