/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * An index in a directory of its own, rows for it, and a second pair of eyes: raw SQL through a
 * connection that index/store knows nothing of.
 */
#include "test.h"

#include "store/db.h"
#include "store/images.h"
#include "store/layers.h"
#include "store/locations.h"

#include <sqlite3.h>

struct index_dir {
	char dir[64], path[96];
	struct db *db;
	struct err err;
	bool
	    damaged; /* on purpose: the teardown then does not look whether the file is sound */
};

/* cmocka's setup and teardown: *state is a struct index_dir with an open, empty index. The
 * teardown fails if the file that is left has damaged pages or references to nothing. */
int index_setup(void **state);
int index_teardown(void **state);
/* Closes and opens it again. */
void index_reopen(struct index_dir *d, enum db_mode mode);

/* A connection that index/store knows nothing of; close it. */
sqlite3 *raw_open(const struct index_dir *d);
/* The first column of the first row as text, "" if there is none. Lives until the next call. */
const char *raw_text(const struct index_dir *d, const char *sql);
int64_t raw_int(const struct index_dir *d, const char *sql);
/* Runs it; fails the test if SQLite does. */
void raw_exec(const struct index_dir *d, const char *sql);
/* Runs the statements of a file. */
void run_file(const struct index_dir *d, const char *path);
/* Does no connection stand in a snapshot? Then, and only then, SQLite can empty the WAL. */
bool holds_no_snapshot(const struct index_dir *d);
/* The whole file's bytes, to see that nothing was written. Free it. */
char *file_bytes(const char *path, size_t *ret_len);

/* A published layer with tar_bytes and content_bytes 0, in a transaction of its own. */
int64_t add_layer(struct index_dir *d, const char *diff_id);
/* An image with these layers (0: absent), published. */
int64_t add_image(struct index_dir *d, const char *config_digest, const int64_t *layers,
		  size_t n);
/* A regular file, content and so hashes made of `seed`; size 0: none. */
struct entry_row file_row(int64_t layer, uint32_t seq, const char *name, uint64_t size,
			  unsigned char seed);
void put_entry(struct index_dir *d, const struct entry_row *row);
