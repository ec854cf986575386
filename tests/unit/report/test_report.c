/* SPDX-License-Identifier: MIT */
#include "report_fixture.h"

#include "report/report_internal.h"

#include <ctype.h>

static void report__every_one_has_a_name_of_its_own(void **state)
{
	(void)state;
	for (const struct report *const *r = reports; *r; r++) {
		assert_true((*r)->formats != 0);
		assert_true(strlen((*r)->what) > 10);
		for (const char *c = (*r)->name; *c; c++)
			assert_true(islower((unsigned char)*c) || *c == '-');
		assert_ptr_equal(report_find((*r)->scope, (*r)->name), *r);
	}
	assert_null(report_find(REPORT_IMAGE, "no-such"));
	assert_null(report_find(REPORT_INDEX, "summary"));
}

/* Whatever is added to the registry: it renders in all its formats, and alike each time. */
static void report__all_render_the_same_twice(void **state)
{
	struct report_index *x = *state;

	for (const struct report *const *r = reports; *r; r++)
		for (int f = 0; f < REPORT_FORMATS; f++) {
			struct buf a, b;

			if (!((*r)->formats & 1u << f))
				continue;
			a = report_render(x, (*r)->scope, (*r)->name, (enum report_format)f);
			b = report_render(x, (*r)->scope, (*r)->name, (enum report_format)f);
			assert_true(a.len > 0);
			assert_true(bytes_equal(buf_bytes(&a), buf_bytes(&b)));
			assert_int_equal(a.ptr[a.len - 1], '\n');
			if (f == REPORT_TSV)
				tsv_rows(&a);
			if (f == REPORT_JSON) {
				json_t *root = json_loadb(a.ptr, a.len, 0, NULL);

				assert_non_null(root);
				json_decref(root);
			}
			buf_release(&a);
			buf_release(&b);
		}
}

static void report__measures_what_is_worked_out_by_hand(void **state)
{
	struct report_index *x = *state;
	_cleanup_(image_measure_release) struct image_measure m = {0};

	assert_ok(report_measure(&x->ctx, x->ctx.image, &m, &x->err), &x->err);
	assert_int_equal(m.content, 1157);
	assert_int_equal(m.visible, 1057);
	assert_int_equal(m.wasted, 100);
	assert_int_equal(m.layers[0].visible, 1007);
	assert_int_equal(m.layers[0].wasted, 100);
	assert_int_equal(m.layers[1].visible, 50);
	assert_int_equal(m.totals.bytes, 1057);
	assert_int_equal(m.totals.files, 4);
	assert_int_equal(m.totals.dirs, 3);
}

static void report__pull_size_is_unknown_for_plain_layers(void **state)
{
	struct report_index *x = *state;
	struct catalog_layer layers[] = {{.blob_bytes = 10, .codec = "gzip"},
					 {.blob_bytes = 20, .codec = "zstd"}};
	struct catalog_image img = {.layers = layers, .n_layers = 2};
	uint64_t pull;

	assert_false(report_pull_bytes(x->ctx.image, &pull));
	assert_true(report_pull_bytes(&img, &pull));
	assert_int_equal(pull, 30);
	layers[1].blob_bytes = -1;
	assert_false(report_pull_bytes(&img, &pull));
}

static void report__of_an_image_that_is_gone_says_so(void **state)
{
	struct report_index *x = *state;
	struct catalog_image gone = *x->ctx.image;
	struct image_measure m;

	gone.id = 999;
	assert_int_equal(report_measure(&x->ctx, &gone, &m, &x->err), -ESTALE);
	assert_true(x->err.msg[0] != 0);
	image_measure_release(&m);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, report_setup, report_teardown)
	    TEST(report__every_one_has_a_name_of_its_own),
	    TEST(report__all_render_the_same_twice),
	    TEST(report__measures_what_is_worked_out_by_hand),
	    TEST(report__pull_size_is_unknown_for_plain_layers),
	    TEST(report__of_an_image_that_is_gone_says_so),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
