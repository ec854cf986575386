/* SPDX-License-Identifier: MIT */
#include "report/waste_text.h"

#include "report/sentence.h"
#include "util/escape.h"

/* Rows that one layer stored and one hid for one reason. */
struct cause {
	const struct waste *first; /* any of them */
	uint64_t bytes, package_db;
};

static bool same_cause(const struct waste *a, const struct waste *b)
{
	return a->layer == b->layer && a->hider == b->hider && a->reason == b->reason;
}

static int compare_cause(const struct waste *a, const struct waste *b)
{
	if (a->layer != b->layer)
		return a->layer < b->layer ? -1 : 1;
	if (a->hider != b->hider)
		return a->hider < b->hider ? -1 : 1;
	return (a->reason > b->reason) - (a->reason < b->reason);
}

static int by_cause(const void *pa, const void *pb)
{
	const struct waste *const *a = pa, *const *b = pb;
	int c = compare_cause(*a, *b);

	return c ? c : bytes_cmp((*a)->path, (*b)->path);
}

static void add_capped(uint64_t *sum, uint64_t n)
{
	if (add_overflows(*sum, n, sum))
		*sum = UINT64_MAX;
}

/* The run of rows, sorted by cause, that wastes most. */
static struct cause find_largest(const struct waste *const *rows, size_t n)
{
	struct cause best = {0}, now = {0};

	for (size_t i = 0; i < n; i++) {
		if (!now.first || !same_cause(now.first, rows[i]))
			now = (struct cause){.first = rows[i]};
		add_capped(&now.bytes, rows[i]->bytes);
		if (rows[i]->package_db)
			add_capped(&now.package_db, rows[i]->bytes);
		if (now.bytes > best.bytes)
			best = now;
	}
	return best;
}

/* path below a directory of that length: up to the end of its next component. */
static size_t next_component(struct bytes path, size_t dir)
{
	size_t from = dir ? dir + 1 : 0;

	return from + bytes_find(bytes_skip(path, from), '/');
}

static bool is_below(struct bytes path, struct bytes dir)
{
	return dir.len == 0 ||
	       (path.len > dir.len && bytes_starts_with(path, dir) && path.ptr[dir.len] == '/');
}

/* The child of dir with most bytes; rows of one cause are sorted by path, so those of one child
 * are neighbours. */
static struct bytes heaviest_child(const struct waste *const *rows, size_t n,
				   const struct cause *cause, struct bytes dir,
				   uint64_t *ret_bytes)
{
	struct bytes best = dir, now = BYTES_NULL;
	uint64_t sum = 0;

	*ret_bytes = 0;
	for (size_t i = 0; i < n; i++) {
		struct bytes child;

		if (!same_cause(cause->first, rows[i]) || !is_below(rows[i]->path, dir))
			continue;
		child = bytes_make(rows[i]->path.ptr, next_component(rows[i]->path, dir.len));
		if (!bytes_equal(child, now)) {
			now = child;
			sum = 0;
		}
		add_capped(&sum, rows[i]->bytes);
		if (sum > *ret_bytes) {
			*ret_bytes = sum;
			best = now;
		}
	}
	return best;
}

static struct bytes find_place(const struct waste *const *rows, size_t n,
			       const struct cause *cause, uint64_t *ret_bytes)
{
	struct bytes at = BYTES_NULL;

	*ret_bytes = cause->bytes;
	for (;;) {
		uint64_t bytes;
		struct bytes child = heaviest_child(rows, n, cause, at, &bytes);

		if (child.len <= at.len || bytes < cause->bytes / 2 || !bytes)
			return at;
		at = child;
		*ret_bytes = bytes;
	}
}

static void add_layer(struct buf *text, const struct catalog_layer *l)
{
	char shown[70];

	buf_addf(text, "%s %s", l->nn,
		 l->instruction.len ? escape_short(l->instruction, shown, sizeof(shown))
				    : "(no history)");
}

static void add_sentence(const struct catalog_image *img, const struct cause *cause,
			 struct bytes place, uint64_t bytes, struct buf *text)
{
	static const char *const verbs[] = {
	    [WASTE_METADATA] = "stored again unchanged by ",
	    [WASTE_MOVED] = "moved elsewhere by ",
	    [WASTE_OVERWRITTEN] = "overwritten by ",
	    [WASTE_DELETED] = "deleted by ",
	    [WASTE_NEVER_VISIBLE] = "where nothing can show it, by ",
	};
	char size[16], path[300];

	buf_addf(text, "The largest waste is %s in /%s: stored by ", format_size(bytes, size),
		 escape_short(place, path, sizeof(path)));
	add_layer(text, &img->layers[cause->first->layer]);
	buf_addf(text, ", %s", verbs[cause->first->reason]);
	add_layer(text, &img->layers[cause->first->hider]);
	buf_add_char(text, '.');
	if (cause->package_db > cause->bytes / 2)
		buf_add_str(text, " Most of it is package databases: merging these "
				  "instructions saves it.");
}

int waste_text(const struct catalog_image *img, const struct wastes *all, struct buf *out,
	       struct err *err)
{
	_cleanup_(buf_release) struct buf text = BUF_INIT;
	_cleanup_free_ const struct waste **rows = calloc(all->rows.n + 1, sizeof(*rows));
	struct cause cause;
	struct bytes place;
	uint64_t bytes;

	if (!rows)
		return err_oom(err);
	for (size_t i = 0; i < all->rows.n; i++)
		rows[i] = &all->rows.v[i];
	qsort(rows, all->rows.n, sizeof(*rows), by_cause);
	cause = find_largest(rows, all->rows.n);
	if (!cause.bytes)
		return 0;
	place = find_place(rows, all->rows.n, &cause, &bytes);
	add_sentence(img, &cause, place, bytes, &text);
	sentence_add(out, buf_bytes(&text));
	return buf_status(&text) < 0 || buf_status(out) < 0 ? err_oom(err) : 0;
}
