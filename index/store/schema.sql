-- stagefs layer index, version 2. SPDX-License-Identifier: MIT
--
-- One file, many images, every layer once by DiffID. Read it with any SQLite client; the views
-- at the end have stable names and columns, the tables may change with user_version.
-- Names and link targets are BLOBs: bytes of any kind but NUL (and '/' in names).
-- Digests are text as OCI writes them ("sha256:<hex>"). Times are Unix seconds. Sizes are bytes.

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
  uid         INTEGER NOT NULL,    -- numbers only: names are the passwd of each image
  gid         INTEGER NOT NULL,    -- as uid
  mtime       INTEGER NOT NULL,    -- seconds; may be negative
  mtime_nsec  INTEGER NOT NULL,    -- 0 to 999999999
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
  value BLOB NOT NULL,     -- bytes of any kind
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
  ino     INTEGER NOT NULL,   -- as dev
  size    INTEGER NOT NULL,   -- as dev
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
  indexed         INTEGER NOT NULL, -- when
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
  media_type  TEXT,               -- as the manifest declares
  PRIMARY KEY (image, position)
) WITHOUT ROWID;
CREATE INDEX image_layer_layer ON image_layer (layer);

CREATE TABLE history (
  -- the config's history[], bytes as they are
  image       INTEGER NOT NULL REFERENCES image (id) ON DELETE CASCADE,
  ord         INTEGER NOT NULL,   -- from 0
  position    INTEGER,            -- the layer it made; NULL for metadata or when unreliable
  created     TEXT,               -- as all of these: what the config says, or NULL
  created_by  BLOB,               -- the instruction, as its builder spells it
  comment     BLOB,               -- "buildkit.dockerfile.v0"
  author      BLOB,               -- MAINTAINER
  empty_layer INTEGER NOT NULL,   -- 1: it made no layer
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

-- Since version 2: what is known of builds and their stages.

CREATE TABLE document (
  -- evidence about builds that is no image: as it was found, parsed anew by whoever needs it
  id      INTEGER PRIMARY KEY AUTOINCREMENT,
  kind    TEXT NOT NULL,   -- provenance, cache, dockerfile, stage, arguments
  digest  TEXT NOT NULL,   -- SHA-256 of body
  body    BLOB NOT NULL,   -- JSON, Dockerfile text; stage: the image's name as the user gave it;
                           -- arguments: NAME=VALUE of the build, each ended by a NUL
  subject TEXT NOT NULL,   -- digest of the manifest or config it was said to be about; '' if
                           -- nothing but the body says so
  name    BLOB NOT NULL,   -- its reference or file name; stage: [BUILD/]NAME; may be empty
  input   BLOB NOT NULL,   -- path of the input that held it
  indexed INTEGER NOT NULL, -- when it was first seen
  UNIQUE (kind, digest, subject, name)
);

CREATE TABLE document_layer (
  -- layers that a cache export brings, in the order of its "layers"
  document    INTEGER NOT NULL REFERENCES document (id) ON DELETE CASCADE,
  ord         INTEGER NOT NULL,   -- from 0: index into the cache config's layers
  layer       INTEGER REFERENCES layer (id), -- NULL: the blob is not in the input
  diff_id     TEXT NOT NULL,      -- '' if unknown
  blob_digest TEXT NOT NULL,      -- of the blob as stored
  blob_bytes  INTEGER,            -- its size; NULL unknown
  codec       TEXT,               -- how it is stored; NULL unknown
  PRIMARY KEY (document, ord)
) WITHOUT ROWID;
CREATE INDEX document_layer_layer ON document_layer (layer);

CREATE TABLE build (
  -- one build as the evidence shows it; derived by every publishing transaction
  id            INTEGER PRIMARY KEY AUTOINCREMENT,
  key           TEXT NOT NULL UNIQUE, -- what makes it the same build again
  image         INTEGER REFERENCES image (id) ON DELETE CASCADE, -- the final image; NULL: only
                                      -- documents know the build
  name          TEXT NOT NULL,        -- '' if the final image names it
  dockerfile    BLOB,                 -- text, if known
  dockerfile_by TEXT,                 -- user, provenance
  note          TEXT                  -- what a user should know: why there are no more stages
);

CREATE TABLE stage (
  id          INTEGER PRIMARY KEY AUTOINCREMENT, -- a changed chain is a new id
  build       INTEGER NOT NULL REFERENCES build (id) ON DELETE CASCADE,
  ordinal     INTEGER NOT NULL,  -- from 0, in Dockerfile order
  name        TEXT NOT NULL,     -- AS name, stage-<ordinal>, a tag
  name_by     TEXT NOT NULL,     -- evidence: user, label, provenance, cache, chain, dockerfile,
                                 -- history, tag, content, default
  base_kind   TEXT NOT NULL,     -- scratch, stage, image, unknown
  base_stage  INTEGER,           -- ordinal, of the same build
  base_ref    TEXT,              -- reference of an image base, or the stage's name
  base_image  INTEGER REFERENCES image (id) ON DELETE SET NULL, -- if it is indexed
  base_by     TEXT NOT NULL,     -- evidence for the base
  base_layers INTEGER,           -- how many layers of the chain the base has; NULL unknown
  layers_by   TEXT,              -- NULL: no input holds its layers
  image       INTEGER REFERENCES image (id) ON DELETE SET NULL, -- an image that is this stage
  target      INTEGER NOT NULL,  -- 1: the stage the build ends in
  needed      INTEGER NOT NULL,  -- 0: the target does not need it
  UNIQUE (build, ordinal)
);

CREATE TABLE stage_layer (
  -- the whole chain of a stage, its base's layers too; no rows: not in the index
  stage    INTEGER NOT NULL REFERENCES stage (id) ON DELETE CASCADE,
  position INTEGER NOT NULL,     -- from 1
  layer    INTEGER REFERENCES layer (id), -- NULL: not in any input
  diff_id  TEXT NOT NULL,        -- of that layer
  PRIMARY KEY (stage, position)
) WITHOUT ROWID;
CREATE INDEX stage_layer_layer ON stage_layer (layer);

CREATE TABLE instruction (
  -- a stage's own instructions
  stage    INTEGER NOT NULL REFERENCES stage (id) ON DELETE CASCADE,
  ord      INTEGER NOT NULL,     -- from 0
  line0    INTEGER,              -- first line in the Dockerfile, NULL unknown
  line1    INTEGER,              -- the last one
  keyword  TEXT NOT NULL,        -- RUN, COPY, ...
  text     BLOB NOT NULL,        -- with the keyword, as one line
  position INTEGER,              -- the layer it made, NULL none or unknown
  by       TEXT NOT NULL,        -- evidence
  PRIMARY KEY (stage, ord)
) WITHOUT ROWID;

CREATE TABLE edge (
  -- what an instruction took from elsewhere
  stage        INTEGER NOT NULL REFERENCES stage (id) ON DELETE CASCADE,
  ord          INTEGER NOT NULL, -- from 0
  instruction  INTEGER,          -- ord of it, NULL unknown
  position     INTEGER,          -- the layer that holds the copies, NULL unknown
  kind         TEXT NOT NULL,    -- copy, mount
  source       TEXT NOT NULL,    -- stage, image, context, unknown
  source_stage INTEGER,          -- ordinal
  source_ref   TEXT,             -- of an image
  src          BLOB,             -- path or pattern, NULL unknown
  dst          BLOB,             -- directory or path as written, NULL unknown
  by           TEXT NOT NULL,    -- evidence
  PRIMARY KEY (stage, ord)
) WITHOUT ROWID;

CREATE VIEW stages AS
  -- every stage of every build; has_layers 0: known by name only
  SELECT s.id AS stage, s.build, b.image AS final_image,
         (SELECT min(reference) FROM name WHERE image = b.image) AS build_name,
         s.ordinal, s.name, s.base_kind, s.base_ref, s.layers_by IS NOT NULL AS has_layers,
         (SELECT count(*) FROM stage_layer WHERE stage = s.id) AS layers
    FROM stage s JOIN build b ON b.id = s.build;
