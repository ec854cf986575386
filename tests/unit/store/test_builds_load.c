/* SPDX-License-Identifier: MIT */
#include "store_fixture.h"

#include "store/builds.h"

#include <stdio.h>

/* Rows as schema.sql has them, written by SQLite alone: everything known, and nothing. */
static const char rows[] =
    "INSERT INTO build VALUES (7, 'k2', NULL, 'a name', NULL, NULL, NULL),"
    " (3, 'k1', 1, '', x'46000aff', 'user', 'a note');"
    "INSERT INTO stage VALUES"
    " (12, 3, 1, 'app', 'tag', 'stage', 0, NULL, NULL, 'default', NULL, NULL, NULL, 1, 0),"
    " (11, 3, 0, 'base', 'label', 'image', NULL, 'debian:12', 1, 'history', 2, 'chain', 1, 0,"
    " 1);"
    "INSERT INTO stage_layer VALUES (11, 2, NULL, 'sha256:bb'), (11, 1, 1, 'sha256:aa');"
    "INSERT INTO instruction VALUES (11, 1, NULL, NULL, 'RUN', x'', NULL, 'history'),"
    " (11, 0, 4, 5, 'COPY', x'43000aff', 2, 'dockerfile');"
    "INSERT INTO edge VALUES"
    " (11, 1, NULL, NULL, 'mount', 'image', NULL, 'busybox:1', NULL, NULL, 'cache'),"
    " (11, 0, 0, 2, 'copy', 'stage', 1, NULL, x'2f0aff', x'', 'provenance');";

static void put_rows(struct index_dir *d)
{
	int64_t layer = add_layer(d, "sha256:aa");

	assert_int_equal(layer, 1);
	assert_int_equal(add_image(d, "sha256:cc", &layer, 1), 1);
	raw_exec(d, rows);
}

static void check_first_stage(const struct build_stage *s)
{
	assert_int_equal(s->id, 11);
	assert_string_equal(s->name, "base");
	assert_int_equal(s->name_by, EVIDENCE_LABEL);
	assert_int_equal(s->base_kind, BASE_IMAGE);
	assert_string_equal(s->base_ref, "debian:12");
	assert_int_equal(s->base_image, 1);
	assert_int_equal(s->base_by, EVIDENCE_HISTORY);
	assert_true(s->base_known);
	assert_int_equal(s->base_layers, 2);
	assert_int_equal(s->layers_by, EVIDENCE_CHAIN);
	assert_int_equal(s->image, 1);
	assert_false(s->target);
	assert_true(s->needed);
	assert_int_equal(s->n_layers, 2);
	assert_int_equal(s->layers[0].layer, 1);
	assert_string_equal(s->layers[0].diff_id, "sha256:aa");
	assert_int_equal(s->layers[1].layer, 0);
	assert_string_equal(s->layers[1].diff_id, "sha256:bb");
}

static void builds_load__builds_and_stages(void **state)
{
	struct index_dir *d = *state;
	struct build_set set = {0};
	const struct build *b;
	const struct build_stage *s;

	put_rows(d);
	assert_ok(builds_load(d->db, &set, &d->err), &d->err);
	assert_int_equal(set.builds.n, 2);
	b = &set.builds.v[0];
	assert_int_equal(b->id, 3);
	assert_string_equal(b->key, "k1");
	assert_int_equal(b->image, 1);
	assert_string_equal(b->name, "");
	assert_int_equal(b->dockerfile.len, 4);
	assert_memory_equal(b->dockerfile.ptr, "F\0\n\xff", 4);
	assert_int_equal(b->dockerfile_by, EVIDENCE_USER);
	assert_string_equal(b->note, "a note");
	assert_int_equal(b->n_stages, 2);
	check_first_stage(&b->stages[0]);
	s = &b->stages[1];
	assert_int_equal(s->id, 12);
	assert_int_equal(s->base_kind, BASE_STAGE);
	assert_int_equal(s->base_stage, 0);
	assert_null(s->base_ref);
	assert_int_equal(s->base_image, 0);
	assert_false(s->base_known);
	assert_int_equal(s->layers_by, EVIDENCE_NONE);
	assert_int_equal(s->image, 0);
	assert_true(s->target);
	assert_false(s->needed);
	assert_int_equal(s->n_layers + s->n_instructions + s->n_edges, 0);
	b = &set.builds.v[1];
	assert_int_equal(b->image, 0);
	assert_string_equal(b->name, "a name");
	assert_null(b->dockerfile.ptr);
	assert_int_equal(b->dockerfile_by, EVIDENCE_NONE);
	assert_null(b->note);
	assert_int_equal(b->n_stages, 0);
	build_set_release(&set);
}

static void builds_load__instructions_and_edges(void **state)
{
	struct index_dir *d = *state;
	struct build_set set = {0};
	const struct build_stage *s;

	put_rows(d);
	assert_ok(builds_load(d->db, &set, &d->err), &d->err);
	s = &set.builds.v[0].stages[0];
	assert_int_equal(s->n_instructions, 2);
	assert_int_equal(s->instructions[0].line0, 4);
	assert_int_equal(s->instructions[0].line1, 5);
	assert_string_equal(s->instructions[0].keyword, "COPY");
	assert_int_equal(s->instructions[0].text.len, 4);
	assert_memory_equal(s->instructions[0].text.ptr, "C\0\n\xff", 4);
	assert_int_equal(s->instructions[0].position, 2);
	assert_int_equal(s->instructions[0].by, EVIDENCE_DOCKERFILE);
	assert_int_equal(s->instructions[1].line0 + s->instructions[1].line1, 0);
	assert_int_equal(s->instructions[1].text.len, 0);
	assert_int_equal(s->instructions[1].position, 0);
	assert_int_equal(s->n_edges, 2);
	assert_int_equal(s->edges[0].instruction, 0);
	assert_int_equal(s->edges[0].position, 2);
	assert_int_equal(s->edges[0].kind, EDGE_COPY);
	assert_int_equal(s->edges[0].source, SOURCE_STAGE);
	assert_int_equal(s->edges[0].source_stage, 1);
	assert_null(s->edges[0].source_ref);
	assert_bytes_equal_str(s->edges[0].src, "/\n\xff");
	assert_non_null(s->edges[0].dst.ptr); /* known to be empty */
	assert_int_equal(s->edges[0].dst.len, 0);
	assert_int_equal(s->edges[0].by, EVIDENCE_PROVENANCE);
	assert_int_equal(s->edges[1].instruction, UINT32_MAX);
	assert_int_equal(s->edges[1].position, 0);
	assert_int_equal(s->edges[1].kind, EDGE_MOUNT);
	assert_int_equal(s->edges[1].source, SOURCE_IMAGE);
	assert_string_equal(s->edges[1].source_ref, "busybox:1");
	assert_int_equal(s->edges[1].source_image, 0);
	assert_null(s->edges[1].src.ptr);
	assert_null(s->edges[1].dst.ptr);
	build_set_release(&set);
}

static void builds_load__rows_that_point_nowhere_are_refused(void **state)
{
	static const char *const damages[][2] = {
	    {"UPDATE stage SET base_stage = 2 WHERE id = 12",
	     "UPDATE stage SET base_stage = 0 WHERE id = 12"},
	    {"UPDATE stage SET base_stage = 1 WHERE id = 12", /* itself */
	     "UPDATE stage SET base_stage = 0 WHERE id = 12"},
	    {"UPDATE stage SET base_kind = 'stage', base_stage = 1 WHERE id = 11", /* a later */
	     "UPDATE stage SET base_kind = 'image', base_stage = NULL WHERE id = 11"},
	    {"UPDATE stage SET base_layers = 3 WHERE id = 11",
	     "UPDATE stage SET base_layers = 2 WHERE id = 11"},
	    {"UPDATE edge SET source_stage = 2 WHERE ord = 0",
	     "UPDATE edge SET source_stage = 1 WHERE ord = 0"},
	    {"UPDATE edge SET instruction = 2 WHERE ord = 0",
	     "UPDATE edge SET instruction = 0 WHERE ord = 0"},
	};
	struct index_dir *d = *state;
	struct build_set set = {0};

	put_rows(d);
	for (size_t i = 0; i < ARRAY_SIZE(damages); i++) {
		raw_exec(d, damages[i][0]);
		if (builds_load(d->db, &set, &d->err) != -EBADMSG)
			fail_msg("taken: %s", damages[i][0]);
		assert_int_equal(set.builds.n, 0);
		raw_exec(d, damages[i][1]);
	}
	assert_ok(builds_load(d->db, &set, &d->err), &d->err);
	build_set_release(&set);
}

static void builds_load__kinds_of_nobody_are_unknown(void **state)
{
	struct index_dir *d = *state;
	struct build_set set = {0};

	put_rows(d);
	raw_exec(d, "UPDATE stage SET base_kind = 'x', layers_by = 'y';"
		    "UPDATE edge SET source = 'z'");
	assert_ok(builds_load(d->db, &set, &d->err), &d->err);
	assert_int_equal(set.builds.v[0].stages[0].base_kind, BASE_UNKNOWN);
	assert_int_equal(set.builds.v[0].stages[0].layers_by, EVIDENCE_NONE);
	assert_int_equal(set.builds.v[0].stages[0].edges[0].source, SOURCE_UNKNOWN);
	build_set_release(&set);
}

/* Whoever shows a fact says by what it is known, and relies on there being a word. */
static void builds_load__facts_known_by_nothing_are_refused(void **state)
{
	static const char *const columns[][2] = {
	    {"stage", "name_by"}, {"stage", "base_by"}, {"instruction", "by"}, {"edge", "by"}};
	struct index_dir *d = *state;
	struct build_set set = {0};
	char sql[128];

	put_rows(d);
	for (size_t i = 0; i < ARRAY_SIZE(columns); i++) {
		snprintf(sql, sizeof(sql), "UPDATE %s SET %s = 'hearsay'", columns[i][0],
			 columns[i][1]);
		raw_exec(d, sql);
		if (builds_load(d->db, &set, &d->err) != -EBADMSG)
			fail_msg("taken: %s", sql);
		snprintf(sql, sizeof(sql), "UPDATE %s SET %s = 'tag'", columns[i][0],
			 columns[i][1]);
		raw_exec(d, sql);
	}
	assert_ok(builds_load(d->db, &set, &d->err), &d->err);
	build_set_release(&set);
}

static int take_layer(void *arg, int64_t layer)
{
	int64_t *at = arg;

	at[++at[0]] = layer;
	return 0;
}

static void builds_load__layers_of_one_stage(void **state)
{
	struct index_dir *d = *state;
	int64_t got[4] = {0};

	put_rows(d);
	assert_ok(stage_layers_get(d->db, 11, take_layer, got, &d->err), &d->err);
	assert_int_equal(got[0], 2);
	assert_int_equal(got[1], 1);
	assert_int_equal(got[2], 0);
	assert_int_equal(stage_layers_get(d->db, 12, take_layer, got, &d->err), -ENOENT);
	assert_int_equal(stage_layers_get(d->db, 99, take_layer, got, &d->err), -ENOENT);
	assert_int_equal(got[0], 2);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, index_setup, index_teardown)
	    TEST(builds_load__builds_and_stages),
	    TEST(builds_load__instructions_and_edges),
	    TEST(builds_load__rows_that_point_nowhere_are_refused),
	    TEST(builds_load__kinds_of_nobody_are_unknown),
	    TEST(builds_load__facts_known_by_nothing_are_refused),
	    TEST(builds_load__layers_of_one_stage),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
