/* SPDX-License-Identifier: MIT */
#include "store/builds.h"

#include "store/builds_internal.h"
#include "store/store_internal.h"

struct loader {
	struct db *db;
	struct build_set *set;
	struct err *err;
};

static const char *keep(struct loader *l, const char *text)
{
	return arena_dup(&l->set->arena, text ? text : "", text ? strlen(text) : 0);
}

static const char *keep_or_null(struct loader *l, const char *text)
{
	return text ? keep(l, text) : NULL;
}

static struct bytes keep_bytes(struct loader *l, struct bytes b)
{
	return b.ptr ? bytes_make(arena_dup(&l->set->arena, b.ptr, b.len), b.len) : BYTES_NULL;
}

static uint32_t col_u32(sqlite3_stmt *s, int at)
{
	int64_t v = sqlite3_column_int64(s, at);

	return v < 0 || v > UINT32_MAX ? 0 : (uint32_t)v;
}

const char *const base_kind_words[] = {
    [BASE_UNKNOWN] = "unknown",
    [BASE_SCRATCH] = "scratch",
    [BASE_STAGE] = "stage",
    [BASE_IMAGE] = "image",
};

const char *const edge_kind_words[] = {[EDGE_COPY] = "copy", [EDGE_MOUNT] = "mount"};

const char *const edge_source_words[] = {
    [SOURCE_UNKNOWN] = "unknown",
    [SOURCE_CONTEXT] = "context",
    [SOURCE_STAGE] = "stage",
    [SOURCE_IMAGE] = "image",
};

static int word_index(const char *const *words, size_t n, const char *word)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(words[i], word) == 0)
			return (int)i;
	return 0;
}

DEFINE_VEC(layer_vec, struct build_layer)
DEFINE_VEC(instruction_vec, struct build_instruction)
DEFINE_VEC(edge_vec, struct build_edge)
DEFINE_VEC(stage_vec, struct build_stage)

static int load_layers(struct loader *l, struct build_stage *stage)
{
	_cleanup_(stmt_done) sqlite3_stmt *s = NULL;
	struct layer_vec v = {0};
	int r = stmt_get(l->db, STMT_STAGE_LAYER_EACH, &s, l->err);

	if (r < 0)
		return r;
	bind_int(s, 1, stage->id);
	while (r >= 0 && (r = stmt_row(l->db, s, l->err)) > 0)
		r = layer_vec_push(&v, (struct build_layer){sqlite3_column_int64(s, 0),
							    keep(l, col_str(s, 1))});
	stage->layers = v.v;
	stage->n_layers = (uint32_t)v.n;
	return r;
}

static int load_instructions(struct loader *l, struct build_stage *stage)
{
	_cleanup_(stmt_done) sqlite3_stmt *s = NULL;
	struct instruction_vec v = {0};
	int r = stmt_get(l->db, STMT_INSTRUCTION_EACH, &s, l->err);

	if (r < 0)
		return r;
	bind_int(s, 1, stage->id);
	while (r >= 0 && (r = stmt_row(l->db, s, l->err)) > 0)
		r = instruction_vec_push(
		    &v, (struct build_instruction){.line0 = col_u32(s, 2),
						   .line1 = col_u32(s, 3),
						   .keyword = keep(l, col_str(s, 4)),
						   .text = keep_bytes(l, col_blob(s, 5)),
						   .position = col_u32(s, 6),
						   .by = evidence_parse(col_str(s, 7))});
	stage->instructions = v.v;
	stage->n_instructions = (uint32_t)v.n;
	return r;
}

static int load_edges(struct loader *l, struct build_stage *stage)
{
	_cleanup_(stmt_done) sqlite3_stmt *s = NULL;
	struct edge_vec v = {0};
	int r = stmt_get(l->db, STMT_EDGE_EACH, &s, l->err);

	if (r < 0)
		return r;
	bind_int(s, 1, stage->id);
	while (r >= 0 && (r = stmt_row(l->db, s, l->err)) > 0)
		r = edge_vec_push(
		    &v,
		    (struct build_edge){
			.instruction = col_null(s, 2) ? UINT32_MAX : col_u32(s, 2),
			.position = col_u32(s, 3),
			.kind = (enum edge_kind)word_index(
			    edge_kind_words, ARRAY_SIZE(edge_kind_words), col_str(s, 4)),
			.source = (enum edge_source)word_index(
			    edge_source_words, ARRAY_SIZE(edge_source_words), col_str(s, 5)),
			.source_stage = col_u32(s, 6),
			.source_ref = keep_or_null(l, col_text(s, 7)),
			.src = keep_bytes(l, col_blob(s, 8)),
			.dst = keep_bytes(l, col_blob(s, 9)),
			.by = evidence_parse(col_str(s, 10))});
	stage->edges = v.v;
	stage->n_edges = (uint32_t)v.n;
	return r;
}

static struct build_stage stage_of_row(struct loader *l, sqlite3_stmt *s)
{
	return (struct build_stage){
	    .id = sqlite3_column_int64(s, 0),
	    .name = keep(l, col_str(s, 3)),
	    .name_by = evidence_parse(col_str(s, 4)),
	    .base_kind = (enum base_kind)word_index(base_kind_words,
						    ARRAY_SIZE(base_kind_words), col_str(s, 5)),
	    .base_stage = col_u32(s, 6),
	    .base_ref = keep_or_null(l, col_text(s, 7)),
	    .base_image = sqlite3_column_int64(s, 8),
	    .base_by = evidence_parse(col_str(s, 9)),
	    .base_known = !col_null(s, 10),
	    .base_layers = col_u32(s, 10),
	    .layers_by = evidence_parse(col_text(s, 11)),
	    .image = sqlite3_column_int64(s, 12),
	    .target = sqlite3_column_int(s, 13) != 0,
	    .needed = sqlite3_column_int(s, 14) != 0};
}

static int load_stage_rows(struct loader *l, struct build *b)
{
	_cleanup_(stmt_done) sqlite3_stmt *s = NULL;
	struct stage_vec v = {0};
	int r = stmt_get(l->db, STMT_STAGE_EACH, &s, l->err);

	if (r < 0)
		return r;
	bind_int(s, 1, b->id);
	while (r >= 0 && (r = stmt_row(l->db, s, l->err)) > 0)
		r = stage_vec_push(&v, stage_of_row(l, s));
	b->stages = v.v;
	b->n_stages = (uint32_t)v.n;
	return r;
}

static bool edge_wrong(const struct build *b, const struct build_stage *s,
		       const struct build_edge *e)
{
	return !e->by || (e->source == SOURCE_STAGE && e->source_stage >= b->n_stages) ||
	       (e->instruction != UINT32_MAX && e->instruction >= s->n_instructions);
}

static bool stage_wrong(const struct build *b, uint32_t k)
{
	const struct build_stage *s = &b->stages[k];
	/* On an earlier one: whoever walks from base to base comes to an end. */
	bool wrong = s->base_kind == BASE_STAGE && s->base_stage >= k;

	wrong |= !s->name_by || !s->base_by;
	wrong |= s->base_known && s->n_layers && s->base_layers > s->n_layers;
	for (uint32_t i = 0; i < s->n_instructions; i++)
		wrong |= !s->instructions[i].by;
	for (uint32_t e = 0; e < s->n_edges; e++)
		wrong |= edge_wrong(b, s, &s->edges[e]);
	return wrong;
}

const struct build_stage *build_wrong_stage(const struct build *b)
{
	for (uint32_t k = 0; k < b->n_stages; k++)
		if (stage_wrong(b, k))
			return &b->stages[k];
	return NULL;
}

static int check_stages(struct loader *l, const struct build *b)
{
	const struct build_stage *wrong = build_wrong_stage(b);

	return wrong ? db_damaged(l->db, "a stage points where nothing is", wrong->id, l->err)
		     : 0;
}

static int load_stages(struct loader *l, struct build *b)
{
	int r = load_stage_rows(l, b);

	for (uint32_t k = 0; r == 0 && k < b->n_stages; k++) {
		r = load_layers(l, &b->stages[k]);
		if (r == 0)
			r = load_instructions(l, &b->stages[k]);
		if (r == 0)
			r = load_edges(l, &b->stages[k]);
	}
	return r < 0 ? r : check_stages(l, b);
}

static int load_build_rows(struct loader *l)
{
	_cleanup_(stmt_done) sqlite3_stmt *s = NULL;
	int r = stmt_get(l->db, STMT_BUILD_EACH, &s, l->err);

	while (r >= 0 && (r = stmt_row(l->db, s, l->err)) > 0)
		r = build_vec_push(
		    &l->set->builds,
		    (struct build){.id = sqlite3_column_int64(s, 0),
				   .key = keep(l, col_str(s, 1)),
				   .image = sqlite3_column_int64(s, 2),
				   .name = keep(l, col_str(s, 3)),
				   .dockerfile = keep_bytes(l, col_blob(s, 4)),
				   .dockerfile_by = evidence_parse(col_text(s, 5)),
				   .note = keep_or_null(l, col_text(s, 6))});
	return r;
}

void build_set_release(struct build_set *s)
{
	vec_foreach (b, &s->builds) {
		for (uint32_t k = 0; k < b->n_stages; k++) {
			free(b->stages[k].layers);
			free(b->stages[k].instructions);
			free(b->stages[k].edges);
		}
		free(b->stages);
	}
	build_vec_release(&s->builds);
	arena_release(&s->arena);
}

int builds_load(struct db *db, struct build_set *ret, struct err *err)
{
	struct build_set set = {0};
	struct loader l = {db, &set, err};
	int r = load_build_rows(&l);

	vec_foreach (b, &set.builds)
		if (r == 0)
			r = load_stages(&l, b);
	if (r < 0) {
		build_set_release(&set);
		return r == -ENOMEM ? err_oom(err) : r;
	}
	*ret = set;
	return 0;
}

int stage_layers_get(struct db *db, int64_t stage, int (*cb)(void *arg, int64_t layer),
		     void *arg, struct err *err)
{
	_cleanup_(stmt_done) sqlite3_stmt *s = NULL;
	bool any = false;
	int r = stmt_get(db, STMT_STAGE_LAYER_EACH, &s, err);

	if (r < 0)
		return r;
	bind_int(s, 1, stage);
	while (r == 0 && (r = stmt_row(db, s, err)) > 0) {
		any = true;
		r = cb(arg, sqlite3_column_int64(s, 0));
	}
	return r || any ? r : -ENOENT;
}
