/* SPDX-License-Identifier: MIT */
#include "ingest/known.h"

#include "store/layers.h"

DEFINE_VEC(id_vec, int64_t)

int digest_cmp(const struct digest *a, const struct digest *b)
{
	if (a->alg != b->alg)
		return a->alg < b->alg ? -1 : 1;
	return memcmp(a->raw, b->raw, digest_raw_len(a->alg));
}

static int compare(const void *a, const void *b)
{
	return digest_cmp(a, b);
}

void known_release(struct known *k)
{
	digest_vec_release(&k->ids);
}

int known_add(struct known *k, const struct digest *d)
{
	size_t i;
	int r = digest_vec_push(&k->ids, *d);

	if (r < 0)
		return r;
	for (i = k->ids.n - 1; i > 0 && digest_cmp(&k->ids.v[i - 1], d) > 0; i--)
		k->ids.v[i] = k->ids.v[i - 1];
	k->ids.v[i] = *d;
	return 0;
}

bool known_has(const struct known *k, const struct digest *d)
{
	return k->ids.n && bsearch(d, k->ids.v, k->ids.n, sizeof(*d), compare);
}

static int push_text(struct known *k, const char *diff_id, struct err *err)
{
	struct digest d;
	int r;

	r = digest_parse(bytes_from_str(diff_id), &d, err);
	if (r < 0)
		return r;
	return digest_vec_push(&k->ids, d) < 0 ? err_oom(err) : 0;
}

static int on_published(void *arg, const struct layer_row *row)
{
	return push_text(arg, row->diff_id, NULL);
}

static int on_staged(void *arg, int64_t id)
{
	return id_vec_push(arg, id);
}

int known_load(struct db *db, struct known *ret, struct err *err)
{
	_cleanup_(id_vec_release) struct id_vec staged = {0};
	struct layer_row row;
	int r;

	*ret = (struct known){0};
	r = layers_each(db, on_published, ret, err);
	if (r == 0)
		r = layers_each_staged(db, NULL, on_staged, &staged, err);
	for (size_t i = 0; r == 0 && i < staged.n; i++) {
		r = layers_get(db, staged.v[i], &row, err);
		r = r == 1 ? push_text(ret, row.diff_id, err) : r;
	}
	if (r < 0) {
		known_release(ret);
		return r;
	}
	if (ret->ids.n)
		qsort(ret->ids.v, ret->ids.n, sizeof(*ret->ids.v), compare);
	return 0;
}
