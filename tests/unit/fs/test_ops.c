/* SPDX-License-Identifier: MIT */
#include "fs_fixture.h"

#include <string.h>
#include <sys/statvfs.h>

/* Calls one refusing operation; their arguments do not matter to them. */
#define REFUSED(f, op, ...)                                                                    \
	do {                                                                                   \
		struct fake_req *_r = fake_req(f);                                             \
		assert_non_null(fs_ops.op);                                                    \
		fs_ops.op(fake_fuse_req(_r), __VA_ARGS__);                                     \
		fake_wait(_r, REPLY_ERR);                                                      \
		assert_int_equal(_r->err, EROFS);                                              \
		fake_free(_r);                                                                 \
	} while (0)

static void ops__every_change_is_refused(void **state)
{
	struct fixture *f = *state;

	REFUSED(f, setattr, 1, NULL, 0, NULL);
	REFUSED(f, mknod, 1, "n", 0, 0);
	REFUSED(f, mkdir, 1, "n", 0);
	REFUSED(f, unlink, 1, "n");
	REFUSED(f, rmdir, 1, "n");
	REFUSED(f, symlink, "t", 1, "n");
	REFUSED(f, rename, 1, "n", 1, "m", 0);
	REFUSED(f, link, 1, 1, "n");
	REFUSED(f, write, 1, "d", 1, 0, NULL);
	REFUSED(f, create, 1, "n", 0, NULL);
	REFUSED(f, setxattr, 1, "n", "v", 1, 0);
	REFUSED(f, removexattr, 1, "n");
	REFUSED(f, fallocate, 1, 0, 0, 1, NULL);
	REFUSED(f, copy_file_range, 1, 0, NULL, 1, 0, NULL, 1, 0);
}

static void ops__open_is_left_to_the_kernel(void **state)
{
	struct fixture *f = *state;
	struct fake_req *a = fake_req(f), *b = fake_req(f);

	fs_ops.open(fake_fuse_req(a), 1, NULL);
	fs_ops.opendir(fake_fuse_req(b), 1, NULL);
	fake_wait(a, REPLY_ERR);
	fake_wait(b, REPLY_ERR);
	assert_int_equal(a->err, ENOSYS);
	assert_int_equal(b->err, ENOSYS);
	fake_free(a);
	fake_free(b);
}

static void ops__statfs_adds_up_layers(void **state)
{
	struct fixture *f = *state;
	struct fake_req *r = fake_req(f);

	fs_ops.statfs(fake_fuse_req(r), 1);
	fake_wait(r, REPLY_STATFS);
	assert_int_equal(r->statfs.f_blocks * r->statfs.f_frsize, 512); /* 20 bytes */
	assert_int_equal(r->statfs.f_files, 15);
	assert_int_equal(r->statfs.f_bfree, 0);
	assert_int_equal(r->statfs.f_namemax, 255);
	fake_free(r);
}

static void ops__init_asks_for_what_is_there(void **state)
{
	struct fuse_conn_info all = {.capable = UINT32_MAX, .want = FUSE_CAP_SPLICE_WRITE};
	struct fuse_conn_info old = {.capable = FUSE_CAP_ASYNC_READ};

	(void)state;
	fs_ops.init(NULL, &all);
	assert_true(all.want & FUSE_CAP_READDIRPLUS);
	assert_true(all.want & FUSE_CAP_AUTO_INVAL_DATA);
	assert_true(all.want & FUSE_CAP_CACHE_SYMLINKS);
	assert_false(all.want & FUSE_CAP_READDIRPLUS_AUTO);
	assert_false(all.want & FUSE_CAP_SPLICE_WRITE);
	fs_ops.init(NULL, &old);
	assert_int_equal(old.want, FUSE_CAP_ASYNC_READ);
}

static void ops__errors_do_not_mislead(void **state)
{
	(void)state;
	assert_int_equal(fs_errno(-ESTALE), ESTALE);
	assert_int_equal(fs_errno(-EIO), EIO);
	assert_int_equal(fs_errno(-ENOENT), EIO);
	assert_int_equal(fs_errno(-EBADMSG), EIO);
	assert_int_equal(fs_errno(-ENODATA), ENODATA);
}

static void ops__thread_buffer_grows(void **state)
{
	struct fixture *f = *state;
	char *small = fs_thread_buffer(&f->ctx, 10), *big;

	assert_non_null(small);
	assert_ptr_equal(fs_thread_buffer(&f->ctx, 20), small);
	big = fs_thread_buffer(&f->ctx, MIB(1));
	assert_non_null(big);
	memset(big, 1, MIB(1));
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, fixture_setup, fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(ops__every_change_is_refused), TEST(ops__open_is_left_to_the_kernel),
	    TEST(ops__statfs_adds_up_layers),   TEST(ops__init_asks_for_what_is_there),
	    TEST(ops__errors_do_not_mislead),   TEST(ops__thread_buffer_grows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
