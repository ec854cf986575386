/* SPDX-License-Identifier: MIT */
#include "report_fixture.h"

#include "util/finding.h"

static void r_findings__stored_ones_with_their_layer(void **state)
{
	_cleanup_(buf_release) struct buf t =
	    report_render(*state, REPORT_IMAGE, "findings", REPORT_TSV);

	assert_int_equal(tsv_rows(&t), 1);
	assert_tsv(&t, 1, "code", finding_code((enum finding)0));
	assert_tsv(&t, 1, "layer", "02");
	assert_tsv(&t, 1, "path", NASTY);
	assert_tsv(&t, 1, "detail", "why");
	assert_tsv(&t, 1, "meaning", finding_text((enum finding)0));
}

static void r_findings__none_is_an_empty_table(void **state)
{
	struct report_index *x = *state;
	_cleanup_(buf_release) struct buf t = BUF_INIT;

	x->ctx.image = report_image(x, "base:1");
	t = report_render(x, REPORT_IMAGE, "findings", REPORT_TSV);
	assert_int_equal(tsv_rows(&t), 0);
}

static void r_findings__an_absent_layer_is_one(void **state)
{
	struct report_index *x = *state;
	_cleanup_(buf_release) struct buf t = BUF_INIT;

	x->ctx.image->layers[1].layer = 0;
	t = report_render(x, REPORT_IMAGE, "findings", REPORT_TSV);
	assert_int_equal(tsv_rows(&t), 1);
	assert_tsv(&t, 1, "code", finding_code(FINDING_MISSING_BLOB));
	assert_tsv(&t, 1, "layer", "02");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, report_setup, report_teardown)
	    TEST(r_findings__stored_ones_with_their_layer),
	    TEST(r_findings__none_is_an_empty_table),
	    TEST(r_findings__an_absent_layer_is_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
