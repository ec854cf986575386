/* SPDX-License-Identifier: MIT */
#include "fs_fixture.h"

static struct stat stat_of(struct fixture *f, uint64_t ino, double *ret_timeout)
{
	_cleanup_(target_release) struct target t = {0};
	struct target_attr a;

	assert_int_equal(target_open(&f->ctx, ino, &t), 0);
	assert_int_equal(target_stat(&f->ctx, &t, &a), 0);
	*ret_timeout = a.timeout;
	return a.st;
}

static void target__lookup_and_getattr_agree(void **state)
{
	static const char *const paths[] = {
	    "images",
	    "README",
	    "reports",
	    "images/app:1",
	    "images/app:1/rootfs",
	    "images/app:1/rootfs/bin/sh",
	    "images/app:1/rootfs/bin",
	    "images/app:1/rootfs/link",
	    "images/app:1/layers/02-RUN-make-it/low",
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
		uint64_t ino = fixture_ino(f, paths[i]);
		double timeout;
		struct stat st = stat_of(f, ino, &timeout);

		assert_int_equal(st.st_ino, ino);
	}
}

static void target__same_file_in_every_view(void **state)
{
	struct fixture *f = *state;
	uint64_t ino = fixture_ino(f, "images/app:1/rootfs/bin/sh");

	assert_int_equal(ino, ENTRY_ID(f->layer[1], L1_SH));
	assert_int_equal(ino, fixture_ino(f, "images/app:1/rootfs/bin/sh2"));
	assert_int_equal(ino, fixture_ino(f, "images/old:1/rootfs/bin/sh"));
	assert_int_equal(ino, fixture_ino(f, "images/old:1/layers/01-RUN-make-it/bin/sh2"));
	assert_int_equal(ino, fixture_ino(f, "layers/111111111111-RUN-make-it/bin/sh"));
	assert_int_equal(ino, fixture_ino(f, ".stagefs/steps/app:1/02-RUN-make-it/bin/sh"));
	assert_int_equal(ino, fixture_ino(f, "images/app:1/rootfs/low"));
	assert_int_not_equal(fixture_ino(f, "images/app:1/rootfs/bin"),
			     fixture_ino(f, "images/old:1/rootfs/bin"));
	assert_int_not_equal(fixture_ino(f, "images/app:1/rootfs"),
			     fixture_ino(f, ".stagefs/steps/app:1/02-RUN-make-it"));
}

static void target__timeouts_follow_growth(void **state)
{
	struct fixture *f = *state;
	double t;

	stat_of(f, fixture_ino(f, "images"), &t);
	assert_true(t == ATTR_GROWING);
	stat_of(f, fixture_ino(f, ".stagefs/reports/images/app:1"), &t);
	assert_true(t == ATTR_GROWING);
	stat_of(f, fixture_ino(f, "images/app:1/rootfs/bin/sh"), &t);
	assert_true(t == ATTR_FOREVER);
	stat_of(f, fixture_ino(f, "images/app:1"), &t);
	assert_true(t == ATTR_FOREVER);
}

static void target__twins_share_only_if_asked(void **state)
{
	struct fixture *f = *state;
	const char *twin = "images/app:1/layers/02-RUN-make-it/twin";
	struct stat st;
	double t;

	assert_int_equal(fixture_ino(f, twin), ENTRY_ID(f->layer[2], L2_TWIN));
	f->ctx.inodes_content = true;
	assert_int_equal(fixture_ino(f, twin), ENTRY_ID(f->layer[1], L1_SH));
	st = stat_of(f, fixture_ino(f, twin), &t);
	assert_int_equal(st.st_nlink, 3);
}

static void target__parents(void **state)
{
	static const struct {
		const char *child, *parent;
	} pairs[] = {
	    {"images", ""},
	    {"images/app:1", "images"},
	    {"images/app:1/layers", "images/app:1"},
	    {"images/app:1/layers/01-RUN-make-it", "images/app:1/layers"},
	    {"images/app:1/rootfs", "images/app:1"},
	    {"images/app:1/rootfs/bin", "images/app:1/rootfs"},
	    {"layers/111111111111-RUN-make-it", "layers"},
	    {".stagefs/steps/app:1", ".stagefs/steps"},
	    {".stagefs/steps", ".stagefs"},
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_SIZE(pairs); i++) {
		_cleanup_(target_release) struct target t = {0};

		assert_int_equal(target_open(&f->ctx, fixture_ino(f, pairs[i].child), &t), 0);
		assert_int_equal(target_parent(&t), fixture_ino(f, pairs[i].parent));
	}
}

static void target__stale_and_strange_numbers(void **state)
{
	struct fixture *f = *state;
	const uint64_t stale[] = {
	    ENTRY_ID(99, 1),
	    ENTRY_ID(f->layer[1], 1000),
	    ENTRY_ID(f->layer[1], L1_BIN), /* a directory is no STORED */
	    inode_dir(&(struct view_id){VIEW_ROOTFS, f->image[1], 2}, 1000),
	    inode_dir(&(struct view_id){VIEW_LAYER, f->layer[1], 0}, L1_SH),
	    inode_fixed(LAYOUT_IMAGE, 99),
	    0,
	};

	for (size_t i = 0; i < ARRAY_SIZE(stale); i++) {
		_cleanup_(target_release) struct target t = {0};

		assert_int_equal(target_open(&f->ctx, stale[i], &t), -ESTALE);
	}
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, fixture_setup, fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(target__lookup_and_getattr_agree),
	    TEST(target__same_file_in_every_view),
	    TEST(target__timeouts_follow_growth),
	    TEST(target__twins_share_only_if_asked),
	    TEST(target__parents),
	    TEST(target__stale_and_strange_numbers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
