/* SPDX-License-Identifier: MIT */
/* The tables image, image_layer and history. */
#include "store/images.h"

#include "store/store_internal.h"

static int put_row(struct db *db, const struct image_row *row, int64_t *ret_id, struct err *err)
{
	_cleanup_(stmt_done) sqlite3_stmt *s = NULL;
	int r = stmt_get(db, STMT_IMAGE_PUT, &s, err);

	if (r < 0)
		return r;
	bind_text(s, 1, row->config_digest);
	bind_text(s, 2, row->platform);
	bind_text(s, 3, row->manifest_digest);
	bind_blob(s, 4, row->config);
	bind_blob(s, 5, row->manifest);
	bind_text(s, 6, row->created);
	bind_text(s, 7, row->format);
	bind_int(s, 8, row->indexed);
	r = stmt_row(db, s, err);
	if (r > 0) {
		*ret_id = sqlite3_column_int64(s, 0);
		r = stmt_run(db, s, err);
	}
	return r;
}

int images_put(struct db *db, const struct image_row *row, int64_t *ret_id, struct err *err)
{
	int r = put_row(db, row, ret_id, err);

	if (r == 0)
		r = stmt_run_id(db, STMT_IMAGE_CLEAR_LAYERS, *ret_id, err);
	return r < 0 ? r : stmt_run_id(db, STMT_IMAGE_CLEAR_HISTORY, *ret_id, err);
}

int image_layers_insert(struct db *db, int64_t image, const struct image_layer_row *row,
			struct err *err)
{
	_cleanup_(stmt_done) sqlite3_stmt *s = NULL;
	int r = stmt_get(db, STMT_IMAGE_LAYER_INSERT, &s, err);

	if (r < 0)
		return r;
	bind_int(s, 1, image);
	bind_int(s, 2, row->position);
	if (row->layer)
		bind_int(s, 3, row->layer);
	bind_text(s, 4, row->diff_id);
	bind_text(s, 5, row->blob_digest);
	if (row->blob_bytes >= 0)
		bind_int(s, 6, row->blob_bytes);
	bind_text(s, 7, row->codec);
	bind_text(s, 8, row->media_type);
	return stmt_run(db, s, err);
}

int history_insert(struct db *db, int64_t image, const struct history_row *row, struct err *err)
{
	_cleanup_(stmt_done) sqlite3_stmt *s = NULL;
	int r = stmt_get(db, STMT_HISTORY_INSERT, &s, err);

	if (r < 0)
		return r;
	bind_int(s, 1, image);
	bind_int(s, 2, row->ord);
	if (row->position)
		bind_int(s, 3, row->position);
	bind_text(s, 4, row->created);
	bind_blob(s, 5, row->created_by);
	bind_blob(s, 6, row->comment);
	bind_blob(s, 7, row->author);
	bind_int(s, 8, row->empty_layer);
	return stmt_run(db, s, err);
}

static void read_image(sqlite3_stmt *s, struct image_row *ret)
{
	*ret = (struct image_row){.id = sqlite3_column_int64(s, 0),
				  .config_digest = col_str(s, 1),
				  .platform = col_str(s, 2),
				  .manifest_digest = col_text(s, 3),
				  .created = col_text(s, 4),
				  .format = col_str(s, 5),
				  .indexed = sqlite3_column_int64(s, 6)};
}

int images_each(struct db *db, int (*cb)(void *arg, const struct image_row *row), void *arg,
		struct err *err)
{
	_cleanup_(stmt_done) sqlite3_stmt *s = NULL;
	int r = stmt_get(db, STMT_IMAGE_EACH, &s, err);

	while (r == 0 && (r = stmt_row(db, s, err)) > 0) {
		struct image_row row;

		read_image(s, &row);
		r = cb(arg, &row);
	}
	return r;
}

/* Copies the borrowed text and bytes of a row; NULL stays NULL. */
static int keep_bytes(struct db *db, struct image_row *row)
{
	const char **const texts[] = {&row->config_digest, &row->platform,
				      &row->manifest_digest, &row->created, &row->format};
	struct bytes *const blobs[] = {&row->config, &row->manifest};

	arena_release(&db->image_bytes);
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		const char *s = *texts[i];

		if (s && !(*texts[i] = arena_dup(&db->image_bytes, s, strlen(s))))
			return -ENOMEM;
	}
	for (size_t i = 0; i < ARRAY_SIZE(blobs); i++) {
		if (!blobs[i]->ptr)
			continue;
		*blobs[i] = arena_bytes(&db->image_bytes, *blobs[i]);
		if (!blobs[i]->ptr)
			return -ENOMEM;
	}
	return 1;
}

int images_get(struct db *db, int64_t id, struct image_row *ret, struct err *err)
{
	_cleanup_(stmt_done) sqlite3_stmt *s = NULL;
	int r = stmt_get(db, STMT_IMAGE_GET, &s, err);

	if (r < 0)
		return r;
	bind_int(s, 1, id);
	r = stmt_row(db, s, err);
	if (r <= 0)
		return r;
	read_image(s, ret);
	ret->config = col_blob(s, 7);
	ret->manifest = col_blob(s, 8);
	return keep_bytes(db, ret) < 0 ? err_oom(err) : 1;
}

int image_layers_each(struct db *db, int64_t image,
		      int (*cb)(void *arg, const struct image_layer_row *row), void *arg,
		      struct err *err)
{
	_cleanup_(stmt_done) sqlite3_stmt *s = NULL;
	int r = stmt_get(db, STMT_IMAGE_LAYER_EACH, &s, err);

	if (r < 0)
		return r;
	bind_int(s, 1, image);
	while (r == 0 && (r = stmt_row(db, s, err)) > 0) {
		bool known = !col_null(s, 6);
		struct image_layer_row row = {.position = (uint32_t)sqlite3_column_int64(s, 0),
					      .layer = sqlite3_column_int64(s, 1),
					      .diff_id = col_str(s, 2),
					      .blob_digest = col_text(s, 3),
					      .codec = col_text(s, 4),
					      .media_type = col_text(s, 5),
					      .blob_bytes =
						  known ? sqlite3_column_int64(s, 6) : -1};

		r = cb(arg, &row);
	}
	return r;
}

int history_each(struct db *db, int64_t image,
		 int (*cb)(void *arg, const struct history_row *row), void *arg,
		 struct err *err)
{
	_cleanup_(stmt_done) sqlite3_stmt *s = NULL;
	int r = stmt_get(db, STMT_HISTORY_EACH, &s, err);

	if (r < 0)
		return r;
	bind_int(s, 1, image);
	while (r == 0 && (r = stmt_row(db, s, err)) > 0) {
		struct history_row row = {.ord = (uint32_t)sqlite3_column_int64(s, 0),
					  .position = sqlite3_column_int64(s, 1),
					  .created = col_text(s, 2),
					  .created_by = col_blob(s, 3),
					  .comment = col_blob(s, 4),
					  .author = col_blob(s, 5),
					  .empty_layer = sqlite3_column_int(s, 6)};

		r = cb(arg, &row);
	}
	return r;
}

int images_delete(struct db *db, int64_t id, struct err *err)
{
	int r = stmt_run_id(db, STMT_IMAGE_DELETE_DOCUMENTS, id, err);

	return r < 0 ? r : stmt_run_id(db, STMT_IMAGE_DELETE, id, err);
}

int image_layers_usage(struct db *db, int64_t layer, uint64_t *ret_images,
		       uint32_t *ret_highest, struct err *err)
{
	_cleanup_(stmt_done) sqlite3_stmt *s = NULL;
	int r = stmt_get(db, STMT_IMAGE_LAYER_USAGE, &s, err);

	if (r < 0)
		return r;
	bind_int(s, 1, layer);
	r = stmt_row(db, s, err);
	if (r > 0) {
		*ret_images = (uint64_t)sqlite3_column_int64(s, 0);
		*ret_highest = (uint32_t)sqlite3_column_int64(s, 1);
	}
	return MIN(r, 0);
}
