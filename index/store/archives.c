/* SPDX-License-Identifier: MIT */
/* The table archive. */
#include "store/locations.h"
#include "store/store_internal.h"

void archive_row_release(struct archive_row *row)
{
	free(row->path);
	free(row->input);
	row->path = row->input = NULL;
}

static char *dup_blob(sqlite3_stmt *s, int at)
{
	struct bytes b = col_blob(s, at);

	return strndup(b.ptr ? b.ptr : "", b.len);
}

static int read_archive(struct db *db, sqlite3_stmt *s, struct archive_row *ret,
			struct err *err)
{
	*ret = (struct archive_row){.id = sqlite3_column_int64(s, 0),
				    .path = dup_blob(s, 1),
				    .input = dup_blob(s, 2),
				    .spooled = sqlite3_column_int(s, 4),
				    .dev = (uint64_t)sqlite3_column_int64(s, 5),
				    .ino = (uint64_t)sqlite3_column_int64(s, 6),
				    .size = (uint64_t)sqlite3_column_int64(s, 7),
				    .mtime_ns = sqlite3_column_int64(s, 8),
				    .ctime_ns = sqlite3_column_int64(s, 9)};
	if (!ret->path || !ret->input) {
		archive_row_release(ret);
		return err_oom(err);
	}
	if (!codec_from_name(bytes_from_str(col_str(s, 3)), &ret->codec)) {
		archive_row_release(ret);
		return db_damaged(db, "the codec of an archive is unknown", ret->id, err);
	}
	return 1;
}

static void bind_archive(sqlite3_stmt *s, const struct archive_row *row)
{
	bind_path(s, 1, row->path);
	bind_path(s, 2, row->input);
	bind_text(s, 3, codec_name(row->codec));
	bind_int(s, 4, row->spooled);
	bind_int(s, 5, (int64_t)row->dev);
	bind_int(s, 6, (int64_t)row->ino);
	bind_int(s, 7, (int64_t)row->size);
	bind_int(s, 8, row->mtime_ns);
	bind_int(s, 9, row->ctime_ns);
}

static int write_archive(struct db *db, enum stmt which, const struct archive_row *row,
			 struct err *err)
{
	_cleanup_(stmt_done) sqlite3_stmt *s = NULL;
	int r = stmt_get(db, which, &s, err);

	if (r < 0)
		return r;
	bind_archive(s, row);
	return stmt_run(db, s, err);
}

static bool same_file(const struct archive_row *a, const struct archive_row *b)
{
	return a->dev == b->dev && a->ino == b->ino && a->size == b->size &&
	       a->mtime_ns == b->mtime_ns;
}

static bool same_row(const struct archive_row *a, const struct archive_row *b)
{
	return same_file(a, b) && a->ctime_ns == b->ctime_ns && a->codec == b->codec &&
	       a->spooled == b->spooled && strcmp(a->input, b->input) == 0;
}

int archives_put(struct db *db, const struct archive_row *row, int64_t *ret_id,
		 bool *ret_changed, struct err *err)
{
	struct archive_row known;
	bool changed = false;
	int r = archives_find(db, row->path, &known, err);

	if (r < 0)
		return r;
	if (r == 0) {
		r = write_archive(db, STMT_ARCHIVE_INSERT, row, err);
		*ret_id = sqlite3_last_insert_rowid(db->sql);
	} else {
		*ret_id = known.id;
		changed = !same_file(&known, row);
		r = changed ? stmt_run_id(db, STMT_ARCHIVE_FORGET, known.id, err) : 0;
		if (r == 0 && !same_row(&known, row))
			r = write_archive(db, STMT_ARCHIVE_UPDATE, row, err);
		archive_row_release(&known);
	}
	if (ret_changed)
		*ret_changed = changed;
	return r;
}

int archives_get(struct db *db, int64_t id, struct archive_row *ret, struct err *err)
{
	_cleanup_(stmt_done) sqlite3_stmt *s = NULL;
	int r = stmt_get(db, STMT_ARCHIVE_GET, &s, err);

	if (r < 0)
		return r;
	bind_int(s, 1, id);
	r = stmt_row(db, s, err);
	return r > 0 ? read_archive(db, s, ret, err) : r;
}

int archives_find(struct db *db, const char *path, struct archive_row *ret, struct err *err)
{
	_cleanup_(stmt_done) sqlite3_stmt *s = NULL;
	int r = stmt_get(db, STMT_ARCHIVE_FIND, &s, err);

	if (r < 0)
		return r;
	bind_path(s, 1, path);
	r = stmt_row(db, s, err);
	return r > 0 ? read_archive(db, s, ret, err) : r;
}

int archives_each(struct db *db, int (*cb)(void *arg, const struct archive_row *row), void *arg,
		  struct err *err)
{
	_cleanup_(stmt_done) sqlite3_stmt *s = NULL;
	int r = stmt_get(db, STMT_ARCHIVE_EACH, &s, err);

	while (r == 0 && (r = stmt_row(db, s, err)) > 0) {
		struct archive_row row;

		r = read_archive(db, s, &row, err);
		if (r < 0)
			break;
		r = cb(arg, &row);
		archive_row_release(&row);
	}
	return r;
}

int archives_set_identity(struct db *db, const struct archive_row *row, struct err *err)
{
	return write_archive(db, STMT_ARCHIVE_UPDATE, row, err);
}

int archives_delete(struct db *db, int64_t id, struct err *err)
{
	return stmt_run_id(db, STMT_ARCHIVE_DELETE, id, err);
}

int archives_delete_unused(struct db *db, struct err *err)
{
	_cleanup_(stmt_done) sqlite3_stmt *s = NULL;
	int r = stmt_get(db, STMT_ARCHIVE_DELETE_UNUSED, &s, err);

	return r < 0 ? r : stmt_run(db, s, err);
}
