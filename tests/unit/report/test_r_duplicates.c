/* SPDX-License-Identifier: MIT */
#include "stages_fixture.h"

/* left.js and o.js, each made in one stage and copied into production. */
static void assert_two_groups(const struct buf *t)
{
	assert_int_equal(tsv_rows(t), 4);
	assert_tsv(t, 1, "group", "1");
	assert_tsv(t, 1, "copies", "2");
	assert_tsv(t, 1, "size", "77");
	assert_tsv(t, 1, "reclaimable_bytes", "77");
	assert_tsv(t, 1, "shipped_bytes", "0");
	assert_tsv(t, 1, "across_images_bytes", "0");
	assert_tsv(t, 1, "build_only_bytes", "77");
	assert_tsv(t, 1, "action", "");
	assert_tsv(t, 1, "xxh128", "06000000000000000000000000000000");
	assert_tsv(t, 1, "copy", "1");
	assert_tsv(t, 1, "path", "/app/dist/o.js");
	assert_tsv(t, 1, "layer", "05-RUN-npm-run-build");
	assert_tsv(t, 1, "instruction", "RUN npm run build");
	assert_tsv(t, 1, "places", "images/webapp:build/layers/05-RUN-npm-run-build");
	assert_tsv(t, 2, "group", "1");
	assert_tsv(t, 2, "copy", "2");
	assert_tsv(t, 2, "reclaimable_bytes", "77");
	assert_tsv(t, 2, "places", "images/webapp:production/layers/04-COPY-app-dist-app-dist");
	assert_tsv(t, 3, "group", "2");
	assert_tsv(t, 3, "size", "42");
	assert_tsv(t, 3, "path", "/app/nm/left.js");
}

static void r_duplicates__of_the_index_and_of_a_build(void **state)
{
	_cleanup_(buf_release) struct buf index =
	    stages_render(*state, REPORT_INDEX, "production", "duplicates", REPORT_TSV);
	_cleanup_(buf_release) struct buf build =
	    stages_render(*state, REPORT_BUILD, "production", "duplicates", REPORT_TSV);

	assert_two_groups(&index);
	/* Layers that two images stand on are told once, with both places. */
	assert_tsv(&index, 3, "places",
		   "images/webapp:deps/layers/03-RUN-npm-install\n"
		   "images/webapp:build/layers/03-RUN-npm-install");
	assert_two_groups(&build);
}

static void r_duplicates__nothing_twice_in_one_chain(void **state)
{
	static const enum report_scope scopes[] = {REPORT_IMAGE, REPORT_STAGE};

	for (size_t i = 0; i < ARRAY_SIZE(scopes); i++) {
		_cleanup_(buf_release) struct buf t =
		    stages_render(*state, scopes[i], "production", "duplicates", REPORT_TSV);

		assert_int_equal(tsv_rows(&t), 0);
	}
}

/* One image stores its license under two paths, and a stage has a third copy. */
static void r_duplicates__shipped_first_with_every_place(void **state)
{
	_cleanup_(buf_release) struct buf t = BUF_INIT;
	struct bx *x = *state;

	bx_layer(x, "sha256:21", "a/license=50:9@1 b/license=50:9@1");
	bx_layer(x, "sha256:22", "c/license=50:9@1");
	bx_image(x, "one:1", "sha256:21", "COPY . /");
	bx_image(x, "two:1", "sha256:21 sha256:22", "COPY . /|RUN cp license c");
	bx_load(x);
	t = stages_render(x, REPORT_INDEX, "production", "duplicates", REPORT_TSV);
	assert_int_equal(tsv_rows(&t), 4 + 3);
	assert_tsv(&t, 1, "size", "50");
	assert_tsv(&t, 1, "copies", "3");
	assert_tsv(&t, 1, "shipped_bytes", "100");
	assert_tsv(&t, 1, "action", "link");
	assert_tsv(&t, 1, "places",
		   "images/one:1/layers/01-COPY-.\nimages/two:1/layers/01-COPY-.");
}

static void r_duplicates__as_json(void **state)
{
	_cleanup_(buf_release) struct buf text =
	    stages_render(*state, REPORT_INDEX, "production", "duplicates", REPORT_JSON);
	json_t *root, *rows = json_rows(&text, "stagefs/duplicates/1", &root), *row;

	assert_int_equal(json_array_size(rows), 4);
	row = json_array_get(rows, 0);
	assert_true(json_is_null(json_object_get(row, "action")));
	assert_int_equal(json_integer_value(json_object_get(row, "reclaimable_bytes")), 77);
	assert_string_equal(json_string_value(json_object_get(row, "path")), "/app/dist/o.js");
	json_decref(root);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, stages_setup, bx_teardown)
	static const struct CMUnitTest tests[] = {
	    TEST(r_duplicates__of_the_index_and_of_a_build),
	    TEST(r_duplicates__nothing_twice_in_one_chain),
	    TEST(r_duplicates__shipped_first_with_every_place),
	    TEST(r_duplicates__as_json),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
