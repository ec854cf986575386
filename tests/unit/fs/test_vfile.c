/* SPDX-License-Identifier: MIT */
#include "test.h"

#include "fs/vfile.h"

#include <string.h>

static const struct layout_file one = {.kind = LAYOUT_FILE_CONFIG, .image = 1};
static const struct layout_file two = {.kind = LAYOUT_FILE_CONFIG, .image = 2};

static struct vfile_cache *new_cache(size_t max)
{
	struct vfile_cache *c;

	assert_int_equal(vfile_cache_new(max, &c), 0);
	return c;
}

static struct vfile store(struct vfile_cache *c, const struct layout_file *f,
			  int64_t generation, const char *text)
{
	struct buf b = BUF_INIT;
	struct vfile v;

	assert_int_equal(buf_add_str(&b, text), 0);
	assert_int_equal(
	    vfile_store(c, f, generation, (struct timespec){generation, 0}, &b, &v), 0);
	assert_null(b.ptr);
	return v;
}

static void assert_reads(struct vfile_cache *c, uint64_t ino, const char *text)
{
	char got[64] = "";
	struct layout_file f;
	size_t n;

	assert_int_equal(vfile_read(c, ino, 0, got, sizeof(got), &n, &f), 0);
	assert_int_equal(n, strlen(text));
	assert_memory_equal(got, text, n);
}

static void vfile__found_once_stored(void **state)
{
	_cleanup_(vfile_cache_freep) struct vfile_cache *c = new_cache(1000);
	struct vfile v, w;

	(void)state;
	assert_int_equal(vfile_find(c, &one, 1, &v), 0);
	v = store(c, &one, 1, "text");
	assert_int_equal(v.size, 4);
	assert_int_equal(inode_decode(v.ino).class, INODE_RENDERED);
	assert_int_equal(vfile_find(c, &one, 1, &w), 1);
	assert_int_equal(w.ino, v.ino);
	assert_int_equal(vfile_find(c, &two, 1, &w), 0);
}

static void vfile__reads_stop_at_the_end(void **state)
{
	_cleanup_(vfile_cache_freep) struct vfile_cache *c = new_cache(1000);
	struct vfile v = store(c, &one, 1, "abcdef");
	struct layout_file f;
	char got[3];
	size_t n;

	(void)state;
	assert_int_equal(vfile_read(c, v.ino, 4, got, 3, &n, &f), 0);
	assert_int_equal(n, 2);
	assert_memory_equal(got, "ef", 2);
	assert_int_equal(vfile_read(c, v.ino, 6, got, 3, &n, &f), 0);
	assert_int_equal(n, 0);
	assert_int_equal(vfile_read(c, v.ino, 1u << 30, got, 3, &n, &f), 0);
	assert_int_equal(n, 0);
}

/* A reader of the old bytes never gets new ones. */
static void vfile__new_bytes_are_a_new_inode(void **state)
{
	_cleanup_(vfile_cache_freep) struct vfile_cache *c = new_cache(1000);
	struct vfile old = store(c, &one, 1, "old"), now, v;

	(void)state;
	assert_int_equal(vfile_find(c, &one, 2, &v), 0);
	now = store(c, &one, 2, "new!");
	assert_int_not_equal(now.ino, old.ino);
	assert_reads(c, old.ino, "old");
	assert_reads(c, now.ino, "new!");
	assert_int_equal(vfile_find(c, &one, 2, &v), 1);
	assert_int_equal(v.ino, now.ino);
}

static void vfile__equal_bytes_keep_their_inode(void **state)
{
	_cleanup_(vfile_cache_freep) struct vfile_cache *c = new_cache(1000);
	struct vfile old = store(c, &one, 1, "same"), now = store(c, &one, 2, "same"), v;

	(void)state;
	assert_int_equal(now.ino, old.ino);
	assert_int_equal(now.mtime.tv_sec, 1);
	assert_int_equal(vfile_find(c, &one, 2, &v), 1);
}

static void vfile__forgotten_old_version_is_stale(void **state)
{
	_cleanup_(vfile_cache_freep) struct vfile_cache *c = new_cache(1000);
	struct vfile old = store(c, &one, 1, "old"), v;
	size_t bytes;

	(void)state;
	assert_int_equal(vfile_find(c, &one, 1, &v), 1); /* the second lookup */
	store(c, &one, 2, "new");
	vfile_forget(c, old.ino, 1);
	assert_reads(c, old.ino, "old");
	vfile_forget(c, old.ino, 1);
	assert_int_equal(vfile_get(c, old.ino, &v), -ESTALE);
	assert_int_equal(vfile_cache_count(c, &bytes), 1);
	assert_int_equal(bytes, 3);
}

/* Its slot is taken again, but its number is not. */
static void vfile__numbers_are_not_used_again(void **state)
{
	_cleanup_(vfile_cache_freep) struct vfile_cache *c = new_cache(1000);
	struct vfile a = store(c, &one, 1, "a"), b, v;

	(void)state;
	store(c, &one, 2, "b");
	vfile_forget(c, a.ino, 1);
	b = store(c, &two, 2, "c");
	assert_int_equal(inode_decode(a.ino).slot, inode_decode(b.ino).slot);
	assert_int_not_equal(a.ino, b.ino);
	assert_int_equal(vfile_get(c, a.ino, &v), -ESTALE);
}

static void vfile__cap_drops_what_is_forgotten(void **state)
{
	_cleanup_(vfile_cache_freep) struct vfile_cache *c = new_cache(10);
	struct vfile a = store(c, &one, 1, "aaaaaaaa"), v;
	size_t bytes;

	(void)state;
	vfile_forget(c, a.ino, 1);
	assert_int_equal(vfile_get(c, a.ino, &v), 0);
	store(c, &two, 1, "bbbbbbbb");
	assert_int_equal(vfile_get(c, a.ino, &v), -ESTALE);
	assert_int_equal(vfile_cache_count(c, &bytes), 1);
	assert_int_equal(bytes, 8);
}

static void vfile__evicted_bytes_come_back_only_unchanged(void **state)
{
	_cleanup_(vfile_cache_freep) struct vfile_cache *c = new_cache(10);
	struct vfile a = store(c, &one, 1, "aaaaaaaa"), v;
	struct buf same = BUF_INIT, other = BUF_INIT;
	struct layout_file f;
	char got[8];
	size_t n;

	(void)state;
	store(c, &two, 1, "bbbbbbbb");
	assert_int_equal(vfile_get(c, a.ino, &v), 0);
	assert_int_equal(v.size, 8);
	assert_int_equal(vfile_read(c, a.ino, 0, got, 8, &n, &f), -EAGAIN);
	assert_true(layout_file_equal(&f, &one));
	assert_int_equal(buf_add_str(&other, "aaaaaaab"), 0);
	assert_int_equal(vfile_restore(c, a.ino, &other), -ESTALE);
	assert_int_equal(buf_add_str(&same, "aaaaaaaa"), 0);
	assert_int_equal(vfile_restore(c, a.ino, &same), 0);
	assert_reads(c, a.ino, "aaaaaaaa");
}

static void vfile__empty_file(void **state)
{
	_cleanup_(vfile_cache_freep) struct vfile_cache *c = new_cache(10);
	struct vfile a = store(c, &one, 1, "");

	(void)state;
	assert_int_equal(a.size, 0);
	assert_reads(c, a.ino, "");
}

static void vfile__numbers_of_others_are_stale(void **state)
{
	_cleanup_(vfile_cache_freep) struct vfile_cache *c = new_cache(10);
	struct vfile v;

	(void)state;
	assert_int_equal(vfile_get(c, inode_rendered(0, 0), &v), -ESTALE);
	assert_int_equal(vfile_get(c, inode_rendered(1000, 1), &v), -ESTALE);
	assert_int_equal(vfile_get(c, INODE_ROOT, &v), -ESTALE);
	vfile_forget(c, inode_rendered(3, 3), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(vfile__found_once_stored),
	    cmocka_unit_test(vfile__reads_stop_at_the_end),
	    cmocka_unit_test(vfile__new_bytes_are_a_new_inode),
	    cmocka_unit_test(vfile__equal_bytes_keep_their_inode),
	    cmocka_unit_test(vfile__forgotten_old_version_is_stale),
	    cmocka_unit_test(vfile__numbers_are_not_used_again),
	    cmocka_unit_test(vfile__cap_drops_what_is_forgotten),
	    cmocka_unit_test(vfile__evicted_bytes_come_back_only_unchanged),
	    cmocka_unit_test(vfile__empty_file),
	    cmocka_unit_test(vfile__numbers_of_others_are_stale),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
