/* SPDX-License-Identifier: MIT */
#include "fs_fixture.h"

#include <stdio.h>
#include <string.h>

#define A      "images/app:1/rootfs/etc/a"
#define SH     "images/app:1/rootfs/bin/sh"
#define DIFF_1 "sha256:1111111111111111111111111111111111111111111111111111111111111111"

static struct fake_req *get(struct fixture *f, const char *path, const char *name, size_t size,
			    enum reply want)
{
	struct fake_req *r = fake_req(f);

	op_getxattr(fake_fuse_req(r), fixture_ino(f, path), name, size);
	fake_wait(r, want);
	return r;
}

static void assert_value(struct fixture *f, const char *path, const char *name,
			 const char *want)
{
	struct fake_req *r = get(f, path, name, 1000, REPLY_BUF);

	assert_int_equal(r->size, strlen(want));
	assert_memory_equal(r->buf, want, r->size);
	fake_free(r);
	r = get(f, path, name, 0, REPLY_XATTR);
	assert_int_equal(r->size, strlen(want));
	fake_free(r);
}

static void assert_no(struct fixture *f, const char *path, const char *name, int e)
{
	struct fake_req *r = get(f, path, name, 1000, REPLY_ERR);

	assert_int_equal(r->err, e);
	fake_free(r);
}

static void assert_listed(struct fixture *f, const char *path, const char *names, size_t n)
{
	struct fake_req *r = fake_req(f);

	op_listxattr(fake_fuse_req(r), fixture_ino(f, path), 1000);
	fake_wait(r, REPLY_BUF);
	assert_int_equal(r->size, n);
	assert_memory_equal(r->buf, names, n);
	fake_free(r);
}

static void op_xattr__image_attributes_are_served_and_listed(void **state)
{
	static const char names[] = "security.selinux\0user.color";

	assert_value(*state, A, "user.color", "blue");
	assert_value(*state, A, "security.selinux", "ctx");
	assert_listed(*state, A, names, sizeof(names));
	assert_listed(*state, SH, "", 0);
	assert_listed(*state, "images", "", 0);
}

static void op_xattr__absent_ones_make_programs_stop(void **state)
{
	assert_no(*state, SH, "user.color", ENODATA);
	assert_no(*state, SH, "security.capability", ENODATA);
	assert_no(*state, SH, "security.selinux", EOPNOTSUPP);
	assert_no(*state, SH, "system.posix_acl_access", EOPNOTSUPP);
	assert_no(*state, "images", "security.selinux", EOPNOTSUPP);
	assert_no(*state, "images/app:1/config.json", "user.x", ENODATA);
}

static void op_xattr__ours_answer_by_name(void **state)
{
	assert_value(*state, SH, "user.stagefs.layer", DIFF_1);
	assert_value(*state, SH, "user.stagefs.instruction", "RUN make it");
	assert_value(*state, SH, "user.stagefs.xxh128", "30313233343536373839616263646566");
	assert_value(*state, SH, "user.stagefs.copies", "2");
	assert_value(*state, "images/app:1/rootfs/bin", "user.stagefs.layer", DIFF_1);
	assert_no(*state, "images/app:1/rootfs/bin", "user.stagefs.copies", ENODATA);
	assert_no(*state, SH, "user.stagefs.nonsense", ENODATA);
	assert_no(*state, "images", "user.stagefs.layer", ENODATA);
}

static void op_xattr__hash_of_nothing(void **state)
{
	assert_value(*state, "images/app:1/rootfs/etc/e", "user.stagefs.xxh128",
		     "99aa06d3014798d86001c324468d497f");
	assert_no(*state, "images/app:1/rootfs/etc/e", "user.stagefs.copies", ENODATA);
}

static void op_xattr__overlay_marks_only_in_layers(void **state)
{
	static const char name[] = "trusted.overlay.opaque";

	assert_value(*state, "images/app:1/layers/02-RUN-make-it", name, "y");
	assert_no(*state, "images/app:1/rootfs", name, ENODATA);
	assert_listed(*state, "images/app:1/layers/02-RUN-make-it", name, sizeof(name));
	assert_listed(*state, "images/app:1/rootfs", "", 0);
}

static void op_xattr__small_buffers(void **state)
{
	struct fixture *f = *state;
	struct fake_req *r = get(f, A, "user.color", 3, REPLY_ERR);

	assert_int_equal(r->err, ERANGE);
	fake_free(r);
	r = fake_req(f);
	op_listxattr(fake_fuse_req(r), fixture_ino(f, A), 5);
	fake_wait(r, REPLY_ERR);
	assert_int_equal(r->err, ERANGE);
	fake_free(r);
}

static void op_xattr__root_tells_who_serves(void **state)
{
	char pid[32];

	snprintf(pid, sizeof(pid), "%ld", (long)getpid());
	assert_value(*state, "", "user.stagefs.pid", pid);
	assert_listed(*state, "", "", 0);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, fixture_setup, fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(op_xattr__image_attributes_are_served_and_listed),
	    TEST(op_xattr__absent_ones_make_programs_stop),
	    TEST(op_xattr__ours_answer_by_name),
	    TEST(op_xattr__hash_of_nothing),
	    TEST(op_xattr__overlay_marks_only_in_layers),
	    TEST(op_xattr__small_buffers),
	    TEST(op_xattr__root_tells_who_serves),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
