/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * struct content: from a stored entry to its bytes.
 *
 * Opens the best location of a layer: verified before unverified (an unverified one is hashed
 * whole first), present before gone, plain before compressed. Falls back to the next location
 * when one fails. gzip is read through seek points and the span cache, zstd and xz (and
 * archives compressed as a whole) through a decoded copy in the cache directory.
 *
 * Identity: an archive whose size, mtime or inode differ from the index gives -ESTALE. ctime
 * alone: the location is hashed again; an equal digest adopts the new identity. The descriptor
 * is held, so a rename or unlink after opening does not matter; a change is noticed at the
 * next read. The log names the archive once.
 *
 * With from_twins the same goes on beyond the layer: where a file is equal to another in all
 * that a reader can see (store/twins.c), and none of its own layer's locations can be read, the
 * other's are. The last ones that helped are remembered.
 *
 * Threads: safe from any thread. SQL runs under content's own lock on the db it is given.
 */
#include "io/source.h"
#include "io/spancache.h"
#include "store/layers.h"
#include "store/locations.h"

struct content;

struct content_opts {
	struct db *db;         /* borrowed; a connection of its own */
	const char *cache_dir; /* created on first need; NULL: unlinked temporary files only */
	uint64_t cache_bytes;  /* cap of that directory (4 GiB) */
	uint64_t span_bytes;   /* cap of decoded spans in memory (64 MiB) */
	bool verify_always;    /* compare every file with its SHA-256 before its first byte */
	bool from_twins;       /* a file that cannot be read where it is stored is read where an
				* equal one is: for -o inodes=content, where they are one file */
};

int content_new(const struct content_opts *opts, struct content **ret,
		struct err *err) _must_check_;
void content_free(struct content *c);
DEFINE_CLEANUP(struct content *, content_free)

/*
 * Reads of the stored entry `inode` (an entry id) at `off`; *ret_n short only at the end of the
 * file; holes read as zeros. -ESTALE: archive changed, or the row is gone. -EIO: bytes are
 * damaged. -ENOENT: no archive holds the layer any more.
 */
int content_pread(struct content *c, int64_t inode, void *buf, size_t n, uint64_t off,
		  size_t *ret_n, struct err *err) _must_check_;
/* Would a read be answered from open plain files, without decoding or opening anything? */
bool content_is_fast(struct content *c, int64_t inode);

/*
 * Compares two stored files byte by byte, a megabyte at a time. 0: equal; 1: they are not,
 * first at *ret_at; or an error of content_pread, with *ret_which the file (0 or 1) that it is
 * about.
 */
int content_compare(struct content *c, const int64_t inodes[2], uint64_t size, uint64_t *ret_at,
		    int *ret_which, struct err *err) _must_check_;
/* Re-reads every byte of a layer at every location: 0 equal, 1 mismatch (message in err),
 * -ENOENT no archive left. */
int content_verify_layer(struct content *c, int64_t layer, struct err *err) _must_check_;
/* Is some archive that holds the layer there and unchanged (stat only)? */
bool content_layer_available(struct content *c, int64_t layer);
