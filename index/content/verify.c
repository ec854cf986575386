/* SPDX-License-Identifier: MIT */
/* Re-reading whole layers, and asking whether they could be read. */
#include "content/content_internal.h"
#include "content/identity.h"
#include "util/vec.h"

DEFINE_VEC(place_vec, struct location_row)

static int collect(void *arg, const struct location_row *row)
{
	return place_vec_push(arg, *row);
}

static int get_places(struct content *c, int64_t layer, struct layer_row *row,
		      struct place_vec *ret, struct err *err)
{
	int r;

	pthread_mutex_lock(&c->lock);
	r = layers_get(c->opener.db, layer, row, err);
	if (r == 0)
		r = err_set(err, ESTALE, "the layer is not in the index any more");
	if (r > 0)
		r = locations_each(c->opener.db, layer, collect, ret, err);
	pthread_mutex_unlock(&c->lock);
	return r;
}

static int verify_place(struct content *c, const struct layer_row *row,
			const struct location_row *place, struct err *err)
{
	_cleanup_(opened_unrefp) struct opened *o = NULL;
	int r;

	pthread_mutex_lock(&c->lock);
	r = opened_at(&c->opener, row, place, &o, err);
	pthread_mutex_unlock(&c->lock);
	return r < 0 ? r : opened_hash(o, row->diff_id, err);
}

int content_verify_layer(struct content *c, int64_t layer, struct err *err)
{
	_cleanup_(place_vec_release) struct place_vec places = {0};
	struct layer_row row;
	bool found = false;
	int r = get_places(c, layer, &row, &places, err);

	for (size_t i = 0; r >= 0 && i < places.n; i++) {
		r = verify_place(c, &row, &places.v[i], err);
		if (r == -ENOENT) {
			r = 0;
			continue;
		}
		if (r == -ESTALE || r == -EBADMSG || r == -EIO)
			return 1;
		found = true;
	}
	if (r < 0)
		return r;
	return found ? 0 : err_set(err, ENOENT, "no archive that holds this layer is left");
}

bool content_layer_available(struct content *c, int64_t layer)
{
	_cleanup_(place_vec_release) struct place_vec places = {0};
	struct layer_row row;
	bool there = false;

	if (get_places(c, layer, &row, &places, NULL) < 0)
		return false;
	pthread_mutex_lock(&c->lock);
	for (size_t i = 0; !there && i < places.n; i++) {
		struct archive_row a;
		int same;

		if (archives_get(c->opener.db, places.v[i].archive, &a, NULL) <= 0)
			continue;
		same = identity_of_path(&a);
		there = same == IDENTITY_SAME || same == IDENTITY_TOUCHED;
		archive_row_release(&a);
	}
	pthread_mutex_unlock(&c->lock);
	return there;
}
