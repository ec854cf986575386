/* SPDX-License-Identifier: MIT */
/* The tables location and seekpoint. */
#include "store/locations.h"

#include "store/store_internal.h"

#include <stdio.h>

int locations_put(struct db *db, const struct location_row *row, int64_t *ret_id,
		  struct err *err)
{
	_cleanup_(stmt_done) sqlite3_stmt *s = NULL;
	int r = stmt_get(db, STMT_LOCATION_PUT, &s, err);

	if (r < 0)
		return r;
	bind_int(s, 1, row->layer);
	bind_int(s, 2, row->archive);
	bind_int(s, 3, (int64_t)row->offset);
	bind_int(s, 4, (int64_t)row->length);
	bind_text(s, 5, codec_name(row->codec));
	bind_text(s, 6, row->blob_digest[0] ? row->blob_digest : NULL);
	bind_int(s, 7, row->verified);
	r = stmt_row(db, s, err);
	if (r > 0) {
		*ret_id = sqlite3_column_int64(s, 0);
		r = stmt_run(db, s, err);
	}
	return r;
}

static int read_location(struct db *db, sqlite3_stmt *s, struct location_row *ret,
			 struct err *err)
{
	*ret = (struct location_row){.id = sqlite3_column_int64(s, 0),
				     .layer = sqlite3_column_int64(s, 1),
				     .archive = sqlite3_column_int64(s, 2),
				     .offset = (uint64_t)sqlite3_column_int64(s, 3),
				     .length = (uint64_t)sqlite3_column_int64(s, 4),
				     .verified = sqlite3_column_int(s, 7)};
	snprintf(ret->blob_digest, sizeof(ret->blob_digest), "%s", col_str(s, 6));
	if (!codec_from_name(bytes_from_str(col_str(s, 5)), &ret->codec))
		return db_damaged(db, "the codec of a location is unknown", ret->id, err);
	if (ret->offset > INT64_MAX || ret->length > INT64_MAX)
		return db_damaged(db, "a location is nowhere", ret->id, err);
	return 0;
}

int locations_each(struct db *db, int64_t layer,
		   int (*cb)(void *arg, const struct location_row *row), void *arg,
		   struct err *err)
{
	_cleanup_(stmt_done) sqlite3_stmt *s = NULL;
	int r = stmt_get(db, STMT_LOCATION_EACH, &s, err);

	if (r < 0)
		return r;
	bind_int(s, 1, layer);
	while (r == 0 && (r = stmt_row(db, s, err)) > 0) {
		struct location_row row;

		r = read_location(db, s, &row, err);
		if (r == 0)
			r = cb(arg, &row);
	}
	return r;
}

int locations_set_verified(struct db *db, int64_t id, bool verified, struct err *err)
{
	_cleanup_(stmt_done) sqlite3_stmt *s = NULL;
	int r = stmt_get(db, STMT_LOCATION_VERIFIED, &s, err);

	if (r < 0)
		return r;
	bind_int(s, 1, verified);
	bind_int(s, 2, id);
	return stmt_run(db, s, err);
}

int seekpoints_insert(struct db *db, int64_t location, const struct seekpoint *p,
		      struct err *err)
{
	_cleanup_(stmt_done) sqlite3_stmt *s = NULL;
	int r = stmt_get(db, STMT_SEEKPOINT_INSERT, &s, err);

	if (r < 0)
		return r;
	bind_int(s, 1, location);
	bind_int(s, 2, (int64_t)p->out);
	bind_int(s, 3, (int64_t)p->in);
	bind_int(s, 4, p->bits);
	bind_blob(s, 5, p->window_len ? bytes_make(p->window, p->window_len) : BYTES_NULL);
	return stmt_run(db, s, err);
}

int seekpoints_load(struct db *db, int64_t location, struct seekpoints *ret, struct err *err)
{
	_cleanup_(stmt_done) sqlite3_stmt *s = NULL;
	int r = stmt_get(db, STMT_SEEKPOINT_EACH, &s, err);

	if (r < 0)
		return r;
	bind_int(s, 1, location);
	while (r == 0 && (r = stmt_row(db, s, err)) > 0) {
		struct bytes window = col_blob(s, 3);
		struct seekpoint p = {.out = (uint64_t)sqlite3_column_int64(s, 0),
				      .in = (uint64_t)sqlite3_column_int64(s, 1),
				      .bits = (uint32_t)sqlite3_column_int64(s, 2),
				      .window_len = (uint32_t)window.len,
				      .window = (unsigned char *)(uintptr_t)window.ptr};

		if (p.bits > 7 || p.out > INT64_MAX || p.in > INT64_MAX)
			return db_damaged(db, "a seek point is nowhere", location, err);
		r = seekpoints_add(ret, &p) < 0 ? err_oom(err) : 0;
	}
	return r;
}
