/* SPDX-License-Identifier: MIT */
#include "store/contents.h"

#include "store/layers.h"
#include "store/store_internal.h"
#include "util/vec.h"

#define HASH_BYTES 16

static int check_hash(struct db *db, struct bytes hash, int64_t entry, struct err *err)
{
	return hash.len == HASH_BYTES
		   ? 0
		   : db_damaged(db, "its hash has a wrong length", entry, err);
}

int contents_each(struct db *db,
		  int (*cb)(void *arg, const unsigned char *xxh128, int64_t entry), void *arg,
		  struct err *err)
{
	_cleanup_(stmt_done) sqlite3_stmt *s = NULL;
	int r = stmt_get(db, STMT_CONTENTS_EACH, &s, err);

	while (r == 0 && (r = stmt_row(db, s, err)) > 0) {
		struct bytes hash = col_blob(s, 0);
		int64_t entry = sqlite3_column_int64(s, 1);

		r = check_hash(db, hash, entry, err);
		if (r == 0)
			r = cb(arg, (const unsigned char *)hash.ptr, entry);
	}
	return r;
}

int contents_find(struct db *db, const unsigned char xxh128[16],
		  int (*cb)(void *arg, int64_t entry, uint64_t size), void *arg,
		  struct err *err)
{
	_cleanup_(stmt_done) sqlite3_stmt *s = NULL;
	int r = stmt_get(db, STMT_CONTENTS_FIND, &s, err);

	if (r < 0)
		return r;
	bind_blob(s, 1, bytes_make(xxh128, HASH_BYTES));
	while (r == 0 && (r = stmt_row(db, s, err)) > 0)
		r = cb(arg, sqlite3_column_int64(s, 0), (uint64_t)sqlite3_column_int64(s, 1));
	return r;
}

int contents_count(struct db *db, int64_t layer,
		   int (*cb)(void *arg, int64_t entry, uint64_t copies), void *arg,
		   struct err *err)
{
	_cleanup_(stmt_done) sqlite3_stmt *s = NULL;
	int r = stmt_get(db, STMT_CONTENTS_COUNT, &s, err);

	if (r < 0)
		return r;
	bind_int(s, 1, ENTRY_ID(layer, 0));
	bind_int(s, 2, ENTRY_ID(layer, ENTRY_SEQ_MAX));
	while (r == 0 && (r = stmt_row(db, s, err)) > 0)
		r = cb(arg, sqlite3_column_int64(s, 0), (uint64_t)sqlite3_column_int64(s, 1));
	return r;
}

/* ---- paths ---- */

#define DIRS      1024 /* a power of two */
#define DIR_BYTES 502  /* longer paths are not kept */

struct content_dirs {
	struct dir {
		int64_t entry; /* 0: none */
		uint16_t len;
		char path[DIR_BYTES];
	} v[DIRS];
};

struct content_dirs *content_dirs_new(void)
{
	return calloc(1, sizeof(struct content_dirs));
}

static struct dir *place_of(struct content_dirs *dirs, int64_t entry)
{
	return &dirs->v[((uint64_t)entry ^ (uint64_t)ENTRY_LAYER(entry) * 0x9e3779b1) % DIRS];
}

static const struct dir *recall(struct content_dirs *dirs, int64_t entry)
{
	const struct dir *d = dirs ? place_of(dirs, entry) : NULL;

	return d && d->entry == entry ? d : NULL;
}

static void remember(struct content_dirs *dirs, int64_t entry, struct bytes path)
{
	struct dir *d = dirs ? place_of(dirs, entry) : NULL;

	if (!d || path.len > DIR_BYTES)
		return;
	d->entry = entry;
	d->len = (uint16_t)path.len;
	memcpy(d->path, path.ptr, path.len);
}

DEFINE_VEC(end_vec, size_t)

/* Names on the way up, one behind the other, and where each ends. */
struct ascent {
	struct buf names;
	struct end_vec ends;
	int64_t dir; /* that the entry itself stands in; 0 for the root */
};

static void ascent_release(struct ascent *a)
{
	buf_release(&a->names);
	end_vec_release(&a->ends);
}

/* One step: *seq becomes that of the directory the entry stands in. */
static int ascend(struct db *db, struct ascent *a, int64_t layer, uint32_t *seq,
		  struct err *err)
{
	_cleanup_(stmt_done) sqlite3_stmt *s = NULL;
	int64_t entry = ENTRY_ID(layer, *seq), parent;
	int r = stmt_get(db, STMT_CONTENTS_NAME, &s, err);

	if (r < 0)
		return r;
	bind_int(s, 1, entry);
	r = stmt_row(db, s, err);
	if (r == 0)
		return err_set(err, ESTALE, "a file is not in the index any more");
	if (r < 0)
		return r;
	parent = sqlite3_column_int64(s, 0);
	/* Directories stand before what is in them: a file that says otherwise has a loop. */
	if (parent < 0 || parent >= *seq)
		return db_damaged(db, "its parent is no directory before it", entry, err);
	*seq = (uint32_t)parent;
	buf_add_bytes(&a->names, col_blob(s, 1));
	if (buf_status(&a->names) < 0 || end_vec_push(&a->ends, a->names.len) < 0)
		return err_oom(err);
	return 0;
}

/* The names the other way round, with slashes. */
static int join(const struct ascent *a, struct buf *ret)
{
	for (size_t i = a->ends.n; i-- > 0;) {
		size_t from = i ? a->ends.v[i - 1] : 0;

		buf_add(ret, a->names.ptr + from, a->ends.v[i] - from);
		if (i)
			buf_add_char(ret, '/');
	}
	return buf_status(ret);
}

/* Up to the root, or to a directory whose path is known. */
static int climb(struct db *db, struct content_dirs *dirs, int64_t entry, struct ascent *a,
		 const struct dir **ret_known, struct err *err)
{
	int64_t layer = ENTRY_LAYER(entry);
	uint32_t seq = ENTRY_SEQ(entry);

	*ret_known = NULL;
	while (seq && !*ret_known) {
		int r = ascend(db, a, layer, &seq, err);

		if (r < 0)
			return r;
		if (a->ends.n == 1)
			a->dir = ENTRY_ID(layer, seq);
		if (seq)
			*ret_known = recall(dirs, ENTRY_ID(layer, seq));
	}
	return 0;
}

int contents_path(struct db *db, struct content_dirs *dirs, int64_t entry, struct buf *ret,
		  struct err *err)
{
	_cleanup_(ascent_release) struct ascent a = {.names = BUF_INIT};
	const struct dir *known;
	size_t last;
	int r = climb(db, dirs, entry, &a, &known, err);

	buf_clear(ret);
	if (r < 0)
		return r;
	if (known) {
		buf_add(ret, known->path, known->len);
		buf_add_char(ret, '/');
	}
	if (join(&a, ret) < 0)
		return err_oom(err);
	last = a.ends.n ? a.ends.v[0] : 0;
	if (ENTRY_SEQ(a.dir))
		remember(dirs, a.dir, bytes_make(ret->ptr, ret->len - last - 1));
	return 0;
}
