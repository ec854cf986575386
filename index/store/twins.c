/* SPDX-License-Identifier: MIT */
/*
 * Twins: stored files that are equal in all that a reader can see.
 *
 * Content, size, mode, owner, mtime and xattrs make the key. Of all entries with one key the
 * one with the smallest id is the representative: its twin is NULL, the others have its id.
 * Layers get their ids inside the transaction that fills them, so a layer committed later never
 * has a smaller representative. Hard links: the first name has the key, the others follow it.
 *
 * Candidates come from the index on XXH3, which an author of images can make collide; what
 * decides is a SHA-256 over the whole key, made only where a hash is met twice. Rows of one
 * hash are read once per layer, in order of id and no further than needed: asking for every
 * entry anew would be quadratic in the copies of one file, and a hostile layer may hold a
 * million.
 */
#include "io/hash.h"
#include "store/layers.h"
#include "store/store_internal.h"
#include "util/vec.h"

struct member {
	int64_t id, inode;
	int64_t first; /* the representative found for it, 0 if none */
	unsigned char hash[16], key[32];
};
DEFINE_VEC(member_vec, struct member)

enum { /* columns of TWIN_COLUMNS */
       T_ID,
       T_INODE,
       T_HASH,
       T_SHA256,
       T_XATTRS,
       T_NUMBERS, /* size and what follows */
       T_END = T_NUMBERS + 6
};

/* ---- keys ---- */

static void add_int(struct sha256 *h, int64_t v)
{
	sha256_update(h, &v, sizeof(v));
}

static void add_blob(struct sha256 *h, struct bytes b)
{
	add_int(h, (int64_t)b.len);
	sha256_update(h, b.ptr, b.len);
}

static int add_xattr(void *arg, struct bytes name, struct bytes value)
{
	add_blob(arg, name);
	add_blob(arg, value);
	return 0;
}

/* Lengths stand before what varies, so that no two keys run together. */
static int read_member(struct db *db, struct sha256 *h, sqlite3_stmt *s, struct member *ret,
		       struct err *err)
{
	struct bytes hash = col_blob(s, T_HASH);
	int r = 0;

	*ret = (struct member){.id = sqlite3_column_int64(s, T_ID),
			       .inode = sqlite3_column_int64(s, T_INODE)};
	if (hash.len != sizeof(ret->hash))
		return db_damaged(db, "its hash has a wrong length", ret->id, err);
	memcpy(ret->hash, hash.ptr, hash.len);
	sha256_reset(h);
	for (int i = T_NUMBERS; i < T_END; i++)
		add_int(h, sqlite3_column_int64(s, i));
	add_blob(h, col_blob(s, T_SHA256));
	if (sqlite3_column_int(s, T_XATTRS))
		r = xattrs_each(db, ret->inode, add_xattr, h, err);
	sha256_final(h, ret->key);
	return r;
}

/* All rows of a statement. */
static int collect(struct db *db, struct sha256 *h, sqlite3_stmt *s, struct member_vec *ret,
		   struct err *err)
{
	int r;

	while ((r = stmt_row(db, s, err)) > 0) {
		struct member m;

		r = read_member(db, h, s, &m, err);
		if (r == 0 && member_vec_push(ret, m) < 0)
			r = err_oom(err);
		if (r < 0)
			break;
	}
	return r;
}

static int collect_layer(struct db *db, struct sha256 *h, enum stmt which, int64_t layer,
			 struct member_vec *ret, struct err *err)
{
	_cleanup_(stmt_done) sqlite3_stmt *s = NULL;
	int r = stmt_get(db, which, &s, err);

	if (r < 0)
		return r;
	bind_int(s, 1, ENTRY_ID(layer, 0));
	bind_int(s, 2, ENTRY_ID(layer, ENTRY_SEQ_MAX));
	return collect(db, h, s, ret, err);
}

static int by_hash_key_id(const void *pa, const void *pb)
{
	const struct member *a = pa, *b = pb;
	int c = memcmp(a->hash, b->hash, sizeof(a->hash));

	if (!c)
		c = memcmp(a->key, b->key, sizeof(a->key));
	return c ? c : (a->id > b->id) - (a->id < b->id);
}

static bool same_hash(const struct member *a, const struct member *b)
{
	return memcmp(a->hash, b->hash, sizeof(a->hash)) == 0;
}

static bool same_key(const struct member *a, const struct member *b)
{
	return memcmp(a->key, b->key, sizeof(a->key)) == 0;
}

/* Members [0, n) of one hash, sorted by key and id: the first of each key is meant for all. */
static size_t mark_firsts(struct member *m, size_t n)
{
	size_t keys = 0;

	for (size_t i = 0; i < n; i++) {
		bool same = i > 0 && same_key(&m[i - 1], &m[i]);

		m[i].first = same ? m[i - 1].first : m[i].id;
		keys += !same;
	}
	return keys;
}

static int set_twin(struct db *db, int64_t id, int64_t twin, struct err *err)
{
	_cleanup_(stmt_done) sqlite3_stmt *s = NULL;
	int r = stmt_get(db, STMT_TWIN_SET, &s, err);

	if (r < 0)
		return r;
	bind_int(s, 1, id);
	if (twin)
		bind_int(s, 2, twin);
	return stmt_run(db, s, err);
}

/* ---- a new layer ---- */

/* Members of the key of an earlier entry take it, unless they know an earlier one: was it so?
 */
static bool adopt(struct member *m, size_t n, const struct member *earlier)
{
	size_t at = 0, end = n;

	while (at < end) {
		size_t mid = at + (end - at) / 2;

		if (memcmp(m[mid].key, earlier->key, sizeof(earlier->key)) < 0)
			at = mid + 1;
		else
			end = mid;
	}
	if (at == n || !same_key(&m[at], earlier) || m[at].first <= earlier->id)
		return false;
	for (; at < n && same_key(&m[at], earlier); at++)
		m[at].first = earlier->id;
	return true;
}

/* The members of this layer that have the hash. */
static int collect_own(struct db *db, struct sha256 *h, int64_t layer, struct bytes hash,
		       struct member_vec *ret, struct err *err)
{
	_cleanup_(stmt_done) sqlite3_stmt *s = NULL;
	int r = stmt_get(db, STMT_TWINS_OWN, &s, err);

	if (r < 0)
		return r;
	bind_int(s, 1, ENTRY_ID(layer, 0));
	bind_int(s, 2, ENTRY_ID(layer, ENTRY_SEQ_MAX));
	bind_blob(s, 3, hash);
	return collect(db, h, s, ret, err);
}

/* Members of one hash: their representatives, from the earlier entries that the rows of s are
 * (r says whether there is one), or among themselves. */
static int adopt_all(struct db *db, struct sha256 *h, struct member_vec *own, sqlite3_stmt *s,
		     int r, struct err *err)
{
	size_t open;

	if (own->n)
		qsort(own->v, own->n, sizeof(*own->v), by_hash_key_id);
	open = mark_firsts(own->v, own->n);
	while (open && r > 0) {
		struct member earlier;

		r = read_member(db, h, s, &earlier, err);
		if (r < 0)
			break;
		open -= adopt(own->v, own->n, &earlier);
		if (open)
			r = stmt_row(db, s, err);
	}
	for (size_t i = 0; r >= 0 && i < own->n; i++)
		if (own->v[i].first != own->v[i].id)
			r = set_twin(db, own->v[i].id, own->v[i].first, err);
	return MIN(r, 0);
}

/* A hash that n members of the layer have. Most are alone, and need no key to know it. */
static int resolve(struct db *db, struct sha256 *h, int64_t layer, struct bytes hash, size_t n,
		   struct err *err)
{
	_cleanup_(member_vec_release) struct member_vec own = {0};
	_cleanup_(stmt_done) sqlite3_stmt *s = NULL;
	int r = stmt_get(db, STMT_TWINS_BEFORE, &s, err), got;

	if (r < 0)
		return r;
	bind_blob(s, 1, hash);
	bind_int(s, 2, ENTRY_ID(layer, 0));
	r = stmt_row(db, s, err);
	if (r < 0 || (r == 0 && n == 1))
		return r;
	got = collect_own(db, h, layer, hash, &own, err);
	return got < 0 ? got : adopt_all(db, h, &own, s, r, err);
}

/*
 * The hashes come sorted, from SQLite's sorter: two million of them must not be in memory, and
 * it works on a copy of them, so that setting twins meanwhile changes nothing.
 */
static int resolve_all(struct db *db, struct sha256 *h, int64_t layer, struct err *err)
{
	_cleanup_(stmt_done) sqlite3_stmt *s = NULL;
	unsigned char last[16];
	size_t n = 0;
	int r = stmt_get(db, STMT_TWINS_HASHES, &s, err);

	if (r < 0)
		return r;
	bind_int(s, 1, ENTRY_ID(layer, 0));
	bind_int(s, 2, ENTRY_ID(layer, ENTRY_SEQ_MAX));
	while ((r = stmt_row(db, s, err)) > 0) {
		struct bytes hash = col_blob(s, 0);

		if (hash.len != sizeof(last))
			return db_damaged(db, "a hash of it has a wrong length", layer, err);
		if (n && memcmp(last, hash.ptr, sizeof(last)) != 0) {
			r = resolve(db, h, layer, bytes_make(last, sizeof(last)), n, err);
			if (r < 0)
				return r;
			n = 0;
		}
		memcpy(last, hash.ptr, sizeof(last));
		n++;
	}
	if (r < 0 || !n)
		return r;
	return resolve(db, h, layer, bytes_make(last, sizeof(last)), n, err);
}

int entries_find_twins(struct db *db, int64_t layer, struct err *err)
{
	_cleanup_(sha256_freep) struct sha256 *h = NULL;
	int r = sha256_new(&h) < 0 ? err_oom(err) : 0;

	if (r == 0)
		r = resolve_all(db, h, layer, err);
	return r < 0 ? r : stmt_run_layer(db, STMT_TWINS_NAMES, layer, err);
}

/* ---- a layer that goes ---- */

static int by_id(const void *pa, const void *pb)
{
	const struct member *a = pa, *b = pb;

	return (a->id > b->id) - (a->id < b->id);
}

/* Entries of one hash, in order of id, whose representative goes. */
static int repoint(struct db *db, struct member_vec *all, struct err *err)
{
	int r = 0;

	qsort(all->v, all->n, sizeof(*all->v), by_hash_key_id);
	mark_firsts(all->v, all->n);
	qsort(all->v, all->n, sizeof(*all->v), by_id);
	for (size_t i = 0; r == 0 && i < all->n; i++) {
		struct member wanted = {.id = all->v[i].inode};
		const struct member *m =
		    bsearch(&wanted, all->v, all->n, sizeof(*all->v), by_id);
		int64_t first = m ? m->first : 0;

		r = set_twin(db, all->v[i].id, first == wanted.id ? 0 : first, err);
	}
	return r;
}

static int repoint_hash(struct db *db, struct sha256 *h, int64_t layer,
			const struct member *gone, struct err *err)
{
	_cleanup_(member_vec_release) struct member_vec all = {0};
	_cleanup_(stmt_done) sqlite3_stmt *s = NULL;
	int r = stmt_get(db, STMT_TWINS_LOST, &s, err);

	if (r < 0)
		return r;
	bind_int(s, 1, ENTRY_ID(layer, 0));
	bind_int(s, 2, ENTRY_ID(layer, ENTRY_SEQ_MAX));
	bind_blob(s, 3, bytes_make(gone->hash, sizeof(gone->hash)));
	r = collect(db, h, s, &all, err);
	return r < 0 || !all.n ? r : repoint(db, &all, err);
}

int twins_repoint(struct db *db, int64_t layer, struct err *err)
{
	_cleanup_(member_vec_release) struct member_vec gone = {0};
	_cleanup_(sha256_freep) struct sha256 *h = NULL;
	int r = sha256_new(&h) < 0 ? err_oom(err) : 0;

	if (r == 0)
		r = collect_layer(db, h, STMT_TWINS_FIRSTS, layer, &gone, err);
	if (r < 0 || !gone.n)
		return r;
	qsort(gone.v, gone.n, sizeof(*gone.v), by_hash_key_id);
	for (size_t i = 0; r == 0 && i < gone.n; i++)
		if (i == 0 || !same_hash(&gone.v[i - 1], &gone.v[i]))
			r = repoint_hash(db, h, layer, &gone.v[i], err);
	return r;
}

/* ---- who is equal ---- */

int twins_each(struct db *db, int64_t entry, int (*cb)(void *arg, int64_t twin), void *arg,
	       struct err *err)
{
	_cleanup_(stmt_done) sqlite3_stmt *s = NULL;
	struct entry_row row;
	int r = entries_find(db, entry, &row, err);

	if (r <= 0 || !row.xxh128.ptr)
		return MIN(r, 0);
	r = stmt_get(db, STMT_TWINS_EACH, &s, err);
	if (r < 0)
		return r;
	bind_blob(s, 1, row.xxh128);
	bind_int(s, 2, row.twin ? row.twin : row.inode);
	bind_int(s, 3, ENTRY_ID(ENTRY_LAYER(entry), 0));
	bind_int(s, 4, ENTRY_ID(ENTRY_LAYER(entry), ENTRY_SEQ_MAX));
	while (r == 0 && (r = stmt_row(db, s, err)) > 0)
		r = cb(arg, sqlite3_column_int64(s, 0));
	return r;
}
