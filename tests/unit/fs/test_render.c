/* SPDX-License-Identifier: MIT */
#include "fs_fixture.h"

#include "fs/render.h"

static int render(struct fixture *f, struct layout_file file, struct buf *ret, struct err *err)
{
	_cleanup_(catalog_unrefp) struct catalog *c = growth_catalog(f->ctx.growth, NULL);
	struct render_from from = {c, f->ctx.forest, f->ctx.render_db};

	return render_file(&from, &file, ret, err);
}

static void render__documents_as_stored(void **state)
{
	struct fixture *f = *state;
	_cleanup_(buf_release) struct buf b = BUF_INIT;
	struct err err = ERR_INIT;

	assert_ok(render(f,
			 (struct layout_file){.kind = LAYOUT_FILE_CONFIG, .image = f->image[1]},
			 &b, &err),
		  &err);
	assert_bytes_equal_str(buf_bytes(&b), "{\"config\":1}");
}

/* Whatever the registry holds renders, for an image and for the index. */
static void render__every_report(void **state)
{
	struct fixture *f = *state;

	for (size_t i = 0; reports[i]; i++) {
		for (unsigned k = 0; k < REPORT_FORMATS; k++) {
			_cleanup_(buf_release) struct buf b = BUF_INIT;
			struct err err = ERR_INIT;
			struct layout_file file = {
			    .kind = LAYOUT_FILE_REPORT, .report = reports[i], .format = k};

			if (!(reports[i]->formats & 1u << k))
				continue;
			if (reports[i]->scope == REPORT_IMAGE)
				file.image = f->image[1];
			if (reports[i]->scope == REPORT_BUILD)
				file.build = 1;
			if (reports[i]->scope == REPORT_STAGE)
				file.stage = 1;
			assert_ok(render(f, file, &b, &err), &err);
			assert_true(b.len > 0);
		}
	}
}

static void render__gone_image_is_stale(void **state)
{
	_cleanup_(buf_release) struct buf b = BUF_INIT;
	struct layout_file config = {.kind = LAYOUT_FILE_CONFIG, .image = 99};
	struct layout_file report = {
	    .kind = LAYOUT_FILE_REPORT, .report = reports[0], .image = 99};
	struct err err = ERR_INIT;

	assert_int_equal(render(*state, config, &b, &err), -ESTALE);
	assert_int_not_equal(err.msg[0], 0);
	assert_int_equal(render(*state, report, &b, &err), -ESTALE);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, fixture_setup, fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(render__documents_as_stored),
	    TEST(render__every_report),
	    TEST(render__gone_image_is_stale),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
