/* SPDX-License-Identifier: MIT */
#include "fs_fixture.h"

#include <string.h>

static struct fake_req *read_at(struct fixture *f, const char *path, size_t size, off_t off,
				enum reply want)
{
	struct fake_req *r = fake_req(f);

	op_read(fake_fuse_req(r), fixture_ino(f, path), size, off, NULL);
	fake_wait(r, want);
	return r;
}

static void assert_reads(struct fixture *f, const char *path, size_t size, off_t off,
			 const char *want)
{
	struct fake_req *r = read_at(f, path, size, off, REPLY_BUF);

	assert_int_equal(r->size, strlen(want));
	assert_memory_equal(r->buf, want, strlen(want));
	fake_free(r);
}

/* The first read opens the archive in a worker, the second is answered at once. */
static void op_read__content_slow_and_fast(void **state)
{
	for (int i = 0; i < 2; i++) {
		assert_reads(*state, "images/app:1/rootfs/bin/sh", 4096, 0, "hello");
		assert_reads(*state, "images/app:1/rootfs/etc/a", 4096, 0, "HELLO");
		assert_reads(*state, "images/old:1/rootfs/etc/a", 4096, 0, "world");
	}
}

static void op_read__ends_of_files(void **state)
{
	assert_reads(*state, "images/app:1/rootfs/bin/sh", 2, 1, "el");
	assert_reads(*state, "images/app:1/rootfs/bin/sh", 4096, 4, "o");
	assert_reads(*state, "images/app:1/rootfs/bin/sh", 4096, 5, "");
	assert_reads(*state, "images/app:1/rootfs/bin/sh", 4096, 1 << 30, "");
	assert_reads(*state, "images/app:1/rootfs/etc/e", 4096, 0, "");
}

static void op_read__raw_links_and_whiteouts_are_empty(void **state)
{
	assert_reads(*state, "images/app:1/layers/02-RUN-make-it/low", 4096, 0, "");
	assert_reads(*state, "images/app:1/layers/02-RUN-make-it/.wh.null", 4096, 0, "");
}

static void op_read__readme_in_parts(void **state)
{
	struct bytes all = layout_readme();
	struct fake_req *r = read_at(*state, "README", 10, 5, REPLY_BUF);

	assert_int_equal(r->size, 10);
	assert_memory_equal(r->buf, all.ptr + 5, 10);
	fake_free(r);
	assert_reads(*state, "README", 10, (off_t)all.len, "");
}

static void op_read__stored_document(void **state)
{
	assert_reads(*state, "images/app:1/config.json", 4096, 0, "{\"config\":1}");
	assert_reads(*state, "images/app:1/config.json", 4, 2, "conf");
}

static void op_read__directories_and_stale_numbers(void **state)
{
	struct fixture *f = *state;
	struct fake_req *r = read_at(f, "images", 10, 0, REPLY_ERR);

	assert_int_equal(r->err, EISDIR);
	fake_free(r);
	r = fake_req(f);
	op_read(fake_fuse_req(r), ENTRY_ID(99, 1), 10, 0, NULL);
	fake_wait(r, REPLY_ERR);
	assert_int_equal(r->err, ESTALE);
	fake_free(r);
	r = fake_req(f);
	op_read(fake_fuse_req(r), inode_rendered(5, 5), 10, 0, NULL);
	fake_wait(r, REPLY_ERR);
	assert_int_equal(r->err, ESTALE);
	fake_free(r);
}

static void op_read__missing_archive_is_an_io_error(void **state)
{
	struct fixture *f = *state;
	struct fake_req *r;

	assert_int_equal(unlink(f->archive_path), 0);
	r = read_at(f, "images/app:1/rootfs/bin/sh", 10, 0, REPLY_ERR);
	assert_int_equal(r->err, EIO);
	fake_free(r);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, fixture_setup, fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(op_read__content_slow_and_fast),
	    TEST(op_read__ends_of_files),
	    TEST(op_read__raw_links_and_whiteouts_are_empty),
	    TEST(op_read__readme_in_parts),
	    TEST(op_read__stored_document),
	    TEST(op_read__directories_and_stale_numbers),
	    TEST(op_read__missing_archive_is_an_io_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
