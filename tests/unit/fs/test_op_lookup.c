/* SPDX-License-Identifier: MIT */
#include "fs_fixture.h"

#include "fs/vfile.h"

static struct fake_req *lookup(struct fixture *f, uint64_t parent, const char *name,
			       enum reply want)
{
	struct fake_req *r = fake_req(f);

	op_lookup(fake_fuse_req(r), parent, name);
	fake_wait(r, want);
	return r;
}

static void assert_negative(struct fixture *f, const char *dir, const char *name,
			    double timeout)
{
	struct fake_req *r = lookup(f, fixture_ino(f, dir), name, REPLY_ENTRY);

	assert_int_equal(r->entry.ino, 0);
	assert_true(r->entry.entry_timeout == timeout);
	fake_free(r);
}

static void op_lookup__absent_names_are_remembered(void **state)
{
	assert_negative(*state, "images", "no", ATTR_GROWING);
	assert_negative(*state, "images/app:1", "no", ATTR_FOREVER);
	assert_negative(*state, "images/app:1/rootfs", "no", ATTR_FOREVER);
	assert_negative(*state, "images/app:1/rootfs", "null", ATTR_FOREVER);
}

static void op_lookup__links_to_reports_are_asked_again(void **state)
{
	struct fixture *f = *state;
	struct fake_req *r = lookup(f, fixture_ino(f, "images/app:1"), "report", REPLY_ENTRY);

	assert_true(r->entry.entry_timeout == ATTR_GROWING);
	fake_free(r);
}

static void op_lookup__dots_for_file_handles(void **state)
{
	struct fixture *f = *state;
	uint64_t bin = fixture_ino(f, "images/app:1/rootfs/bin");
	uint64_t sh = fixture_ino(f, "images/app:1/rootfs/bin/sh");
	struct fake_req *r = lookup(f, bin, "..", REPLY_ENTRY);

	assert_int_equal(r->entry.ino, fixture_ino(f, "images/app:1/rootfs"));
	fake_free(r);
	r = lookup(f, sh, ".", REPLY_ENTRY);
	assert_int_equal(r->entry.ino, sh);
	fake_free(r);
	r = lookup(f, sh, "x", REPLY_ERR);
	assert_int_equal(r->err, ENOTDIR);
	fake_free(r);
}

static void op_lookup__removed_image_is_stale(void **state)
{
	struct fixture *f = *state;
	uint64_t dir = fixture_ino(f, "images/old:1");
	struct fake_req *r;

	fixture_delete_image(f, f->image[2]);
	assert_negative(f, "images", "old:1", ATTR_GROWING);
	r = lookup(f, dir, "rootfs", REPLY_ERR);
	assert_int_equal(r->err, ESTALE);
	fake_free(r);
}

static void op_lookup__forget_counts_only_rendered(void **state)
{
	struct fixture *f = *state;
	struct fuse_forget_data two[] = {{INODE_ROOT, 5}, {ENTRY_ID(1, 5), 1}};
	struct fake_req *r = fake_req(f);
	struct vfile v;
	uint64_t ino = fixture_ino(f, "images/app:1/config.json");

	op_forget_multi(fake_fuse_req(r), 2, two);
	fake_wait(r, REPLY_NONE);
	fake_free(r);
	r = fake_req(f);
	op_forget(fake_fuse_req(r), ino, 1);
	fake_wait(r, REPLY_NONE);
	fake_free(r);
	/* Current, so it is kept for the next lookup. */
	assert_int_equal(vfile_get(f->ctx.vfiles, ino, &v), 0);
}

static void op_lookup__readlink(void **state)
{
	static const struct {
		const char *path, *target;
	} links[] = {{"images/app:1/rootfs/link", "etc/a"},
		     {"reports", ".stagefs/reports"},
		     {"images/ghcr.io/acme/app:2", "../../app:1"}};
	struct fixture *f = *state;
	struct fake_req *r;

	for (size_t i = 0; i < ARRAY_SIZE(links); i++) {
		r = fake_req(f);
		op_readlink(fake_fuse_req(r), fixture_ino(f, links[i].path));
		fake_wait(r, REPLY_LINK);
		assert_string_equal(r->buf, links[i].target);
		fake_free(r);
	}
	r = fake_req(f);
	op_readlink(fake_fuse_req(r), fixture_ino(f, "images/app:1/rootfs/bin/sh"));
	fake_wait(r, REPLY_ERR);
	assert_int_equal(r->err, EINVAL);
	fake_free(r);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, fixture_setup, fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(op_lookup__absent_names_are_remembered),
	    TEST(op_lookup__links_to_reports_are_asked_again),
	    TEST(op_lookup__dots_for_file_handles),
	    TEST(op_lookup__removed_image_is_stale),
	    TEST(op_lookup__forget_counts_only_rendered),
	    TEST(op_lookup__readlink),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
