/* SPDX-License-Identifier: MIT */
#include "ingest/publish_names.h"

#include "model/naming.h"
#include "store/images.h"

/* One name of the input: the pair that the name table holds, and the tag event it is from. */
struct pair {
	char *reference; /* normalised, owned */
	int64_t image;
	uint32_t group;
	int64_t event, highest; /* in the index: of the pair, of the reference; 0: none */
};
DEFINE_VEC(pair_vec, struct pair)

static void pairs_release(struct pair_vec *pairs)
{
	vec_foreach (p, pairs)
		free(p->reference);
	pair_vec_release(pairs);
}

static int add_pair(struct pair_vec *pairs, const struct intake_name *n, int64_t image,
		    struct err *err)
{
	struct bytes reference = naming_normalise(bytes_from_str(n->reference));
	struct pair new = {.image = image, .group = n->event};

	new.reference = strndup(reference.ptr, reference.len);
	if (new.reference && pair_vec_push(pairs, new) == 0)
		return 0;
	free(new.reference);
	return err_oom(err);
}

static int collect(const struct intake *intake, struct pair_vec *pairs, struct err *err)
{
	int r = 0;

	for (size_t i = 0; i < intake->images.n; i++) {
		const struct intake_image *img = &intake->images.v[i];

		if (img->evidence)
			continue;
		for (size_t k = 0; k < img->names.n && r == 0; k++)
			r = add_pair(pairs, &img->names.v[k], img->row, err);
	}
	return r;
}

static int compare_references(const void *x, const void *y)
{
	const struct pair *a = x, *b = y;

	return strcmp(a->reference, b->reference);
}

/* A row of the name table: notes it in the pairs of that reference. */
static int note_row(void *arg, const struct name_row *row)
{
	struct pair_vec *pairs = arg;
	size_t low = 0, high = pairs->n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (strcmp(pairs->v[mid].reference, row->reference) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	for (; low < pairs->n && strcmp(pairs->v[low].reference, row->reference) == 0; low++) {
		struct pair *p = &pairs->v[low];

		p->highest = MAX(p->highest, row->event);
		if (p->image == row->image)
			p->event = row->event;
	}
	return 0;
}

static int compare_groups(const void *x, const void *y)
{
	const struct pair *a = x, *b = y;

	return (a->group > b->group) - (a->group < b->group);
}

/* Do the n pairs of one event own their names already? All of them with one event: the
 * platforms of an index share it. */
static bool owns(const struct pair *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!p[i].event || p[i].event != p[i].highest || p[i].event != p[0].event)
			return false;
	return true;
}

static int put_group(struct db *db, const struct pair *p, size_t n, struct err *err)
{
	struct name_row row = {0};
	int r;

	r = names_next_event(db, &row.event, err);
	for (size_t i = 0; i < n && r == 0; i++) {
		row.reference = p[i].reference;
		row.image = p[i].image;
		r = names_put(db, &row, err);
	}
	return r;
}

int publish_names(struct db *db, const struct intake *intake, bool *ret_changed,
		  struct err *err)
{
	_cleanup_(pairs_release) struct pair_vec pairs = {0};
	size_t n;
	int r;

	r = collect(intake, &pairs, err);
	if (r < 0 || !pairs.n)
		return r;
	qsort(pairs.v, pairs.n, sizeof(*pairs.v), compare_references);
	r = names_each(db, note_row, &pairs, err);
	qsort(pairs.v, pairs.n, sizeof(*pairs.v), compare_groups);
	for (size_t i = 0; i < pairs.n && r == 0; i += n) {
		for (n = 1; i + n < pairs.n && pairs.v[i + n].group == pairs.v[i].group;)
			n++;
		if (owns(&pairs.v[i], n))
			continue;
		*ret_changed = true;
		r = put_group(db, &pairs.v[i], n, err);
	}
	return r;
}
