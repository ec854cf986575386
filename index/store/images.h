/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * Images, their layers, history and names: the tables image, image_layer, history, name.
 * Row structs borrow until the next step of the same iterator, unless they say otherwise.
 */
#include "store/db.h"

struct image_row {
	int64_t id;
	const char *config_digest, *platform, *manifest_digest, *created, *format;
	struct bytes config, manifest; /* loaded only by images_get and images_find */
	int64_t indexed;
};

struct image_layer_row {
	uint32_t position; /* from 1 */
	int64_t layer;     /* 0: absent */
	const char *diff_id, *blob_digest, *codec, *media_type;
	int64_t blob_bytes; /* -1 unknown */
};

struct history_row {
	uint32_t ord;
	int64_t position; /* 0: none */
	const char *created;
	struct bytes created_by, comment, author;
	bool empty_layer;
};

struct name_row {
	const char *reference;
	int64_t image, event;
};

/* Inserts, or finds the image of the same (config_digest, platform) and replaces its layers,
 * history and documents. */
int images_put(struct db *db, const struct image_row *row, int64_t *ret_id,
	       struct err *err) _must_check_;
int image_layers_insert(struct db *db, int64_t image, const struct image_layer_row *row,
			struct err *err) _must_check_;
int history_insert(struct db *db, int64_t image, const struct history_row *row,
		   struct err *err) _must_check_;
/* A new tag event: one more than the highest so far. */
int names_next_event(struct db *db, int64_t *ret, struct err *err) _must_check_;
/* Inserts, or moves the (reference, image) pair to this event. */
int names_put(struct db *db, const struct name_row *row, struct err *err) _must_check_;

int images_each(struct db *db, int (*cb)(void *arg, const struct image_row *row), void *arg,
		struct err *err) _must_check_;
/* 1 found, 0 absent. Borrowed until the next images_get on this db. */
int images_get(struct db *db, int64_t id, struct image_row *ret, struct err *err) _must_check_;
int image_layers_each(struct db *db, int64_t image,
		      int (*cb)(void *arg, const struct image_layer_row *row), void *arg,
		      struct err *err) _must_check_;
int history_each(struct db *db, int64_t image,
		 int (*cb)(void *arg, const struct history_row *row), void *arg,
		 struct err *err) _must_check_;
/* By reference, then event, then image. */
int names_each(struct db *db, int (*cb)(void *arg, const struct name_row *row), void *arg,
	       struct err *err) _must_check_;
/* Removes the image with its names, layers list and history, and the documents whose subject it
 * is, unless another image has that digest. Layers stay until gc. */
int images_delete(struct db *db, int64_t id, struct err *err) _must_check_;
/* Images that use a layer, and the highest position at which any does. */
int image_layers_usage(struct db *db, int64_t layer, uint64_t *ret_images,
		       uint32_t *ret_highest, struct err *err) _must_check_;
/* Published layers that no image uses (for gc). */
int layers_each_unused(struct db *db, int (*cb)(void *arg, int64_t id), void *arg,
		       struct err *err) _must_check_;
