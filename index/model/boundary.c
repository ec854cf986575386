/* SPDX-License-Identifier: MIT */
#include "model/boundary.h"

#include <ctype.h>

#define NONE UINT32_MAX

bool history_is_prefix(const struct fact_image *a, const struct fact_image *b)
{
	if (a->history.n > b->history.n)
		return false;
	for (size_t i = 0; i < a->history.n; i++) {
		const struct fact_entry *x = &a->history.v[i], *y = &b->history.v[i];

		if (x->empty != y->empty ||
		    !bytes_equal(buf_bytes(&x->in.text), buf_bytes(&y->in.text)))
			return false;
	}
	return true;
}

/* Layers that the first n entries made. */
static uint32_t layers_before(const struct fact_image *i, size_t n)
{
	uint32_t layers = 0;

	for (size_t k = 0; k < n; k++)
		if (i->history.v[k].position)
			layers = i->history.v[k].position;
	return layers;
}

static struct boundary at_entry(const struct fact_image *i, size_t entry, enum evidence by)
{
	return (struct boundary){.known = true,
				 .layers = layers_before(i, entry),
				 .entries = (uint32_t)entry,
				 .image = NONE,
				 .by = by};
}

/* buildah names the parent of a step by image id, the base by reference. */
static bool is_short_id(struct bytes b)
{
	for (size_t i = 0; i < b.len; i++)
		if (!isxdigit((unsigned char)b.ptr[i]))
			return false;
	return b.len == 12 || b.len == 64;
}

static struct boundary by_comment(const struct facts *f, uint32_t image)
{
	const struct fact_image *i = &f->images.v[image];

	for (size_t k = i->history.n; k-- > 0;) {
		struct bytes comment = i->history.v[k].comment;
		struct boundary b;

		if (!bytes_starts_with(comment, BYTES("FROM ")))
			continue;
		comment = bytes_skip(comment, 5);
		if (!comment.len || is_short_id(comment))
			continue;
		b = at_entry(i, k, EVIDENCE_HISTORY);
		b.ref = comment;
		return b;
	}
	return (struct boundary){.image = NONE};
}

static struct boundary by_image(const struct facts *f, uint32_t image,
				bool (*skip)(const void *arg, uint32_t image), const void *arg)
{
	const struct fact_image *i = &f->images.v[image], *best = NULL;
	struct boundary b = {.image = NONE};

	for (uint32_t k = 0; k < f->images.n; k++) {
		const struct fact_image *base = &f->images.v[k];

		if (k == image || !base->layers.n || base->layers.n >= i->layers.n ||
		    (skip && skip(arg, k)) ||
		    !chains_is_prefix(&f->chains, base->tip, i->tip) ||
		    !history_is_prefix(base, i))
			continue;
		if (!best || base->layers.n > best->layers.n)
			best = base;
	}
	if (!best)
		return b;
	b = at_entry(i, best->history.n, EVIDENCE_CHAIN);
	b.layers = (uint32_t)best->layers.n;
	b.image = (uint32_t)(best - f->images.v);
	b.ref = best->names.n ? best->names.v[0] : BYTES_NULL;
	return b;
}

static bool imports(const struct fact_entry *e)
{
	return bytes_starts_with(e->comment, BYTES("Imported from ")) ||
	       bytes_equal(e->comment, BYTES("imported from tarball"));
}

static bool is_start_command(const struct fact_entry *e)
{
	return strcmp(e->in.keyword, "CMD") == 0 || strcmp(e->in.keyword, "ENTRYPOINT") == 0;
}

/* Entries up to here are another build's than those behind: 0 if none are. */
static size_t builder_changes(const struct fact_image *i)
{
	size_t at = 0;

	for (size_t k = 1; k < i->history.n; k++) {
		const struct fact_entry *before = &i->history.v[k - 1], *e = &i->history.v[k];
		bool kaniko = bytes_equal(e->author, BYTES("kaniko")) &&
			      !bytes_equal(before->author, e->author);

		if (kaniko || (e->buildkit && !before->buildkit) || imports(before))
			at = k;
	}
	return at;
}

/* Behind the last CMD or ENTRYPOINT that a layer follows. */
static size_t finished_before(const struct fact_image *i)
{
	size_t last_layer = 0, at = 0;

	for (size_t k = 0; k < i->history.n; k++)
		if (i->history.v[k].position)
			last_layer = k;
	for (size_t k = 0; k < last_layer; k++)
		if (is_start_command(&i->history.v[k]))
			at = k + 1;
	return at;
}

static struct boundary by_history(const struct fact_image *i)
{
	size_t at = MAX(builder_changes(i), finished_before(i));

	return at && i->reliable ? at_entry(i, at, EVIDENCE_HISTORY)
				 : (struct boundary){.image = NONE};
}

struct boundary boundary_find(const struct facts *f, uint32_t image,
			      bool (*skip)(const void *arg, uint32_t image), const void *arg)
{
	const struct fact_image *i = &f->images.v[image];
	struct boundary b = by_comment(f, image);
	struct boundary indexed = by_image(f, image, skip, arg);

	if (!b.known)
		b = indexed;
	else if (indexed.known && indexed.layers == b.layers)
		b.image = indexed.image;
	if (!b.known)
		b = by_history(i);
	if (b.known && !b.ref.len)
		b.ref = i->base_name;
	return b;
}
