/* SPDX-License-Identifier: MIT */
#include "store/copies.h"

#include "store/layers.h"
#include "store/store_internal.h"
#include "util/vec.h"

#define XXH128_BYTES 16
#define SHA256_BYTES 32

static int layer_statement(struct db *db, enum stmt which, int64_t layer, sqlite3_stmt **ret,
			   struct err *err)
{
	int r = stmt_get(db, which, ret, err);

	if (r < 0)
		return r;
	bind_int(*ret, 1, ENTRY_ID(layer, 0));
	bind_int(*ret, 2, ENTRY_ID(layer, ENTRY_SEQ_MAX));
	return 0;
}

static int wrong_hash(struct db *db, int64_t of, struct err *err)
{
	return db_damaged(db, "a hash of it has a wrong length", of, err);
}

int hashes_each(struct db *db, int64_t layer, int (*cb)(void *arg, const struct hash_row *row),
		void *arg, struct err *err)
{
	_cleanup_(stmt_done) sqlite3_stmt *s = NULL;
	int r = layer_statement(db, STMT_HASHES, layer, &s, err);

	while (r == 0 && (r = stmt_row(db, s, err)) > 0) {
		struct bytes hash = col_blob(s, 2);
		struct hash_row row = {sqlite3_column_int64(s, 0),
				       (uint64_t)sqlite3_column_int64(s, 1),
				       (const unsigned char *)hash.ptr};

		r = hash.len == XXH128_BYTES ? cb(arg, &row) : wrong_hash(db, row.entry, err);
	}
	return r;
}

/* ---- copies: both sides of one hash, in the same order, walked together ---- */

struct moment {
	unsigned char sha256[SHA256_BYTES];
	int64_t size, mtime;
	uint64_t files; /* that are equal in all three */
};
DEFINE_VEC(moment_vec, struct moment)

struct matcher {
	struct db *db;
	int64_t layer;
	int (*cb)(void *arg, const struct copy_row *row);
	void *arg;
	struct err *err;
	unsigned char hash[XXH128_BYTES];
	struct moment_vec own; /* of that hash, in order */
	struct copy_row last;  /* the numbers go on from here */
};

enum { /* columns of STMT_COPIES_OWN, then of STMT_COPIES_OTHERS */
       C_HASH,
       C_SHA256,
       C_SIZE,
       C_MTIME,
       C_FILES,
       C_LAYER = C_FILES
};

static int read_moment(struct matcher *m, sqlite3_stmt *s, struct moment *ret)
{
	struct bytes sha256 = col_blob(s, C_SHA256);

	if (sha256.len != SHA256_BYTES || col_blob(s, C_HASH).len != XXH128_BYTES)
		return wrong_hash(m->db, m->layer, m->err);
	*ret = (struct moment){.size = sqlite3_column_int64(s, C_SIZE),
			       .mtime = sqlite3_column_int64(s, C_MTIME)};
	memcpy(ret->sha256, sha256.ptr, sizeof(ret->sha256));
	return 0;
}

static int by_content(const struct moment *a, const struct moment *b)
{
	int c = memcmp(a->sha256, b->sha256, sizeof(a->sha256));

	return c ? c : (a->size > b->size) - (a->size < b->size);
}

static int by_moment(const struct moment *a, const struct moment *b)
{
	int c = by_content(a, b);

	return c ? c : (a->mtime > b->mtime) - (a->mtime < b->mtime);
}

static uint64_t files_of(const struct moment_vec *own, size_t content)
{
	uint64_t files = 0;

	for (size_t i = content; i < own->n && by_content(&own->v[content], &own->v[i]) == 0;
	     i++)
		files += own->v[i].files;
	return files;
}

/* How the walk stands: the first own moment not before the other side's, its content's files.
 */
struct walk {
	struct moment other;
	size_t content, at;
	uint64_t files;
	bool any;
};

/* 1: this layer has the content too. */
static int advance(const struct moment_vec *own, struct walk *w, const struct moment *other)
{
	while (w->content < own->n && by_content(&own->v[w->content], other) < 0)
		w->content++;
	while (w->at < own->n && by_moment(&own->v[w->at], other) < 0)
		w->at++;
	return w->content < own->n && by_content(&own->v[w->content], other) == 0;
}

static int match(struct matcher *m, struct walk *w, const struct moment *other, int64_t layer)
{
	struct copy_row *row = &m->last;

	if (!advance(&m->own, w, other))
		return 0;
	if (!w->any || by_content(&w->other, other) != 0) {
		row->content++;
		row->files = files_of(&m->own, w->content);
	}
	if (!w->any || by_moment(&w->other, other) != 0) {
		bool same = w->at < m->own.n && by_moment(&m->own.v[w->at], other) == 0;

		row->moment++;
		row->same_mtime = same ? m->own.v[w->at].files : 0;
	}
	w->any = true;
	w->other = *other;
	row->layer = layer;
	row->size = (uint64_t)other->size;
	return m->cb(m->arg, row);
}

/* What other layers store with the hash of m->own. */
static int match_others(struct matcher *m)
{
	_cleanup_(stmt_done) sqlite3_stmt *s = NULL;
	struct walk w = {.any = false};
	int r = m->own.n ? layer_statement(m->db, STMT_COPIES_OTHERS, m->layer, &s, m->err) : 0;

	if (r < 0 || !m->own.n)
		return r;
	bind_blob(s, 3, bytes_make(m->hash, sizeof(m->hash)));
	while (r == 0 && (r = stmt_row(m->db, s, m->err)) > 0) {
		struct moment other;

		r = read_moment(m, s, &other);
		if (r == 0)
			r = match(m, &w, &other, sqlite3_column_int64(s, C_LAYER));
	}
	m->own.n = 0;
	return r;
}

static int take_own(struct matcher *m, sqlite3_stmt *s)
{
	struct moment own;
	int r = read_moment(m, s, &own);

	if (r == 0 && memcmp(m->hash, col_blob(s, C_HASH).ptr, sizeof(m->hash)) != 0)
		r = match_others(m);
	if (r)
		return r;
	memcpy(m->hash, col_blob(s, C_HASH).ptr, sizeof(m->hash));
	own.files = (uint64_t)sqlite3_column_int64(s, C_FILES);
	return moment_vec_push(&m->own, own) < 0 ? err_oom(m->err) : 0;
}

int copies_each(struct db *db, int64_t layer, int (*cb)(void *arg, const struct copy_row *row),
		void *arg, struct err *err)
{
	_cleanup_(stmt_done) sqlite3_stmt *s = NULL;
	struct matcher m = {.db = db, .layer = layer, .cb = cb, .arg = arg, .err = err};
	int r = layer_statement(db, STMT_COPIES_OWN, layer, &s, err);

	while (r == 0 && (r = stmt_row(db, s, err)) > 0)
		r = take_own(&m, s);
	if (r == 0)
		r = match_others(&m);
	moment_vec_release(&m.own);
	return r;
}

static int count_rows(struct db *db, enum stmt which, const unsigned char *xxh128,
		      const uint64_t *size, uint64_t *ret, struct err *err)
{
	_cleanup_(stmt_done) sqlite3_stmt *s = NULL;
	int r = stmt_get(db, which, &s, err);

	if (r < 0)
		return r;
	bind_blob(s, 1, bytes_make(xxh128, XXH128_BYTES));
	if (size)
		bind_int(s, 2, (int64_t)*size);
	r = stmt_row(db, s, err);
	if (r > 0)
		*ret = (uint64_t)sqlite3_column_int64(s, 0);
	return MIN(r, 0);
}

int copies_count(struct db *db, const unsigned char xxh128[16], uint64_t size, uint64_t *ret,
		 struct err *err)
{
	int r = count_rows(db, STMT_COPIES_NAMES, xxh128, NULL, ret, err);

	if (r == 0 && *ret > 1)
		r = count_rows(db, STMT_COPIES_COUNT, xxh128, &size, ret, err);
	return r;
}
