/* SPDX-License-Identifier: MIT */
#include "fs_fixture.h"

#include "fs/vfile.h"

#include <string.h>

#define FILE_PATH ".stagefs/reports/images.tsv"

static struct vfile get(struct fixture *f, uint64_t ino)
{
	struct vfile v;

	assert_int_equal(vfile_get(f->ctx.vfiles, ino, &v), 0);
	return v;
}

static void op_render__entry_has_the_true_size(void **state)
{
	struct fixture *f = *state;
	struct fake_req *r = fake_req(f);
	uint64_t ino = fixture_ino(f, FILE_PATH);

	assert_true(get(f, ino).size > 0);
	op_read(fake_fuse_req(r), ino, sizeof(r->buf), 0, NULL);
	fake_wait(r, REPLY_BUF);
	assert_int_equal(r->size, get(f, ino).size);
	fake_free(r);
}

static void op_render__same_inode_until_the_index_grows(void **state)
{
	struct fixture *f = *state;
	uint64_t ino = fixture_ino(f, FILE_PATH), grown;
	struct fake_req *r = fake_req(f);
	struct vfile v = get(f, ino);

	assert_int_equal(fixture_ino(f, FILE_PATH), ino);
	fixture_add_image(f, "fresh:1");
	grown = fixture_ino(f, FILE_PATH);
	assert_int_not_equal(grown, ino);
	op_read(fake_fuse_req(r), ino, sizeof(r->buf), 0, NULL);
	fake_wait(r, REPLY_BUF);
	assert_int_equal(r->size, v.size);
	fake_free(r);
}

/* The kernel never learnt of it, so it will never forget it. */
static void op_render__refused_entry_is_forgotten(void **state)
{
	struct fixture *f = *state;
	struct layout_file file = {.kind = LAYOUT_FILE_CONFIG, .image = f->image[1]};
	struct layout_file other = {.kind = LAYOUT_FILE_CONFIG, .image = f->image[2]};
	struct fake_req *r = fake_req(f), *wait = fake_req(f);
	struct vfile v;

	r->refuse = -ENOENT;
	op_render_entry(fake_fuse_req(r), &file, 1.0);
	fake_wait(r, REPLY_ENTRY);
	/* One render thread: when the next is answered, the first is done with. */
	op_render_entry(fake_fuse_req(wait), &other, 1.0);
	fake_wait(wait, REPLY_ENTRY);
	assert_int_equal(vfile_find(f->ctx.vfiles, &file, 0, &v), 1);
	/* Only the lookup that vfile_find counted is left: one forget makes it droppable. */
	vfile_forget(f->ctx.vfiles, v.ino, 1);
	fake_free(r);
	fake_free(wait);
}

static void op_render__evicted_bytes_are_rendered_again(void **state)
{
	struct fixture *f = *state;
	struct fake_req *r = fake_req(f);
	struct buf filler = BUF_INIT;
	struct layout_file big = {.kind = LAYOUT_FILE_MANIFEST, .image = 77};
	uint64_t ino = fixture_ino(f, "images/app:1/config.json");
	struct vfile v;

	assert_int_equal(buf_reserve(&filler, MIB(1)), 0);
	filler.len = MIB(1);
	memset(filler.ptr, 'x', filler.len);
	assert_int_equal(vfile_store(f->ctx.vfiles, &big, 1, (struct timespec){0}, &filler, &v),
			 0);
	op_read(fake_fuse_req(r), ino, 100, 2, NULL);
	fake_wait(r, REPLY_BUF);
	assert_int_equal(r->size, strlen("config\":1}"));
	assert_memory_equal(r->buf, "config\":1}", r->size);
	fake_free(r);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, fixture_setup, fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(op_render__entry_has_the_true_size),
	    TEST(op_render__same_inode_until_the_index_grows),
	    TEST(op_render__refused_entry_is_forgotten),
	    TEST(op_render__evicted_bytes_are_rendered_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
