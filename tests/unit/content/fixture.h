/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * For tests of content: a directory with an index, one layer of a few files in it, and archives
 * that hold the layer one way or another.
 *
 *     int64_t a = fixture_archive(f, "one.tar", CODEC_GZIP, CODEC_NONE);
 *     fixture_locate(f, a, true);
 *     fixture_open(f);
 *     fixture_assert_reads(f);
 *
 * In an archive the stored layer stands behind FIXTURE_BEFORE bytes and before some more.
 */
#include "content/content.h"
#include "content/opened.h"
#include "store/db.h"
#include "streams.h"

#define FIXTURE_FILES  6
#define FIXTURE_BEFORE 1000

struct fixture_file {
	const char *name;
	struct buf data; /* what a reader sees */
	int64_t inode;
};

struct fixture_archive {
	int64_t id;
	char path[128];
	enum codec stored_as; /* the layer */
	uint64_t length;      /* of the stored layer */
	struct seekpoints points;
};

struct fixture {
	char dir[64], cache[80];
	struct db *db;
	struct err err;
	struct content_opts opts;
	struct content *content; /* fixture_open */
	struct buf tar;          /* the layer, uncompressed */
	struct layer_row layer;
	struct fixture_file files[FIXTURE_FILES];
	struct fixture_archive archives[8];
	size_t n_archives;

	/* For the parts below struct content. */
	pthread_mutex_t db_lock;
	uint64_t serials;
	struct opener opener;
};

/* cmocka setup and teardown; the layer is in the index, without locations. */
int fixture_setup(void **state);
int fixture_teardown(void **state);

/* Files of the layer. */
enum { FILE_SMALL, FILE_BIG, FILE_EMPTY, FILE_SPARSE, FILE_HOLE, FILE_LAST };

/* Writes an archive file and its row. The answer counts from 0, for fixture_archives. */
size_t fixture_archive(struct fixture *f, const char *name, enum codec stored_as,
		       enum codec whole);
/* The same with a layer of other bytes in it: `damage` of them are turned over. */
size_t fixture_damaged(struct fixture *f, const char *name, enum codec stored_as);
/* Says that the layer is there. Returns the location's id. */
int64_t fixture_locate(struct fixture *f, size_t archive, bool verified);
void fixture_store_points(struct fixture *f, size_t archive, int64_t location);
/* The first location of the archive, as the index has it. */
struct location_row fixture_location(struct fixture *f, size_t archive);
/* The row follows the file as it is now. */
void fixture_adopt(struct fixture *f, size_t archive);

/* Makes struct content from f->opts. */
void fixture_open(struct fixture *f);
/* Every file whole and at odd offsets. */
void fixture_assert_reads(struct fixture *f);
/* -errno or 0 of a read of one file. */
int fixture_read(struct fixture *f, int file);

/* ---- files on disk ---- */

void fixture_write(const char *path, struct bytes content);
/* Overwrites bytes in place and restores mtime: only ctime tells. */
void fixture_overwrite(const char *path, uint64_t off, struct bytes content);
/* chmod, until the clock of the file system shows it in ctime. */
void fixture_chmod(const char *path);
bool fixture_exists(const char *path);
size_t fixture_count_files(const char *dir);
