/* SPDX-License-Identifier: MIT */
#include "model/buildcache.h"

#include "util/base64.h"
#include "util/json.h"

#define RECORDS_MAX 200000
#define LAYERS_MAX  100000
#define CHAINED_MAX 4000000 /* layers in all chains: a record is short, its chain may be long  \
			     */

void buildcache_free(struct buildcache *c)
{
	if (!c)
		return;
	for (uint32_t i = 0; i < c->n_records; i++) {
		struct buildcache_record *r = &c->records[i];

		for (uint32_t k = 0; k < r->n_chains; k++)
			free(r->chains[k].layers);
		for (uint32_t k = 0; k < r->n_inputs; k++)
			free(r->inputs[k].links);
		free(r->chains);
		free(r->inputs);
	}
	free(c->records);
	free(c->layers);
	arena_release(&c->arena);
	free(c);
}

static int keep(struct buildcache *c, const json_t *j, struct bytes *ret)
{
	if (!json_is_string(j))
		return 0;
	*ret = arena_bytes(&c->arena, bytes_make(json_string_value(j), json_string_length(j)));
	return ret->ptr || !json_string_length(j) ? 0 : -ENOMEM;
}

/* A number that is left out where it is 0. Anything else than a number is -2: no index. */
static int64_t number(const json_t *obj, const char *key)
{
	const json_t *j = json_object_get(obj, key);

	return !j ? 0 : json_is_integer(j) ? json_integer_value(j) : -2;
}

/* ---- layers ---- */

static int read_layers(struct buildcache *c, const json_t *list, struct err *err)
{
	size_t n = json_array_size(list), k;
	const json_t *item;

	if (n > LAYERS_MAX)
		return err_set(err, EINVAL, "a cache of more than %d layers", LAYERS_MAX);
	c->layers = calloc(n + 1, sizeof(*c->layers));
	if (!c->layers)
		return -ENOMEM;
	c->n_layers = (uint32_t)n;
	json_array_foreach(list, k, item)
	{
		const json_t *notes = json_object_get(item, "annotations");
		int64_t parent = number(item, "parent");

		if (parent < -1 || parent >= (int64_t)n)
			return err_set(err, EINVAL, "a cache layer whose parent is none");
		c->layers[k].parent = (int32_t)parent;
		if (keep(c, json_object_get(item, "blob"), &c->layers[k].blob) < 0 ||
		    keep(c, json_object_get(notes, "diffID"), &c->layers[k].diff_id) < 0)
			return -ENOMEM;
	}
	return 0;
}

/* A loop of parents has no root: every way up must end within as many steps as there are
 * layers. */
static int check_parents(const struct buildcache *c, struct err *err)
{
	_cleanup_free_ unsigned char *seen = calloc(c->n_layers + 1, 1);

	if (!seen)
		return -ENOMEM;
	for (uint32_t i = 0; i < c->n_layers; i++) {
		int32_t at = (int32_t)i;

		while (at >= 0 && !seen[at]) {
			seen[at] = 1; /* on this way */
			at = c->layers[at].parent;
		}
		if (at >= 0 && seen[at] == 1)
			return err_set(err, EINVAL, "cache layers that are their own parents");
		for (at = (int32_t)i; at >= 0 && seen[at] == 1; at = c->layers[at].parent)
			seen[at] = 2; /* leads to the root */
	}
	return 0;
}

/* ---- chains of a record ---- */

static int make_chain(struct buildcache *c, size_t n, struct buildcache_chain *ret,
		      struct err *err)
{
	if (n > CHAINED_MAX - c->n_chained)
		return err_set(err, EINVAL, "a cache whose chains have more than %d layers",
			       CHAINED_MAX);
	c->n_chained += (uint32_t)n;
	ret->layers = calloc(n + 1, sizeof(*ret->layers));
	return ret->layers ? 0 : -ENOMEM;
}

static int chain_of_top(struct buildcache *c, int64_t top, struct buildcache_chain *ret,
			struct err *err)
{
	uint32_t n = 0;
	int r;

	for (int64_t at = top; at >= 0; at = c->layers[at].parent)
		n++;
	r = make_chain(c, n, ret, err);
	if (r < 0)
		return r;
	ret->n = n;
	for (int64_t at = top; at >= 0; at = c->layers[at].parent)
		ret->layers[--n] = (uint32_t)at;
	return 0;
}

static int chain_of_list(struct buildcache *c, const json_t *list, struct buildcache_chain *ret,
			 struct err *err)
{
	int r = make_chain(c, json_array_size(list), ret, err);
	const json_t *item;
	size_t k;

	if (r < 0)
		return r;
	json_array_foreach(list, k, item)
	{
		json_int_t at = json_is_integer(item) ? json_integer_value(item) : -1;

		if (at < 0 || at >= c->n_layers)
			return err_set(err, EINVAL, "a cache record with a layer that is none");
		ret->layers[ret->n++] = (uint32_t)at;
	}
	return 0;
}

static int read_chains(struct buildcache *c, const json_t *j, struct buildcache_record *r,
		       struct err *err)
{
	const json_t *tops = json_object_get(j, "layers"),
		     *lists = json_object_get(j, "chains");
	const json_t *item;
	size_t k;

	r->chains =
	    calloc(json_array_size(tops) + json_array_size(lists) + 1, sizeof(*r->chains));
	if (!r->chains)
		return -ENOMEM;
	json_array_foreach(tops, k, item)
	{
		int64_t top = number(item, "layer");
		int ret;

		if (top < 0 || top >= c->n_layers)
			return err_set(err, EINVAL, "a cache record with a layer that is none");
		ret = chain_of_top(c, top, &r->chains[r->n_chains++], err);
		if (ret < 0)
			return ret;
	}
	json_array_foreach(lists, k, item)
	{
		int ret = chain_of_list(c, json_object_get(item, "layers"),
					&r->chains[r->n_chains++], err);

		if (ret < 0)
			return ret;
	}
	return 0;
}

/* ---- inputs ---- */

static int read_links(struct buildcache *c, const json_t *list, struct buildcache_input *in,
		      uint32_t n_records, struct err *err)
{
	const json_t *item;
	size_t k;

	in->links = calloc(json_array_size(list) + 1, sizeof(*in->links));
	if (!in->links)
		return -ENOMEM;
	json_array_foreach(list, k, item)
	{
		int64_t link = number(item, "link");

		if (link < 0 || link >= n_records)
			return err_set(err, EINVAL,
				       "a cache record with an input that is none");
		in->links[in->n].record = (uint32_t)link;
		if (keep(c, json_object_get(item, "selector"), &in->links[in->n].selector) < 0)
			return -ENOMEM;
		in->n++;
	}
	return 0;
}

static int read_record(struct buildcache *c, const json_t *j, struct buildcache_record *r,
		       struct err *err)
{
	const json_t *inputs = json_object_get(j, "inputs"), *item;
	int ret = keep(c, json_object_get(j, "digest"), &r->digest);
	size_t k;

	if (ret == 0)
		ret = read_chains(c, j, r, err);
	r->inputs = calloc(json_array_size(inputs) + 1, sizeof(*r->inputs));
	if (!r->inputs)
		return -ENOMEM;
	json_array_foreach(inputs, k, item)
	{
		if (ret == 0)
			ret = read_links(c, item, &r->inputs[r->n_inputs++], c->n_records, err);
	}
	return ret;
}

static int read_records(struct buildcache *c, const json_t *list, struct err *err)
{
	const json_t *item;
	size_t k;
	int r = 0;

	if (json_array_size(list) > RECORDS_MAX)
		return err_set(err, EINVAL, "a cache of more than %d records", RECORDS_MAX);
	c->records = calloc(json_array_size(list) + 1, sizeof(*c->records));
	if (!c->records)
		return -ENOMEM;
	c->n_records = (uint32_t)json_array_size(list);
	json_array_foreach(list, k, item)
	{
		if (r == 0)
			r = read_record(c, item, &c->records[k], err);
	}
	return r;
}

int buildcache_parse(struct bytes json, struct buildcache **ret, struct err *err)
{
	_cleanup_(buildcache_freep) struct buildcache *c = calloc(1, sizeof(*c));
	_cleanup_(json_freep) json_t *root = NULL;
	int r = c ? json_parse_up_to(json, BUILDCACHE_MAX_BYTES, &root, err) : -ENOMEM;

	if (r == 0 && !json_is_array(json_object_get(root, "records")))
		return err_set(err, EINVAL, "a cache config without records");
	if (r == 0)
		r = read_layers(c, json_object_get(root, "layers"), err);
	if (r == 0)
		r = check_parents(c, err);
	if (r == 0)
		r = read_records(c, json_object_get(root, "records"), err);
	if (r < 0)
		return r == -ENOMEM ? err_oom(err) : r;
	*ret = steal_ptr(&c);
	return 0;
}

/* The layers are the image's own: each stands on the one before it. */
static int image_layers(struct buildcache *c, uint32_t n)
{
	c->inline_ = true;
	c->layers = calloc(n + 1, sizeof(*c->layers));
	if (!c->layers)
		return -ENOMEM;
	c->n_layers = n;
	for (uint32_t i = 0; i < n; i++)
		c->layers[i].parent = (int32_t)i - 1;
	return 0;
}

int buildcache_parse_inline(struct bytes base64, uint32_t n_layers, struct buildcache **ret,
			    struct err *err)
{
	_cleanup_(buildcache_freep) struct buildcache *c = calloc(1, sizeof(*c));
	_cleanup_(buf_release) struct buf json = BUF_INIT;
	_cleanup_(json_freep) json_t *root = NULL;
	int r = c ? base64_decode(base64, &json) : -ENOMEM;

	if (r == -EINVAL)
		return err_set(err, EINVAL, "an inline cache that is not base64");
	if (r == 0)
		r = json_parse_up_to(buf_bytes(&json), BUILDCACHE_MAX_BYTES, &root, err);
	if (r == 0 && !json_is_array(root))
		return err_set(err, EINVAL, "an inline cache that is no array");
	if (r == 0)
		r = image_layers(c, n_layers);
	if (r == 0)
		r = read_records(c, root, err);
	if (r < 0)
		return r == -ENOMEM ? err_oom(err) : r;
	*ret = steal_ptr(&c);
	return 0;
}

void buildcache_set_diff_id(struct buildcache *c, uint32_t layer, struct bytes diff_id)
{
	if (layer < c->n_layers)
		c->layers[layer].diff_id = diff_id;
}
