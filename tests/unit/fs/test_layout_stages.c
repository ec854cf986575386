/* SPDX-License-Identifier: MIT */
#include "fs_fixture.h"

#include <stdio.h>
#include <string.h>

static struct catalog *catalog_of(void **state)
{
	return growth_catalog(((struct fixture *)*state)->ctx.growth, NULL);
}

static struct inode fixed(unsigned kind, uint64_t tag)
{
	return inode_decode(inode_fixed(kind, tag));
}

/* The names of a directory, with spaces between. */
static void assert_names(const struct catalog *c, struct inode dir, const char *want)
{
	_cleanup_(layout_list_release) struct layout_list l = {0};
	_cleanup_(buf_release) struct buf got = BUF_INIT;
	uint64_t last = 2;

	assert_int_equal(layout_list(c, &dir, &l), 0);
	vec_foreach (item, &l.items) {
		assert_true(item->key > last);
		last = item->key;
		if (got.len)
			buf_add_char(&got, ' ');
		buf_add_bytes(&got, item->name);
	}
	assert_string_equal(buf_str(&got), want);
}

static struct layout_ref find(const struct catalog *c, struct inode dir, const char *name)
{
	struct layout_ref ref = {0};

	if (layout_find(c, &dir, bytes_from_str(name), &ref) != 1)
		fail_msg("no %s", name);
	return ref;
}

static void assert_target(const struct catalog *c, uint64_t ino, const char *want)
{
	_cleanup_(buf_release) struct buf got = BUF_INIT;
	struct inode i = inode_decode(ino);

	assert_int_equal(layout_target(c, &i, &got), 0);
	assert_string_equal(buf_str(&got), want);
}

/* app:1 stands on old:1, which is indexed: each is a build of one stage. */
static void layout_stages__stages_of_builds(void **state)
{
	_cleanup_(catalog_unrefp) struct catalog *c = catalog_of(state);
	struct inode build = inode_decode(find(c, fixed(LAYOUT_STAGES, 0), "app:1").ino), stage;

	assert_names(c, fixed(LAYOUT_STAGES, 0), "app:1 old:1");
	assert_int_equal(find(c, fixed(LAYOUT_STAGES, 0), "app+1").ino,
			 find(c, fixed(LAYOUT_STAGES, 0), "app:1").ino);
	assert_names(c, build, "report final");
	assert_target(c, find(c, build, "report").ino, "../../.stagefs/reports/stages/app:1");
	stage = inode_decode(find(c, build, "final").ino);
	assert_names(c, stage, "layers base report from left-behind rootfs diff");
	assert_target(c, find(c, stage, "base").ino, "../../../images/old:1");
	assert_target(c, find(c, stage, "from").ino,
		      "../../../.stagefs/from/stages/app:1/final");
	assert_target(c, find(c, stage, "left-behind").ino,
		      "../../../.stagefs/left-behind/app:1/final");
	assert_target(c, find(c, stage, "report").ino,
		      "../../../.stagefs/reports/stages/app:1/final");
	assert_int_equal(layout_parent(c, &stage), inode_fixed(LAYOUT_BUILD, build.tag));
	assert_int_equal(inode_decode(find(c, stage, "rootfs").ino).view.kind,
			 VIEW_STAGE_ROOTFS);
	assert_int_equal(inode_decode(find(c, stage, "diff").ino).view.kind, VIEW_STAGE_DIFF);
}

static void layout_stages__origins_of_images_and_stages(void **state)
{
	struct fixture *f = *state;
	_cleanup_(catalog_unrefp) struct catalog *c = catalog_of(state);
	struct inode image = fixed(LAYOUT_FROM_IMAGE, (uint64_t)f->image[1]);
	struct inode stages = inode_decode(find(c, fixed(LAYOUT_FROM, 0), "stages").ino);
	struct inode build = inode_decode(find(c, stages, "app:1").ino);
	struct inode view;

	assert_names(c, image, "@base @made");
	assert_target(c, find(c, fixed(LAYOUT_IMAGE, (uint64_t)f->image[1]), "from").ino,
		      "../../.stagefs/from/app:1");
	assert_target(c, find(c, fixed(LAYOUT_IMAGE, (uint64_t)f->image[1]), "stages").ino,
		      "../../stages/app:1");
	assert_names(c, inode_decode(find(c, build, "final").ino), "@base @made");
	view = inode_decode(find(c, image, "@made").ino);
	assert_int_equal(view.view.kind, VIEW_IMAGE_FROM);
	assert_int_equal(layout_parent(c, &view), inode_fixed(LAYOUT_FROM_IMAGE, image.tag));
	assert_names(c, inode_decode(find(c, fixed(LAYOUT_LEFT, 0), "app:1").ino), "final");
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, fixture_setup, fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(layout_stages__stages_of_builds),
	    TEST(layout_stages__origins_of_images_and_stages),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
