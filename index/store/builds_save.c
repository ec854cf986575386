/* SPDX-License-Identifier: MIT */
/*
 * Saving builds: what is the same stays untouched, with its ids; a build that differs is
 * written anew, and its stages keep their ids if name and chain are the same.
 */
#include "store/builds.h"
#include "store/builds_internal.h"
#include "store/store_internal.h"
#include "util/buf.h"

/* ---- are two the same? ---- */

static void add_text(struct buf *out, const char *text)
{
	buf_add(out, text ? text : "", text ? strlen(text) + 1 : 0);
	buf_add_char(out, text ? 1 : 2);
}

static void add_bytes(struct buf *out, struct bytes b)
{
	buf_addf(out, "%zd:", b.ptr ? (ssize_t)b.len : -1);
	buf_add_bytes(out, b);
}

static void add_chain(struct buf *out, const struct build_stage *s)
{
	for (uint32_t k = 0; k < s->n_layers; k++) {
		add_text(out, s->layers[k].diff_id);
		buf_addf(out, "%lld;", (long long)s->layers[k].layer);
	}
}

static void add_stage(struct buf *out, const struct build_stage *s)
{
	add_text(out, s->name);
	add_text(out, s->base_ref);
	buf_addf(out, "%d %d %u %lld %d %d %u %d %lld %d %d ", s->name_by, s->base_kind,
		 s->base_kind == BASE_STAGE ? s->base_stage : 0, (long long)s->base_image,
		 s->base_by, s->base_known, s->base_known ? s->base_layers : 0, s->layers_by,
		 (long long)s->image, s->target, s->needed);
	add_chain(out, s);
	for (uint32_t k = 0; k < s->n_instructions; k++) {
		const struct build_instruction *i = &s->instructions[k];

		add_text(out, i->keyword);
		add_bytes(out, i->text);
		buf_addf(out, "%u %u %u %d;", i->line0, i->line1, i->position, i->by);
	}
	for (uint32_t k = 0; k < s->n_edges; k++) {
		const struct build_edge *e = &s->edges[k];

		add_text(out, e->source == SOURCE_IMAGE ? e->source_ref : NULL);
		add_bytes(out, e->src);
		add_bytes(out, e->dst);
		buf_addf(out, "%u %u %d %d %u %d;", e->instruction, e->position, e->kind,
			 e->source, e->source == SOURCE_STAGE ? e->source_stage : 0, e->by);
	}
}

/* All that a build says, without ids. */
static int describe(const struct build *b, struct buf *out)
{
	add_text(out, b->key);
	add_text(out, b->name);
	add_text(out, b->note);
	add_bytes(out, b->dockerfile);
	buf_addf(out, "%lld %d;", (long long)b->image,
		 b->dockerfile.ptr ? b->dockerfile_by : EVIDENCE_NONE);
	for (uint32_t k = 0; k < b->n_stages; k++)
		add_stage(out, &b->stages[k]);
	return buf_status(out);
}

static int same_build(const struct build *a, const struct build *b, bool *ret)
{
	_cleanup_(buf_release) struct buf x = BUF_INIT, y = BUF_INIT;

	if (describe(a, &x) < 0 || describe(b, &y) < 0)
		return -ENOMEM;
	*ret = bytes_equal(buf_bytes(&x), buf_bytes(&y));
	return 0;
}

static bool same_stage(const struct build_stage *a, const struct build_stage *b)
{
	if (strcmp(a->name, b->name) != 0 || a->n_layers != b->n_layers)
		return false;
	for (uint32_t k = 0; k < a->n_layers; k++)
		if (strcmp(a->layers[k].diff_id, b->layers[k].diff_id) != 0)
			return false;
	return true;
}

/* ---- writing ---- */

static void bind_known(sqlite3_stmt *s, int at, bool known, int64_t v)
{
	if (known)
		bind_int(s, at, v);
}

static int write_layers(struct db *db, const struct build_stage *stage, struct err *err)
{
	int r = 0;

	for (uint32_t k = 0; r == 0 && k < stage->n_layers; k++) {
		_cleanup_(stmt_done) sqlite3_stmt *s = NULL;

		r = stmt_get(db, STMT_STAGE_LAYER_INSERT, &s, err);
		if (r < 0)
			return r;
		bind_int(s, 1, stage->id);
		bind_int(s, 2, k + 1);
		bind_known(s, 3, stage->layers[k].layer != 0, stage->layers[k].layer);
		bind_text(s, 4, stage->layers[k].diff_id);
		r = stmt_run(db, s, err);
	}
	return r;
}

static int write_instruction(struct db *db, int64_t stage, uint32_t ord,
			     const struct build_instruction *i, struct err *err)
{
	_cleanup_(stmt_done) sqlite3_stmt *s = NULL;
	int r = stmt_get(db, STMT_INSTRUCTION_INSERT, &s, err);

	if (r < 0)
		return r;
	bind_int(s, 1, stage);
	bind_int(s, 2, ord);
	bind_known(s, 3, i->line0 != 0, i->line0);
	bind_known(s, 4, i->line0 != 0, i->line1);
	bind_text(s, 5, i->keyword);
	bind_bytes(s, 6, i->text);
	bind_known(s, 7, i->position != 0, i->position);
	bind_text(s, 8, evidence_name(i->by));
	return stmt_run(db, s, err);
}

static int write_edge(struct db *db, int64_t stage, uint32_t ord, const struct build_edge *e,
		      struct err *err)
{
	_cleanup_(stmt_done) sqlite3_stmt *s = NULL;
	int r = stmt_get(db, STMT_EDGE_INSERT, &s, err);

	if (r < 0)
		return r;
	bind_int(s, 1, stage);
	bind_int(s, 2, ord);
	bind_known(s, 3, e->instruction != UINT32_MAX, e->instruction);
	bind_known(s, 4, e->position != 0, e->position);
	bind_text(s, 5, edge_kind_words[e->kind]);
	bind_text(s, 6, edge_source_words[e->source]);
	bind_known(s, 7, e->source == SOURCE_STAGE, e->source_stage);
	bind_text(s, 8, e->source == SOURCE_IMAGE ? e->source_ref : NULL);
	bind_blob(s, 9, e->src);
	bind_blob(s, 10, e->dst);
	bind_text(s, 11, evidence_name(e->by));
	return stmt_run(db, s, err);
}

static int write_stage_row(struct db *db, int64_t build, uint32_t ordinal,
			   struct build_stage *stage, struct err *err)
{
	_cleanup_(stmt_done) sqlite3_stmt *s = NULL;
	int r = stmt_get(db, STMT_STAGE_INSERT, &s, err);

	if (r < 0)
		return r;
	bind_known(s, 1, stage->id != 0, stage->id);
	bind_int(s, 2, build);
	bind_int(s, 3, ordinal);
	bind_text(s, 4, stage->name);
	bind_text(s, 5, evidence_name(stage->name_by));
	bind_text(s, 6, base_kind_words[stage->base_kind]);
	bind_known(s, 7, stage->base_kind == BASE_STAGE, stage->base_stage);
	bind_text(s, 8, stage->base_ref);
	bind_known(s, 9, stage->base_image != 0, stage->base_image);
	bind_text(s, 10, evidence_name(stage->base_by));
	bind_known(s, 11, stage->base_known, stage->base_layers);
	bind_text(s, 12, evidence_name(stage->layers_by));
	bind_known(s, 13, stage->image != 0, stage->image);
	bind_int(s, 14, stage->target);
	bind_int(s, 15, stage->needed);
	r = stmt_run(db, s, err);
	if (r == 0 && !stage->id)
		stage->id = sqlite3_last_insert_rowid(db->sql);
	return r;
}

static int write_stage(struct db *db, int64_t build, uint32_t ordinal,
		       struct build_stage *stage, struct err *err)
{
	int r = write_stage_row(db, build, ordinal, stage, err);

	if (r == 0)
		r = write_layers(db, stage, err);
	for (uint32_t k = 0; r == 0 && k < stage->n_instructions; k++)
		r = write_instruction(db, stage->id, k, &stage->instructions[k], err);
	for (uint32_t k = 0; r == 0 && k < stage->n_edges; k++)
		r = write_edge(db, stage->id, k, &stage->edges[k], err);
	return r;
}

static int write_build_row(struct db *db, struct build *b, struct err *err)
{
	_cleanup_(stmt_done) sqlite3_stmt *s = NULL;
	int r = stmt_get(db, STMT_BUILD_INSERT, &s, err);

	if (r < 0)
		return r;
	bind_known(s, 1, b->id != 0, b->id);
	bind_text(s, 2, b->key);
	bind_known(s, 3, b->image != 0, b->image);
	bind_text(s, 4, b->name);
	bind_blob(s, 5, b->dockerfile);
	bind_text(s, 6, b->dockerfile.ptr ? evidence_name(b->dockerfile_by) : NULL);
	bind_text(s, 7, b->note);
	r = stmt_run(db, s, err);
	if (r == 0 && !b->id)
		b->id = sqlite3_last_insert_rowid(db->sql);
	return r;
}

static int write_build(struct db *db, struct build *b, struct err *err)
{
	int r = write_build_row(db, b, err);

	for (uint32_t k = 0; r == 0 && k < b->n_stages; k++)
		r = write_stage(db, b->id, k, &b->stages[k], err);
	return r;
}

/* ---- old and new ---- */

static bool is_taken(const struct build *b, uint32_t before, int64_t id)
{
	for (uint32_t k = 0; k < before; k++)
		if (b->stages[k].id == id)
			return true;
	return false;
}

/* Names need not be unique: what has no layers and the same name is still two stages. */
static void take_stage_ids(struct build *b, const struct build *old)
{
	for (uint32_t k = 0; k < b->n_stages; k++)
		for (uint32_t n = 0; n < old->n_stages; n++)
			if (same_stage(&b->stages[k], &old->stages[n]) &&
			    !is_taken(b, k, old->stages[n].id)) {
				b->stages[k].id = old->stages[n].id;
				break;
			}
}

static struct build *find_key(const struct build_set *s, const char *key)
{
	vec_foreach (b, &s->builds)
		if (strcmp(b->key, key) == 0)
			return b;
	return NULL;
}

/* 1: written, 0: it was there. */
static int save_build(struct db *db, struct build *b, const struct build *old, struct err *err)
{
	const struct build_stage *wrong = build_wrong_stage(b);
	bool same = false;
	int r = 0;

	/* Written, it would make the index unreadable. */
	if (wrong)
		return err_set(
		    err, EINVAL,
		    "build %s: stage %s points where nothing is: an error of stagefs "
		    "that should be reported; the index is as it was",
		    b->name, wrong->name);
	if (old) {
		b->id = old->id;
		take_stage_ids(b, old);
		if (same_build(b, old, &same) < 0)
			return err_oom(err);
		if (same)
			return 0;
		r = stmt_run_id(db, STMT_BUILD_DELETE, old->id, err);
	}
	if (r == 0)
		r = write_build(db, b, err);
	return r < 0 ? r : 1;
}

static int drop_gone(struct db *db, const struct build_set *s, const struct build_set *old,
		     struct err *err)
{
	int r = 0, changed = 0;

	vec_foreach (b, &old->builds) {
		if (r < 0 || find_key(s, b->key))
			continue;
		changed = 1;
		r = stmt_run_id(db, STMT_BUILD_DELETE, b->id, err);
	}
	return r < 0 ? r : changed;
}

int builds_save(struct db *db, struct build_set *s, struct err *err)
{
	struct build_set old = {0};
	int r = builds_load(db, &old, err), changed;

	if (r < 0)
		return r;
	changed = r = drop_gone(db, s, &old, err);
	vec_foreach (b, &s->builds) {
		if (r < 0)
			break;
		r = save_build(db, b, find_key(&old, b->key), err);
		changed |= r;
	}
	build_set_release(&old);
	return r < 0 ? r : changed;
}
