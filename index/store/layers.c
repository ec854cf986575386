/* SPDX-License-Identifier: MIT */
#include "store/layers.h"

#include "store/images.h"
#include "store/store_internal.h"

#include <stdio.h>

static void read_layer(sqlite3_stmt *s, struct layer_row *ret)
{
	*ret = (struct layer_row){.id = sqlite3_column_int64(s, 0),
				  .published = sqlite3_column_int(s, 2),
				  .tar_bytes = (uint64_t)sqlite3_column_int64(s, 3),
				  .content_bytes = (uint64_t)sqlite3_column_int64(s, 4),
				  .entries = (uint64_t)sqlite3_column_int64(s, 5),
				  .findings = (uint64_t)sqlite3_column_int64(s, 6),
				  .indexed = sqlite3_column_int64(s, 7)};
	snprintf(ret->diff_id, sizeof(ret->diff_id), "%s", col_str(s, 1));
}

static int one_layer(struct db *db, sqlite3_stmt *s, struct layer_row *ret, struct err *err)
{
	int r = stmt_row(db, s, err);

	if (r > 0)
		read_layer(s, ret);
	return r;
}

int layers_find(struct db *db, const char *diff_id, struct layer_row *ret, struct err *err)
{
	_cleanup_(stmt_done) sqlite3_stmt *s = NULL;
	int r = stmt_get(db, STMT_LAYER_FIND, &s, err);

	if (r < 0)
		return r;
	bind_text(s, 1, diff_id);
	return one_layer(db, s, ret, err);
}

int layers_get(struct db *db, int64_t id, struct layer_row *ret, struct err *err)
{
	_cleanup_(stmt_done) sqlite3_stmt *s = NULL;
	int r = stmt_get(db, STMT_LAYER_GET, &s, err);

	if (r < 0)
		return r;
	bind_int(s, 1, id);
	return one_layer(db, s, ret, err);
}

int layers_each(struct db *db, int (*cb)(void *arg, const struct layer_row *row), void *arg,
		struct err *err)
{
	_cleanup_(stmt_done) sqlite3_stmt *s = NULL;
	int r = stmt_get(db, STMT_LAYER_EACH, &s, err);

	while (r == 0 && (r = stmt_row(db, s, err)) > 0) {
		struct layer_row row;

		read_layer(s, &row);
		r = cb(arg, &row);
	}
	return r;
}

int layers_stage(struct db *db, const char *diff_id, const char *run, int64_t *ret_id,
		 struct err *err)
{
	_cleanup_(stmt_done) sqlite3_stmt *s = NULL;
	int r = stmt_get(db, STMT_LAYER_STAGE, &s, err);

	if (r < 0)
		return r;
	bind_text(s, 1, diff_id);
	bind_text(s, 2, run);
	r = stmt_run(db, s, err);
	if (r == 0)
		*ret_id = sqlite3_last_insert_rowid(db->sql);
	return r;
}

int layers_finish(struct db *db, const struct layer_row *row, struct err *err)
{
	_cleanup_(stmt_done) sqlite3_stmt *s = NULL;
	int r = stmt_get(db, STMT_LAYER_FINISH, &s, err);

	if (r < 0)
		return r;
	bind_int(s, 1, (int64_t)row->tar_bytes);
	bind_int(s, 2, (int64_t)row->content_bytes);
	bind_int(s, 3, (int64_t)row->entries);
	bind_int(s, 4, (int64_t)row->findings);
	bind_int(s, 5, row->id);
	return stmt_run(db, s, err);
}

int layers_publish(struct db *db, int64_t id, struct err *err)
{
	return stmt_run_id(db, STMT_LAYER_PUBLISH, id, err);
}

/*
 * The layer's row goes first, and findings, locations and seek points with it (ON DELETE
 * CASCADE): if an image uses the layer, that fails before anything is lost.
 */
int layers_delete(struct db *db, int64_t id, struct err *err)
{
	int r = stmt_run_id(db, STMT_LAYER_DELETE, id, err);

	if (r == -EEXIST)
		return err_set(err, EBUSY, "%s: an image uses layer %lld", db->path,
			       (long long)id);
	if (r == 0)
		r = twins_repoint(db, id, err);
	if (r == 0)
		r = stmt_run_layer(db, STMT_LAYER_DELETE_XATTRS, id, err);
	return r < 0 ? r : stmt_run_layer(db, STMT_LAYER_DELETE_ENTRIES, id, err);
}

static int each_id(struct db *db, sqlite3_stmt *s, int (*cb)(void *arg, int64_t id), void *arg,
		   struct err *err)
{
	int r = 0;

	while (r == 0 && (r = stmt_row(db, s, err)) > 0)
		r = cb(arg, sqlite3_column_int64(s, 0));
	return r;
}

int layers_each_staged(struct db *db, const char *run, int (*cb)(void *arg, int64_t id),
		       void *arg, struct err *err)
{
	_cleanup_(stmt_done) sqlite3_stmt *s = NULL;
	int r = stmt_get(db, STMT_LAYER_STAGED, &s, err);

	if (r < 0)
		return r;
	bind_text(s, 1, run);
	return each_id(db, s, cb, arg, err);
}

int layers_each_unused(struct db *db, int (*cb)(void *arg, int64_t id), void *arg,
		       struct err *err)
{
	_cleanup_(stmt_done) sqlite3_stmt *s = NULL;
	int r = stmt_get(db, STMT_LAYER_UNUSED, &s, err);

	return r < 0 ? r : each_id(db, s, cb, arg, err);
}
