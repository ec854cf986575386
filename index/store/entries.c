/* SPDX-License-Identifier: MIT */
#include "store/layers.h"
#include "store/store_internal.h"

#define MINOR_BITS   20
#define XXH128_BYTES 16
#define SHA256_BYTES 32
#define SPARSE_PAIR  16 /* two 64-bit numbers */

enum { /* columns of ENTRY_COLUMNS */
       C_ID,
       C_PARENT,
       C_NAME,
       C_KIND,
       C_INODE,
       C_MODE,
       C_UID,
       C_GID,
       C_MTIME,
       C_MTIME_NSEC,
       C_NLINK,
       C_SIZE,
       C_STORED,
       C_DATA,
       C_RDEV,
       C_LINK,
       C_XXH128,
       C_SHA256,
       C_SPARSE,
       C_XATTRS,
       C_TWIN
};

static bool is_device(uint32_t mode)
{
	uint32_t type = mode & 0170000;

	return type == 0020000 || type == 0060000;
}

static void bind_entry(sqlite3_stmt *s, const struct entry_row *row)
{
	bind_int(s, C_ID + 1, row->id);
	bind_int(s, C_PARENT + 1, row->parent);
	bind_bytes(s, C_NAME + 1, row->name);
	bind_int(s, C_KIND + 1, row->kind);
	bind_int(s, C_INODE + 1, row->inode);
	bind_int(s, C_MODE + 1, row->mode);
	bind_int(s, C_UID + 1, row->uid);
	bind_int(s, C_GID + 1, row->gid);
	bind_int(s, C_MTIME + 1, row->mtime);
	bind_int(s, C_MTIME_NSEC + 1, row->mtime_nsec);
	bind_int(s, C_NLINK + 1, row->nlink);
	bind_int(s, C_SIZE + 1, (int64_t)row->size);
	bind_int(s, C_STORED + 1, (int64_t)row->stored);
	if (row->data >= 0)
		bind_int(s, C_DATA + 1, row->data);
	if (is_device(row->mode))
		bind_int(s, C_RDEV + 1,
			 (int64_t)row->rdev_major << MINOR_BITS | row->rdev_minor);
	bind_blob(s, C_LINK + 1, row->link);
	bind_blob(s, C_XXH128 + 1, row->xxh128);
	bind_blob(s, C_SHA256 + 1, row->sha256);
	bind_blob(s, C_SPARSE + 1, row->sparse);
	bind_int(s, C_XATTRS + 1, row->xattrs);
	if (row->twin)
		bind_int(s, C_TWIN + 1, row->twin);
}

static bool has_length(struct bytes b, size_t n)
{
	return b.len == n || !b.ptr;
}

/* What readers of a row rely on; whether it fits its neighbours is judged by who knows them. */
static const char *wrong_entry(const struct entry_row *row)
{
	if (!has_length(row->xxh128, XXH128_BYTES) || !has_length(row->sha256, SHA256_BYTES))
		return "its hash has a wrong length";
	if (row->sparse.len % SPARSE_PAIR)
		return "its sparse map is cut";
	if (row->size > INT64_MAX || row->stored > INT64_MAX || row->data < -1)
		return "its size cannot be one";
	return NULL;
}

static int read_entry(struct db *db, sqlite3_stmt *s, struct entry_row *ret, struct err *err)
{
	int64_t rdev = sqlite3_column_int64(s, C_RDEV);
	const char *wrong;

	*ret = (struct entry_row){
	    .id = sqlite3_column_int64(s, C_ID),
	    .parent = (uint32_t)sqlite3_column_int64(s, C_PARENT),
	    .name = col_blob(s, C_NAME),
	    .kind = (enum entry_kind)sqlite3_column_int(s, C_KIND),
	    .inode = sqlite3_column_int64(s, C_INODE),
	    .mode = (uint32_t)sqlite3_column_int64(s, C_MODE),
	    .uid = (uint32_t)sqlite3_column_int64(s, C_UID),
	    .gid = (uint32_t)sqlite3_column_int64(s, C_GID),
	    .mtime = sqlite3_column_int64(s, C_MTIME),
	    .mtime_nsec = (uint32_t)sqlite3_column_int64(s, C_MTIME_NSEC),
	    .nlink = (uint32_t)sqlite3_column_int64(s, C_NLINK),
	    .size = (uint64_t)sqlite3_column_int64(s, C_SIZE),
	    .stored = (uint64_t)sqlite3_column_int64(s, C_STORED),
	    .data = col_null(s, C_DATA) ? -1 : sqlite3_column_int64(s, C_DATA),
	    .rdev_major = (uint32_t)(rdev >> MINOR_BITS),
	    .rdev_minor = (uint32_t)(rdev & ((1 << MINOR_BITS) - 1)),
	    .link = col_blob(s, C_LINK),
	    .xxh128 = col_blob(s, C_XXH128),
	    .sha256 = col_blob(s, C_SHA256),
	    .sparse = col_blob(s, C_SPARSE),
	    .xattrs = sqlite3_column_int(s, C_XATTRS),
	    .twin = sqlite3_column_int64(s, C_TWIN),
	};
	wrong = wrong_entry(ret);
	return wrong ? db_damaged(db, wrong, ret->id, err) : 0;
}

int entries_insert(struct db *db, const struct entry_row *row, struct err *err)
{
	_cleanup_(stmt_done) sqlite3_stmt *s = NULL;
	int r = stmt_get(db, STMT_ENTRY_INSERT, &s, err);

	if (r < 0)
		return r;
	bind_entry(s, row);
	return stmt_run(db, s, err);
}

int entries_each(struct db *db, int64_t layer,
		 int (*cb)(void *arg, const struct entry_row *row), void *arg, struct err *err)
{
	_cleanup_(stmt_done) sqlite3_stmt *s = NULL;
	int r = stmt_get(db, STMT_ENTRY_EACH, &s, err);

	if (r < 0)
		return r;
	bind_int(s, 1, ENTRY_ID(layer, 0));
	bind_int(s, 2, ENTRY_ID(layer, ENTRY_SEQ_MAX));
	while (r == 0 && (r = stmt_row(db, s, err)) > 0) {
		struct entry_row row;

		r = read_entry(db, s, &row, err);
		if (r == 0)
			r = cb(arg, &row);
	}
	return r;
}

/* Copies the borrowed bytes of a row; {NULL, 0} stays that. */
static int keep_bytes(struct db *db, struct entry_row *row)
{
	struct bytes *const all[] = {&row->name, &row->link, &row->xxh128, &row->sha256,
				     &row->sparse};

	arena_release(&db->entry_bytes);
	for (size_t i = 0; i < ARRAY_SIZE(all); i++) {
		if (!all[i]->ptr)
			continue;
		*all[i] = arena_bytes(&db->entry_bytes, *all[i]);
		if (!all[i]->ptr)
			return -ENOMEM;
	}
	return 1;
}

int entries_find(struct db *db, int64_t id, struct entry_row *ret, struct err *err)
{
	_cleanup_(stmt_done) sqlite3_stmt *s = NULL;
	int r = stmt_get(db, STMT_ENTRY_FIND, &s, err);

	if (r < 0)
		return r;
	bind_int(s, 1, id);
	r = stmt_row(db, s, err);
	if (r <= 0)
		return r;
	r = read_entry(db, s, ret, err);
	if (r < 0)
		return r;
	return keep_bytes(db, ret) < 0 ? err_oom(err) : 1;
}

int entries_count_copies(struct db *db, const struct entry_row *row, uint64_t *ret,
			 struct err *err)
{
	_cleanup_(stmt_done) sqlite3_stmt *s = NULL;
	int r = stmt_get(db, STMT_ENTRY_COPIES, &s, err);

	if (r < 0)
		return r;
	bind_blob(s, 1, row->xxh128);
	bind_blob(s, 2, row->sha256);
	r = stmt_row(db, s, err);
	if (r > 0)
		*ret = (uint64_t)sqlite3_column_int64(s, 0);
	return MIN(r, 0);
}
