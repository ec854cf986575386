/* SPDX-License-Identifier: MIT */
/*
 * Content that is stored more than once: in an image, in a stage, in the stages of a build, in
 * the whole index. One row a stored copy; the rows of a group stand together and repeat its
 * numbers, so that `copy = 1` picks each group once.
 *
 * A report must end whatever the index holds. What is beyond the limits below is summed up in
 * a last row that has no group, so that the sums over `copy = 1` and that row are always whole.
 */
#include "report/report_internal.h"

#include "model/dup_action.h"
#include "util/digest.h"

#define GROUPS_LISTED 50000
#define PLACES_LISTED 200000 /* over all groups; the first is listed in any case */
#define COPIES_LISTED 1000   /* of one group */

static const struct column columns[] = {
    {"group", COLUMN_NUMBER},
    {"copies", COLUMN_NUMBER},
    {"size", COLUMN_NUMBER},
    {"reclaimable_bytes", COLUMN_NUMBER},
    {"shipped_bytes", COLUMN_NUMBER},
    {"across_images_bytes", COLUMN_NUMBER},
    {"build_only_bytes", COLUMN_NUMBER},
    {"action", COLUMN_TEXT},
    {"xxh128", COLUMN_TEXT},
    {"copy", COLUMN_NUMBER},
    {"path", COLUMN_TEXT},
    {"layer", COLUMN_TEXT},
    {"instruction", COLUMN_TEXT},
    {"places", COLUMN_TEXT},
};

struct rendering {
	const struct report_ctx *ctx;
	enum report_scope about;
	struct uses uses;
	uint32_t *layers;
	struct dup_scope scope;
	struct dups dups;
	struct dup_copy_vec copies;
	struct table t;
	struct err *err;
};

static void rendering_release(struct rendering *r)
{
	dup_copy_vec_release(&r->copies);
	dups_release(&r->dups);
	free(r->layers);
	uses_release(&r->uses);
}

/* ---- rows ---- */

/* What a hash looks like everywhere else: `xxhsum -H2` prints the same. */
static void add_hash(struct table *t, const unsigned char hash[16])
{
	char hex[33];

	hex_encode(hash, 16, hex);
	table_text(t, bytes_make(hex, 32));
}

static void add_sums(struct table *t, uint64_t reclaimable, uint64_t shipped, uint64_t across,
		     uint64_t build_only)
{
	table_number(t, reclaimable);
	table_number(t, shipped);
	table_number(t, across);
	table_number(t, build_only);
}

/* A stage that is an image stands as that image. */
static bool is_of_stage(const struct use_chain *chain, const struct catalog_stage *s)
{
	return chain->stage == s || (chain->image && s->s->image == chain->image->id);
}

static bool is_of_build(const struct use_chain *chain, const struct catalog_build *b)
{
	for (uint32_t k = 0; k < b->n_stages; k++)
		if (is_of_stage(chain, &b->stages[k]))
			return true;
	return false;
}

/* Is it one of the chains that the report is about? */
static bool is_asked_for(const struct rendering *r, const struct use_chain *chain)
{
	switch (r->about) {
	case REPORT_IMAGE:
		return chain->image == r->ctx->image;
	case REPORT_BUILD:
		return is_of_build(chain, r->ctx->build);
	case REPORT_STAGE:
		return is_of_stage(chain, r->ctx->stage);
	default:
		return true;
	}
}

static void add_places(struct rendering *r, const struct used_layer *l)
{
	_cleanup_(buf_release) struct buf places = BUF_INIT;

	for (uint32_t i = l->first; i < l->first + l->n; i++) {
		const struct use *at = &r->uses.uses.v[i];

		if (!is_asked_for(r, &r->uses.chains.v[at->chain]))
			continue;
		if (places.len)
			buf_add_char(&places, '\n');
		if (uses_place(&r->uses, at, &places) < 0)
			r->t.out->failed = true;
	}
	table_text(&r->t, buf_bytes(&places));
}

static void add_copy(struct rendering *r, size_t group, const struct dup_group *g,
		     enum dup_action action, size_t n)
{
	const struct dup_copy *copy = &r->copies.v[n];
	const struct used_layer *l = &r->uses.layers[copy->layer];
	const struct catalog_stored_layer *stored =
	    catalog_stored_layer(r->ctx->catalog, l->id);
	_cleanup_(buf_release) struct buf path = BUF_INIT;
	struct table *t = &r->t;

	table_number(t, group + 1);
	table_number(t, g->copies);
	table_number(t, g->size);
	add_sums(t, g->reclaimable, g->shipped, g->across_images, g->build_only);
	table_str(t, dup_action_name(action));
	add_hash(t, g->xxh128);
	table_number(t, n + 1);
	buf_add_char(&path, '/');
	buf_add_bytes(&path, copy->path);
	if (buf_status(&path) < 0)
		t->out->failed = true;
	table_text(t, buf_bytes(&path));
	table_str(t, stored ? stored->name : l->diff_id);
	table_text(t, l->instruction);
	add_places(r, l);
}

static int add_group(struct rendering *r, size_t group)
{
	_cleanup_(arena_release) struct arena paths = {0};
	const struct dup_group *g = &r->dups.groups.v[group];
	enum dup_action action;
	int status =
	    dups_copies(r->ctx->db, &r->scope, &r->dups, group, &r->copies, &paths, r->err);

	if (status < 0)
		return status;
	if (dup_action(&r->uses, g, r->copies.v, r->copies.n, &action) < 0)
		return err_oom(r->err);
	for (size_t i = 0; i < MIN(r->copies.n, (size_t)COPIES_LISTED); i++)
		add_copy(r, group, g, action, i);
	return 0;
}

/* What is left of the sums when the listed groups are taken off. */
static void add_rest(struct rendering *r, size_t listed)
{
	struct dup_sums rest = r->dups.all;
	struct table *t = &r->t;

	for (size_t i = 0; i < listed; i++) {
		const struct dup_group *g = &r->dups.groups.v[i];

		rest.copies -= g->copies;
		rest.reclaimable -= g->reclaimable;
		rest.shipped -= g->shipped;
		rest.across_images -= g->across_images;
		rest.build_only -= g->build_only;
	}
	table_unknown(t);
	table_number(t, rest.copies);
	table_unknown(t);
	add_sums(t, rest.reclaimable, rest.shipped, rest.across_images, rest.build_only);
	for (size_t i = 7; i < ARRAY_SIZE(columns); i++)
		table_unknown(t);
}

static int add_rows(struct rendering *r)
{
	uint64_t places = 0;
	size_t i = 0;

	for (; i < r->dups.groups.n; i++) {
		int status;

		places += r->dups.groups.v[i].places;
		if (i && places > PLACES_LISTED)
			break;
		status = add_group(r, i);
		if (status < 0)
			return status;
	}
	if (i < r->dups.all.groups)
		add_rest(r, i);
	return 0;
}

/* ---- the report ---- */

static int find_scope(struct rendering *r)
{
	const struct report_ctx *ctx = r->ctx;

	if (uses_make(ctx->catalog, &r->uses) < 0)
		return -ENOMEM;
	switch (r->about) {
	case REPORT_IMAGE:
		return dups_scope_of_chain(&r->uses, ctx->image->layers, ctx->image->n_layers,
					   &r->layers, &r->scope);
	case REPORT_BUILD:
		return dups_scope_of_build(&r->uses, ctx->build, &r->layers, &r->scope);
	case REPORT_STAGE:
		return dups_scope_of_chain(&r->uses, ctx->stage->layers, ctx->stage->n_layers,
					   &r->layers, &r->scope);
	default:
		r->scope = (struct dup_scope){.uses = &r->uses};
		return 0;
	}
}

static int render(const struct report_ctx *ctx, enum report_scope about,
		  enum report_format format, struct buf *out, struct err *err)
{
	static const struct dup_limits limits = {.max_groups = GROUPS_LISTED,
						 .order = DUPS_BY_SHIPPED};
	_cleanup_(rendering_release) struct rendering r = {
	    .ctx = ctx, .about = about, .err = err};
	int status;

	if (find_scope(&r) < 0)
		return err_oom(err);
	status = dups_find(ctx->db, ctx->forest, &r.scope, &limits, &r.dups, err);
	if (status < 0)
		return status;
	table_begin(&r.t, "duplicates", columns, ARRAY_SIZE(columns), format == REPORT_JSON,
		    out);
	status = add_rows(&r);
	if (status < 0)
		return status;
	return table_end(&r.t) < 0 ? err_oom(err) : 0;
}

static int render_index(const struct report_ctx *ctx, enum report_format format,
			struct buf *out, struct err *err)
{
	return render(ctx, REPORT_INDEX, format, out, err);
}

static int render_image(const struct report_ctx *ctx, enum report_format format,
			struct buf *out, struct err *err)
{
	return render(ctx, REPORT_IMAGE, format, out, err);
}

static int render_build(const struct report_ctx *ctx, enum report_format format,
			struct buf *out, struct err *err)
{
	return render(ctx, REPORT_BUILD, format, out, err);
}

static int render_stage(const struct report_ctx *ctx, enum report_format format,
			struct buf *out, struct err *err)
{
	return render(ctx, REPORT_STAGE, format, out, err);
}

const struct report report_duplicates_index = {
    "duplicates", REPORT_INDEX, REPORT_TABLE,
    "content stored more than once, over all layers, and what can be done about it",
    render_index};
const struct report report_duplicates_image = {
    "duplicates", REPORT_IMAGE, REPORT_TABLE,
    "content that the layers of the image store more than once", render_image};
const struct report report_duplicates_build = {
    "duplicates", REPORT_BUILD, REPORT_TABLE,
    "content that the stages of the build store more than once", render_build};
const struct report report_duplicates_stage = {
    "duplicates", REPORT_STAGE, REPORT_TABLE,
    "content that the layers of the stage store more than once", render_stage};
