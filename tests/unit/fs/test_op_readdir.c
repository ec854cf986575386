/* SPDX-License-Identifier: MIT */
#include "fs_fixture.h"

#include <linux/fuse.h>
#include <string.h>

/* Lists a directory with a small buffer, so that it takes several calls. */
static void list(struct fixture *f, uint64_t ino, size_t size, struct buf *names)
{
	uint64_t off = 0;

	for (;;) {
		struct fake_req *r = fake_req(f);
		size_t at = 0;

		op_readdir(fake_fuse_req(r), ino, size, (off_t)off, NULL);
		fake_wait(r, REPLY_BUF);
		assert_true(r->size <= size);
		while (at < r->size) {
			const struct fuse_dirent *d = (const void *)(r->buf + at);

			assert_true(d->off > off);
			off = d->off;
			assert_int_not_equal(d->ino, 0);
			buf_add(names, d->name, d->namelen);
			buf_add_char(names, ' ');
			at += FUSE_DIRENT_SIZE(d);
		}
		at = r->size;
		fake_free(r);
		if (at == 0)
			return;
	}
}

static void assert_list(struct fixture *f, const char *path, const char *want)
{
	for (size_t size = 64; size <= 4096; size *= 4) {
		_cleanup_(buf_release) struct buf names = BUF_INIT;

		list(f, fixture_ino(f, path), size, &names);
		assert_string_equal(buf_str(&names), want);
	}
}

static void op_readdir__whole_listing_whatever_the_buffer(void **state)
{
	assert_list(*state, "", ". .. README images layers reports steps stages versions duplicates ");
	assert_list(*state, "images", ". .. app:1 old:1 ghcr.io+acme+app:2 ");
	assert_list(*state, "images/app:1/rootfs", ". .. bin etc link low twin ");
	assert_list(*state, "images/app:1/layers/02-RUN-make-it",
		    ". .. .wh.null etc low twin ");
}

/* Names that come or go do not make a listing skip or repeat others. */
static void op_readdir__goes_on_after_growth(void **state)
{
	struct fixture *f = *state;
	struct fake_req *r = fake_req(f), *next = fake_req(f);
	const struct fuse_dirent *d;
	uint64_t images = fixture_ino(f, "images");

	/* Room for ".", ".." and the first name. */
	op_readdir(fake_fuse_req(r), images, 96, 0, NULL);
	fake_wait(r, REPLY_BUF);
	assert_int_equal(r->size, 96);
	d = (const void *)(r->buf + 64);
	assert_memory_equal(d->name, "app:1", 5);
	fixture_delete_image(f, f->image[1]);
	fixture_add_image(f, "a:1");
	op_readdir(fake_fuse_req(next), images, 96, (off_t)d->off, NULL);
	fake_wait(next, REPLY_BUF);
	d = (const void *)next->buf;
	assert_memory_equal(d->name, "old:1", 5);
	d = (const void *)(next->buf + 32);
	assert_memory_equal(d->name, "a:1", 3);
	fake_free(r);
	fake_free(next);
}

struct seen {
	uint64_t nodeid, ino;
	uint32_t mode;
};

static struct seen see(struct fixture *f, const char *path, const char *name)
{
	struct fake_req *r = fake_req(f);
	struct seen s = {.mode = UINT32_MAX};
	size_t at = 0;

	op_readdirplus(fake_fuse_req(r), fixture_ino(f, path), 16384, 0, NULL);
	fake_wait(r, REPLY_BUF);
	while (at < r->size) {
		const struct fuse_direntplus *d = (const void *)(r->buf + at);

		if (d->dirent.namelen == strlen(name) &&
		    memcmp(d->dirent.name, name, strlen(name)) == 0)
			s = (struct seen){d->entry_out.nodeid, d->dirent.ino,
					  d->entry_out.attr.mode};
		at += FUSE_DIRENTPLUS_SIZE(d);
	}
	fake_free(r);
	if (s.mode == UINT32_MAX)
		fail_msg("%s has no %s", path, name);
	return s;
}

static void op_readdir__plus_gives_attributes(void **state)
{
	struct fixture *f = *state;
	struct seen s = see(f, "images/app:1/rootfs/bin", "sh");

	assert_int_equal(s.nodeid, ENTRY_ID(f->layer[1], L1_SH));
	assert_int_equal(s.ino, s.nodeid);
	assert_int_equal(s.mode, S_IFREG | 0644);
	assert_int_equal(see(f, "", "images").nodeid, fixture_ino(f, "images"));
}

/* Neither rendered nor loaded by a listing; and dots count no lookup. */
static void op_readdir__plus_leaves_some_to_lookup(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(see(f, "images/app:1", "config.json").nodeid, 0);
	assert_int_equal(see(f, "images/app:1", "rootfs").nodeid, 0);
	assert_int_equal(see(f, "layers", "111111111111-RUN-make-it").nodeid, 0);
	assert_int_equal(see(f, "images", ".").nodeid, 0);
	assert_int_equal(see(f, "images", "..").nodeid, 0);
	assert_int_equal(see(f, "images", "..").ino, INODE_ROOT);
}

static void op_readdir__files_are_no_directories(void **state)
{
	struct fixture *f = *state;
	struct fake_req *r = fake_req(f);

	op_readdir(fake_fuse_req(r), fixture_ino(f, "README"), 4096, 0, NULL);
	fake_wait(r, REPLY_ERR);
	assert_int_equal(r->err, ENOTDIR);
	fake_free(r);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, fixture_setup, fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(op_readdir__whole_listing_whatever_the_buffer),
	    TEST(op_readdir__goes_on_after_growth),
	    TEST(op_readdir__plus_gives_attributes),
	    TEST(op_readdir__plus_leaves_some_to_lookup),
	    TEST(op_readdir__files_are_no_directories),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
