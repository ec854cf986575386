/* SPDX-License-Identifier: MIT */
#include "store_fixture.h"

#include "store/builds.h"
#include "store/store_internal.h"

/* Every row of the five tables but ids that SQLite gave, as text. */
static const char rows_sql[] =
    "SELECT group_concat(line, char(10)) FROM ("
    "SELECT 'b' || id || '|' || key || '|' || ifnull(image, '-') || '|' || name || '|' ||"
    " quote(dockerfile) || '|' || ifnull(dockerfile_by, '-') || '|' ||"
    " ifnull(note, '-') AS line FROM build UNION ALL "
    "SELECT 's' || id || '|' || build || '|' || ordinal || '|' || name || '|' || name_by ||"
    " '|' || base_kind || '|' || ifnull(base_stage, '-') || '|' || ifnull(base_ref, '-') ||"
    " '|' || ifnull(base_image, '-') || '|' || base_by || '|' || ifnull(base_layers, '-') ||"
    " '|' || ifnull(layers_by, '-') || '|' || ifnull(image, '-') || '|' || target || '|' ||"
    " needed FROM stage UNION ALL "
    "SELECT 'l' || stage || '|' || position || '|' || ifnull(layer, '-') || '|' || diff_id"
    " FROM stage_layer UNION ALL "
    "SELECT 'i' || stage || '|' || ord || '|' || ifnull(line0, '-') || '|' ||"
    " ifnull(line1, '-') || '|' || keyword || '|' || hex(text) || '|' ||"
    " ifnull(position, '-') || '|' || by FROM instruction UNION ALL "
    "SELECT 'e' || stage || '|' || ord || '|' || ifnull(instruction, '-') || '|' ||"
    " ifnull(position, '-') || '|' || kind || '|' || source || '|' ||"
    " ifnull(source_stage, '-') || '|' || ifnull(source_ref, '-') || '|' ||"
    " quote(src) || '|' || quote(dst) || '|' || by FROM edge"
    " ORDER BY 1)";

static void *copy(const void *p, size_t n)
{
	void *c = malloc(n);

	assert_non_null(c);
	return memcpy(c, p, n);
}

#define COPY(array) copy(array, sizeof(array))

static struct build_stage base_stage(void)
{
	static const struct build_layer layers[] = {{1, "sha256:aa"}, {0, "sha256:bb"}};
	static const struct build_instruction instructions[] = {
	    {4, 5, "COPY", {"C\0\n\xff", 4}, 2, EVIDENCE_DOCKERFILE},
	    {0, 0, "RUN", {"", 0}, 0, EVIDENCE_HISTORY},
	};
	static const struct build_edge edges[] = {
	    {.instruction = 0,
	     .position = 2,
	     .kind = EDGE_COPY,
	     .source = SOURCE_STAGE,
	     .source_stage = 1,
	     .src = {"/\n\xff", 3},
	     .dst = {"", 0},
	     .by = EVIDENCE_PROVENANCE},
	    {.instruction = UINT32_MAX,
	     .kind = EDGE_MOUNT,
	     .source = SOURCE_IMAGE,
	     .source_ref = "busybox:1",
	     .by = EVIDENCE_CACHE},
	};

	return (struct build_stage){.name = "base",
				    .name_by = EVIDENCE_LABEL,
				    .base_kind = BASE_IMAGE,
				    .base_ref = "debian:12",
				    .base_image = 1,
				    .base_by = EVIDENCE_HISTORY,
				    .base_known = true,
				    .base_layers = 2,
				    .layers_by = EVIDENCE_CHAIN,
				    .image = 1,
				    .needed = true,
				    .layers = COPY(layers),
				    .n_layers = ARRAY_SIZE(layers),
				    .instructions = COPY(instructions),
				    .n_instructions = ARRAY_SIZE(instructions),
				    .edges = COPY(edges),
				    .n_edges = ARRAY_SIZE(edges)};
}

static struct build_stage bare_stage(const char *name)
{
	return (struct build_stage){.name = name,
				    .name_by = EVIDENCE_TAG,
				    .base_kind = BASE_STAGE,
				    .base_by = EVIDENCE_DEFAULT,
				    .target = true};
}

/* Two builds: everything known, and nothing. Release it. */
static struct build_set two_builds(void)
{
	struct build_set set = {0};
	struct build_stage stages[] = {base_stage(), bare_stage("app")};
	struct build full = {.key = "k1",
			     .image = 1,
			     .name = "",
			     .dockerfile = {"F\0\n\xff", 4},
			     .dockerfile_by = EVIDENCE_USER,
			     .note = "a note",
			     .stages = COPY(stages),
			     .n_stages = 2};

	assert_int_equal(build_vec_push(&set.builds, full), 0);
	assert_int_equal(build_vec_push(&set.builds, (struct build){.key = "k2", .name = "n"}),
			 0);
	return set;
}

static void put_image(struct index_dir *d)
{
	int64_t layer = add_layer(d, "sha256:aa");

	assert_int_equal(layer, 1);
	assert_int_equal(add_image(d, "sha256:cc", &layer, 1), 1);
}

/* Saves in a transaction of its own; want: 1 changed, 0 was there. */
static void save(struct index_dir *d, struct build_set *set, int want)
{
	int r;

	assert_ok(db_begin(d->db, &d->err), &d->err);
	r = builds_save(d->db, set, &d->err);
	assert_ok(r, &d->err);
	assert_ok(db_commit(d->db, &d->err), &d->err);
	assert_int_equal(r, want);
}

static void builds_save__writes_every_field(void **state)
{
	struct index_dir *d = *state;
	struct build_set set = two_builds();

	put_image(d);
	save(d, &set, 1);
	assert_string_equal(raw_text(d, rows_sql),
			    "b1|k1|1||X'46000AFF'|user|a note\n"
			    "b2|k2|-|n|NULL|-|-\n"
			    "e1|0|0|2|copy|stage|1|-|X'2F0AFF'|X''|provenance\n"
			    "e1|1|-|-|mount|image|-|busybox:1|NULL|NULL|cache\n"
			    "i1|0|4|5|COPY|43000AFF|2|dockerfile\n"
			    "i1|1|-|-|RUN||-|history\n"
			    "l1|1|1|sha256:aa\n"
			    "l1|2|-|sha256:bb\n"
			    "s1|1|0|base|label|image|-|debian:12|1|history|2|chain|1|0|1\n"
			    "s2|1|1|app|tag|stage|0|-|-|default|-|-|-|1|0");
	assert_int_equal(set.builds.v[0].id, 1);
	assert_int_equal(set.builds.v[0].stages[1].id, 2);
	assert_int_equal(set.builds.v[1].id, 2);
	build_set_release(&set);
}

static void builds_save__the_same_again_writes_nothing(void **state)
{
	struct index_dir *d = *state;
	struct build_set set = two_builds(), again = two_builds(), loaded = {0};
	char *before;
	int changes;

	put_image(d);
	save(d, &set, 1);
	before = strdup(raw_text(d, rows_sql));
	changes = sqlite3_total_changes(d->db->sql);
	save(d, &again, 0);
	assert_int_equal(again.builds.v[0].id, 1);
	assert_int_equal(again.builds.v[0].stages[1].id, 2);
	assert_ok(builds_load(d->db, &loaded, &d->err), &d->err);
	save(d, &loaded, 0);
	assert_int_equal(sqlite3_total_changes(d->db->sql), changes);
	assert_string_equal(raw_text(d, rows_sql), before);
	free(before);
	build_set_release(&set);
	build_set_release(&again);
	build_set_release(&loaded);
}

static void builds_save__other_facts_keep_the_ids(void **state)
{
	struct index_dir *d = *state;
	struct build_set set = two_builds(), other = two_builds();

	put_image(d);
	save(d, &set, 1);
	other.builds.v[0].stages[0].instructions[1].text = BYTES("x");
	other.builds.v[0].note = NULL;
	save(d, &other, 1);
	assert_int_equal(other.builds.v[0].id, 1);
	assert_int_equal(other.builds.v[0].stages[0].id, 1);
	assert_int_equal(other.builds.v[0].stages[1].id, 2);
	assert_int_equal(raw_int(d, "SELECT count(*) FROM stage WHERE id IN (1, 2)"), 2);
	assert_string_equal(raw_text(d, "SELECT text FROM instruction WHERE ord = 1"), "x");
	build_set_release(&set);
	build_set_release(&other);
}

/* What changes nothing but one field is a change. */
static void builds_save__every_field_counts(void **state)
{
	struct index_dir *d = *state;
	struct build_set set = two_builds();
	struct build *b = &set.builds.v[0];
	struct build_stage *s = &b->stages[0];

	put_image(d);
	save(d, &set, 1);
#define CHANGE(field, value)                                                                   \
	do {                                                                                   \
		field = value;                                                                 \
		save(d, &set, 1);                                                              \
		save(d, &set, 0);                                                              \
	} while (0)
	CHANGE(b->name, "x");
	CHANGE(b->image, 0);
	CHANGE(b->note, NULL);
	CHANGE(b->note, "");
	CHANGE(b->dockerfile_by, EVIDENCE_PROVENANCE);
	CHANGE(b->dockerfile.len, 3);
	CHANGE(b->dockerfile, BYTES_NULL);
	CHANGE(s->name_by, EVIDENCE_TAG);
	CHANGE(s->base_ref, NULL);
	CHANGE(s->base_image, 0);
	CHANGE(s->base_by, EVIDENCE_TAG);
	CHANGE(s->base_layers, 1);
	CHANGE(s->base_known, false);
	CHANGE(s->base_kind, BASE_SCRATCH);
	CHANGE(s->layers_by, EVIDENCE_NONE);
	CHANGE(s->image, 0);
	CHANGE(s->target, true);
	CHANGE(s->needed, false);
	CHANGE(s->layers[0].layer, 0);
	CHANGE(s->instructions[0].line0, 3);
	CHANGE(s->instructions[0].line1, 6);
	CHANGE(s->instructions[0].keyword, "ADD");
	CHANGE(s->instructions[0].position, 1);
	CHANGE(s->instructions[0].by, EVIDENCE_TAG);
	CHANGE(s->edges[0].instruction, 1);
	CHANGE(s->edges[0].position, 1);
	CHANGE(s->edges[0].kind, EDGE_MOUNT);
	CHANGE(s->edges[0].source_stage, 0);
	CHANGE(s->edges[0].source, SOURCE_CONTEXT);
	CHANGE(s->edges[0].dst, BYTES_NULL);
	CHANGE(s->edges[0].src, BYTES("y"));
	CHANGE(s->edges[0].by, EVIDENCE_TAG);
	CHANGE(s->edges[1].source_ref, "z");
	CHANGE(s->n_edges, 1);
#undef CHANGE
	assert_int_equal(b->id, 1);
	assert_int_equal(s->id, 1);
	build_set_release(&set);
}

static void builds_save__another_chain_is_an_id_never_used_before(void **state)
{
	struct index_dir *d = *state;
	struct build_set set = two_builds(), other = two_builds(), back = two_builds();

	put_image(d);
	save(d, &set, 1);
	other.builds.v[0].stages[0].layers[1].diff_id = "sha256:ee";
	save(d, &other, 1);
	assert_int_equal(other.builds.v[0].id, 1);
	assert_int_equal(other.builds.v[0].stages[0].id, 3);
	assert_int_equal(other.builds.v[0].stages[1].id, 2);
	save(d, &back, 1);
	assert_int_equal(back.builds.v[0].stages[0].id, 4);
	assert_int_equal(raw_int(d, "SELECT count(*) FROM stage WHERE id IN (2, 4)"), 2);
	assert_int_equal(raw_int(d, "SELECT count(*) FROM stage"), 2);
	build_set_release(&set);
	build_set_release(&other);
	build_set_release(&back);
}

static void builds_save__ids_follow_the_stage_to_another_place(void **state)
{
	struct index_dir *d = *state;
	struct build_set set = {0}, moved = {0};
	struct build_stage one[] = {bare_stage("a"), bare_stage("b")};
	struct build_stage two[] = {bare_stage("b"), bare_stage("a")};
	struct build b = {.key = "k", .name = "", .n_stages = 2};

	for (size_t k = 0; k < 2; k++)
		one[k].base_kind = two[k].base_kind = BASE_UNKNOWN;
	b.stages = COPY(one);
	assert_int_equal(build_vec_push(&set.builds, b), 0);
	b.stages = COPY(two);
	assert_int_equal(build_vec_push(&moved.builds, b), 0);
	save(d, &set, 1);
	save(d, &moved, 1);
	assert_string_equal(raw_text(d, "SELECT group_concat(id || name || ordinal, ' ') FROM"
					" (SELECT * FROM stage ORDER BY id)"),
			    "1a1 2b0");
	build_set_release(&set);
	build_set_release(&moved);
}

/* A Dockerfile may name two stages alike, and no layers tell them apart. */
static void builds_save__stages_that_look_alike_keep_an_id_each(void **state)
{
	struct index_dir *d = *state;
	struct build_set set = {0};
	struct build_stage stages[] = {bare_stage("a"), bare_stage("a")};
	struct build b = {.key = "k", .name = "", .stages = COPY(stages), .n_stages = 2};

	b.stages[0].base_kind = BASE_SCRATCH;
	assert_int_equal(build_vec_push(&set.builds, b), 0);
	save(d, &set, 1);
	set.builds.v[0].note = "changed";
	for (size_t k = 0; k < 2; k++)
		set.builds.v[0].stages[k].id = 0;
	save(d, &set, 1);
	assert_int_equal(set.builds.v[0].stages[0].id, 1);
	assert_int_equal(set.builds.v[0].stages[1].id, 2);
	build_set_release(&set);
}

static void builds_save__a_build_that_is_gone_goes(void **state)
{
	struct index_dir *d = *state;
	struct build_set set = two_builds(), less = {0}, full = two_builds();

	put_image(d);
	save(d, &set, 1);
	assert_int_equal(build_vec_push(&less.builds, (struct build){.key = "k2", .name = "n"}),
			 0);
	save(d, &less, 1);
	assert_string_equal(raw_text(d, rows_sql), "b2|k2|-|n|NULL|-|-");
	save(d, &full, 1);
	assert_int_equal(full.builds.v[0].id, 3);
	assert_int_equal(full.builds.v[0].stages[0].id, 3);
	assert_int_equal(full.builds.v[1].id, 2);
	build_set_release(&set);
	build_set_release(&less);
	build_set_release(&full);
}

static void builds_save__deleting_the_image_deletes_its_build(void **state)
{
	struct index_dir *d = *state;
	struct build_set set = two_builds();

	put_image(d);
	save(d, &set, 1);
	assert_ok(images_delete(d->db, 1, &d->err), &d->err);
	assert_string_equal(raw_text(d, rows_sql), "b2|k2|-|n|NULL|-|-");
	build_set_release(&set);
}

static int count_unused(void *arg, int64_t id)
{
	(void)id;
	++*(int *)arg;
	return 0;
}

static void builds_save__layers_of_stages_are_in_use(void **state)
{
	struct index_dir *d = *state;
	struct build_set set = two_builds(), none = {0};
	int n = 0;

	assert_int_equal(add_layer(d, "sha256:aa"), 1);
	set.builds.v[0].image = 0;
	set.builds.v[0].stages[0].image = 0;
	set.builds.v[0].stages[0].base_image = 0;
	save(d, &set, 1);
	assert_ok(layers_each_unused(d->db, count_unused, &n, &d->err), &d->err);
	assert_int_equal(n, 0);
	save(d, &none, 1);
	assert_ok(layers_each_unused(d->db, count_unused, &n, &d->err), &d->err);
	assert_int_equal(n, 1);
	build_set_release(&set);
}

static void builds_save__refuses_what_could_not_be_read_again(void **state)
{
	struct index_dir *d = *state;
	struct build_set set = two_builds();

	put_image(d);
	set.builds.v[0].stages[1].base_stage = 1;
	assert_ok(db_begin(d->db, &d->err), &d->err);
	assert_int_equal(builds_save(d->db, &set, &d->err), -EINVAL);
	assert_non_null(strstr(d->err.msg, "stage app points where nothing is"));
	assert_string_equal(raw_text(d, "SELECT count(*) FROM stage"), "0");
	build_set_release(&set);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, index_setup, index_teardown)
	    TEST(builds_save__writes_every_field),
	    TEST(builds_save__the_same_again_writes_nothing),
	    TEST(builds_save__other_facts_keep_the_ids),
	    TEST(builds_save__every_field_counts),
	    TEST(builds_save__another_chain_is_an_id_never_used_before),
	    TEST(builds_save__ids_follow_the_stage_to_another_place),
	    TEST(builds_save__stages_that_look_alike_keep_an_id_each),
	    TEST(builds_save__a_build_that_is_gone_goes),
	    TEST(builds_save__deleting_the_image_deletes_its_build),
	    TEST(builds_save__layers_of_stages_are_in_use),
	    TEST(builds_save__refuses_what_could_not_be_read_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
