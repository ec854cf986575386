/* SPDX-License-Identifier: MIT */
#include "builds_fixture.h"

#include "model/origin.h"

static struct origins *origins_of(struct bx *x, const char *build, const char *stage)
{
	struct origins *o = NULL;

	bx_load(x);
	assert_ok(origins_make(x->forest, x->catalog, bx_stage(x, build, stage), &o, &x->err),
		  &x->err);
	return o;
}

/* "app/x deps exact app/y" */
static void check(const struct origins *o, const char *path, const char *want)
{
	_cleanup_(buf_release) struct buf got = BUF_INIT, source = BUF_INIT;
	uint32_t node = node_lookup(o->tree->nodes, bytes_from_str(path));
	const struct origin *n = &o->nodes[node];

	assert_int_not_equal(node, UINT32_MAX);
	buf_add_str(&got, o->words[n->word].name);
	if (copy_match_name(n->match))
		buf_addf(&got, " %s", copy_match_name(n->match));
	if (n->source != ORIGIN_NOWHERE) {
		assert_int_equal(node_path(o->words[n->word].tree->nodes, n->source, &source),
				 0);
		buf_addf(&got, " %s", buf_str(&source));
	}
	assert_string_equal(buf_str(&got), want);
}

static void origin__of_every_file(void **state)
{
	struct origins *o;
	uint64_t sum = 0;

	bx_webapp(*state);
	o = origins_of(*state, "webapp:production", "production");
	check(o, "bin/sh", "@base");
	check(o, "app/package.json", "@context");
	check(o, "app/nm/left.js", "deps exact app/nm/left.js");
	check(o, "app/dist/o.js", "build exact app/dist/o.js");
	for (uint32_t i = 0; i < o->n_words; i++)
		sum += o->words[i].bytes;
	assert_int_equal(sum, 1160);
	assert_int_equal(o->nodes[0].word, ORIGIN_NOWHERE);
	origins_free(o);
	o = origins_of(*state, "webapp:production", "build");
	check(o, "app/nm/tsc.js", "@base");
	check(o, "app/src/i.ts", "@context");
	check(o, "app/dist/o.js", "@made");
	origins_free(o);
}

static void origin__moved_and_unmatched(void **state)
{
	struct bx *x = *state;
	struct origins *o;
	int64_t id;

	bx_layer(x, "sha256:1", "src/a=100:1@1 src/old/b=50:2@1");
	bx_layer(x, "sha256:2", "out/a=100:1@1 out/b=50:2@1 out/c=70:3@1");
	bx_image(x, "app:builder", "sha256:1", "RUN make");
	id = bx_image(x, "app:1", "sha256:2", "COPY /src /out");
	bx_dockerfile(
	    x, id,
	    "FROM scratch AS builder\nRUN make\nFROM scratch\nCOPY --from=builder /src /out\n");
	o = origins_of(x, "app:1", "stage-1");
	check(o, "out/a", "builder exact src/a");
	check(o, "out/b", "builder moved src/old/b");
	check(o, "out/c", "builder unmatched");
	assert_int_equal(o->words[0].exact, 1);
	assert_int_equal(o->words[0].moved, 1);
	assert_int_equal(o->words[0].unmatched, 1);
	assert_int_equal(o->words[0].unmatched_bytes, 70);
	origins_free(o);
}

/* A RUN that only writes what a stage has, too, has not copied it. */
static void origin__what_run_made_is_never_copied(void **state)
{
	struct bx *x = *state;
	struct origins *o;

	bx_webapp(x);
	bx_layer(x, "sha256:0a", "x/left.js=42:3@3");
	bx_image(x, "webapp:other", "sha256:01 sha256:0a", "I:|RUN cp");
	o = origins_of(x, "webapp:other", "final");
	check(o, "x/left.js", "@made");
	origins_free(o);
}

static void origin__of_a_stage_without_layers_there_is_none(void **state)
{
	struct bx *x = *state;
	struct origins *o = NULL;
	int64_t id;

	bx_layer(x, "sha256:1", "a=1:1@1");
	id = bx_image(x, "app:1", "sha256:1", "COPY /a /");
	bx_dockerfile(x, id, "FROM scratch AS b\nRUN make\nFROM scratch\nCOPY --from=b /a /\n");
	bx_load(x);
	assert_int_equal(
	    origins_make(x->forest, x->catalog, bx_stage(x, "app:1", "b"), &o, &x->err),
	    -ESTALE);
	x->err = ERR_INIT;
	o = origins_of(x, "app:1", "stage-1");
	check(o, "a", "b unmatched");
	assert_null(o->words[0].tree);
	origins_free(o);
}

/* A destination that cannot be worked out: the files are of that source all the same. */
static void origin__a_copy_has_one_source_wherever_it_went(void **state)
{
	struct bx *x = *state;
	struct origins *o;
	int64_t id;

	bx_layer(x, "sha256:1", "src/a=100:1@1");
	bx_layer(x, "sha256:2", "out/a=100:1@1 out/c=70:3@1");
	bx_image(x, "app:builder", "sha256:1", "C:RUN make");
	id = bx_image(x, "app:1", "sha256:2", "C:COPY dir:01 in $DIR");
	bx_dockerfile(
	    x, id,
	    "FROM scratch AS builder\nRUN make\nFROM scratch\nCOPY --from=builder /src $DIR\n");
	o = origins_of(x, "app:1", "stage-1");
	check(o, "out/a", "builder moved src/a");
	check(o, "out/c", "builder unmatched");
	origins_free(o);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(origin__of_every_file, bx_setup, bx_teardown),
	    cmocka_unit_test_setup_teardown(origin__moved_and_unmatched, bx_setup, bx_teardown),
	    cmocka_unit_test_setup_teardown(origin__what_run_made_is_never_copied, bx_setup,
					    bx_teardown),
	    cmocka_unit_test_setup_teardown(origin__of_a_stage_without_layers_there_is_none,
					    bx_setup, bx_teardown),
	    cmocka_unit_test_setup_teardown(origin__a_copy_has_one_source_wherever_it_went,
					    bx_setup, bx_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
