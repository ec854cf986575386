/* SPDX-License-Identifier: MIT */
#include "io/hash.h"
#include "tree_text.h"
#include "util/spill.h"

#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

struct emitted {
	struct entry_row rows[32];
	uint32_t handles[32];
	unsigned char hashes[32][48]; /* copies: a row's hashes are lent during the call */
	uint32_t n, stop_at;
};

static int keep(void *arg, const struct entry_row *row, uint32_t handle, struct err *err)
{
	struct emitted *e = arg;

	if (e->stop_at && e->n == e->stop_at)
		return err_set(err, ENOSPC, "no room");
	assert_true(e->n < ARRAY_SIZE(e->rows));
	e->rows[e->n] = *row;
	if (row->xxh128.ptr) {
		memcpy(e->hashes[e->n], row->xxh128.ptr, row->xxh128.len);
		memcpy(e->hashes[e->n] + 16, row->sha256.ptr, row->sha256.len);
		e->rows[e->n].xxh128.ptr = (const char *)e->hashes[e->n];
		e->rows[e->n].sha256.ptr = (const char *)e->hashes[e->n] + 16;
	}
	e->handles[e->n++] = handle;
	return 0;
}

static struct layer_builder *build(const char *members, uint32_t *handles)
{
	const struct limits limits = LIMITS_DEFAULT;
	struct layer_builder *b;
	struct layer_member m;
	struct err err = ERR_INIT;
	uint32_t handle;

	assert_ok(layer_builder_new(&limits, -1, NULL, NULL, &b, &err), &err);
	while (text_next_member(&members, &m)) {
		handle = UINT32_MAX;
		assert_ok(layer_add(b, &m, &handle, &err), &err);
		if (handles)
			*handles++ = handle;
	}
	return b;
}

static void layer_finish__rows_in_sequence(void **state)
{
	uint32_t handles[3];
	_cleanup_(layer_builder_freep) struct layer_builder *b =
	    build("file d/y 7\nsym a target\nchr d/c 5 1", handles);
	struct emitted e = {0};
	struct layer_totals totals;
	struct err err = ERR_INIT;

	(void)state;
	assert_ok(layer_finish(b, keep, &e, &totals, &err), &err);
	assert_int_equal(e.n, 5); /* root, a, d, d/c, d/y */
	assert_int_equal(totals.entries, 5);
	assert_int_equal(totals.content_bytes, 7);
	for (uint32_t i = 0; i < e.n; i++) {
		assert_int_equal(e.rows[i].id, i);
		assert_int_equal(e.rows[i].inode, i);
		assert_int_equal(e.rows[i].nlink, 1);
	}
	assert_int_equal(e.rows[2].kind, ENTRY_IMPLIED);
	assert_int_equal(e.rows[2].mode, S_IFDIR | 0755);
	assert_int_equal(e.handles[0], UINT32_MAX);
	assert_int_equal(e.handles[1], handles[1]);
	assert_int_equal(e.handles[2], UINT32_MAX);
	assert_int_equal(e.handles[3], handles[2]);
	assert_int_equal(e.handles[4], handles[0]);
	assert_bytes_equal_str(e.rows[1].link, "target");
	assert_int_equal(e.rows[1].size, 0);
	assert_int_equal(e.rows[3].rdev_major, 5);
	assert_int_equal(e.rows[3].rdev_minor, 1);
	assert_int_equal(e.rows[3].size, 0);
	assert_int_equal(e.rows[3].data, -1);
	assert_int_equal(e.rows[4].parent, 2);
	assert_int_equal(e.rows[4].data, 512 * 7);
	assert_int_equal(e.rows[4].stored, 7);
	assert_null(e.rows[4].xxh128.ptr);
}

static void layer_finish__groups_share_everything(void **state)
{
	uint32_t handles[3];
	_cleanup_(layer_builder_freep) struct layer_builder *b =
	    build("file z 7\nlink m z\nlink a/b m", handles);
	unsigned char xxh[16], sha[32];
	struct emitted e = {0};
	struct layer_totals totals;
	struct err err = ERR_INIT;

	(void)state;
	memset(xxh, 0x11, sizeof(xxh));
	memset(sha, 0x22, sizeof(sha));
	assert_int_equal(handles[1], handles[0]);
	assert_int_equal(handles[2], handles[0]);
	assert_ok(layer_set_hashes(b, handles[0], xxh, sha, &err), &err);
	assert_ok(layer_finish(b, keep, &e, &totals, &err), &err);
	assert_int_equal(e.n, 5); /* root, a, m, z, a/b */
	assert_int_equal(totals.content_bytes, 7);
	for (uint32_t i = 2; i < 5; i++) {
		assert_int_equal(e.rows[i].inode, 2);
		assert_int_equal(e.rows[i].nlink, 3);
		assert_int_equal(e.rows[i].size, 7);
		assert_int_equal(e.rows[i].data, 512 * 7);
		assert_int_equal(e.handles[i], handles[0]);
		assert_int_equal(e.rows[i].xxh128.len, 16);
		assert_memory_equal(e.rows[i].xxh128.ptr, xxh, 16);
		assert_memory_equal(e.rows[i].sha256.ptr, sha, 32);
	}
}

static void layer_finish__only_plain_content_counts(void **state)
{
	_cleanup_(layer_builder_freep) struct layer_builder *b =
	    build("file .wh.x 5\nfile d/.wh..wh..opq 6\nfile .wh..wh.plnk/1 7\nfile "
		  ".wh..wh.plnk/2 8\nlink f .wh..wh.plnk/2\nfile g 100\nfile g 10",
		  NULL);
	struct emitted e = {0};
	struct layer_totals totals;
	struct err err = ERR_INIT;

	(void)state;
	assert_ok(layer_finish(b, keep, &e, &totals, &err), &err);
	assert_int_equal(totals.content_bytes, 18);
}

static void layer_finish__sparse_files(void **state)
{
	static const char map[] = "sixteen bytes...";
	_cleanup_(layer_builder_freep) struct layer_builder *b = build("file a 3", NULL);
	struct layer_member m = {.path = BYTES("s"),
				 .mode = S_IFREG,
				 .size = 1 << 20,
				 .stored = 9,
				 .data = 512,
				 .sparse = BYTES("sixteen bytes...")};
	struct emitted e = {0};
	struct layer_totals totals;
	struct err err = ERR_INIT;
	uint32_t handle;

	(void)state;
	assert_ok(layer_add(b, &m, &handle, &err), &err);
	m = (struct layer_member){.path = BYTES("t"), .mode = S_IFREG, .size = 4096};
	assert_ok(layer_add(b, &m, &handle, &err), &err);
	assert_ok(layer_finish(b, keep, &e, &totals, &err), &err);
	assert_int_equal(e.rows[1].stored, 3);
	assert_null(e.rows[1].sparse.ptr);
	assert_int_equal(e.rows[2].size, 1 << 20);
	assert_int_equal(e.rows[2].stored, 9);
	assert_int_equal(e.rows[2].data, 512);
	assert_memory_equal(e.rows[2].sparse.ptr, map, 16);
	/* One hole from end to end. */
	assert_int_equal(e.rows[3].size, 4096);
	assert_int_equal(e.rows[3].stored, 0);
	assert_int_equal(e.rows[3].data, -1);
}

static void layer_finish__links_into_lower_layers(void **state)
{
	_cleanup_(layer_builder_freep) struct layer_builder *b = build("link a usr/b", NULL);
	struct emitted e = {0};
	struct layer_totals totals;
	struct err err = ERR_INIT;

	(void)state;
	assert_ok(layer_finish(b, keep, &e, &totals, &err), &err);
	assert_int_equal(e.n, 2);
	assert_int_equal(e.rows[1].kind, ENTRY_LINK_LOWER);
	assert_int_equal(e.rows[1].mode, S_IFREG);
	assert_int_equal(e.rows[1].size, 0);
	assert_bytes_equal_str(e.rows[1].link, "usr/b");
	assert_int_equal(totals.content_bytes, 0);
}

/* ---- layers that do not fit in memory ---- */

#define MANY 150000 /* of struct detail are more than SPILL_MEMORY */

struct tally {
	struct sha256 *sum;
	uint64_t n;
};

static int add_to_sum(void *arg, const struct entry_row *row, uint32_t handle, struct err *err)
{
	const uint64_t numbers[] = {
	    (uint64_t)row->id,    row->parent,     row->mode, row->uid,
	    (uint64_t)row->mtime, row->mtime_nsec, row->size, (uint64_t)row->data,
	    row->stored,          handle};
	struct tally *t = arg;

	(void)err;
	sha256_update(t->sum, numbers, sizeof(numbers));
	sha256_update(t->sum, row->name.ptr, row->name.len);
	sha256_update(t->sum, row->xxh128.ptr, row->xxh128.len);
	sha256_update(t->sum, row->sha256.ptr, row->sha256.len);
	t->n++;
	return 0;
}

/* Files in directories that the order of names does not keep together. */
static void add_many(struct layer_builder *b)
{
	unsigned char xxh[16] = {0}, sha[32] = {0};
	struct err err = ERR_INIT;
	uint32_t handle;
	char path[64];

	for (uint32_t i = 0; i < MANY; i++) {
		struct layer_member m = {
		    .mode = S_IFREG | 0644,
		    .uid = i,
		    .mtime = -(int64_t)i,
		    .mtime_nsec = i % 1000,
		    .size = i % 7,
		    .stored = i % 7,
		    .data = UINT64_C(512) * i,
		};

		snprintf(path, sizeof(path), "d%u/f%u", i * 7919 % 1000, i);
		m.path = bytes_from_str(path);
		assert_ok(layer_add(b, &m, &handle, &err), &err);
		assert_int_equal(handle >= i, true);
		memcpy(xxh, &i, sizeof(i));
		memcpy(sha + 28, &i, sizeof(i));
		assert_ok(layer_set_hashes(b, handle, xxh, sha, &err), &err);
	}
}

static void sum_of_many(int fd, unsigned char ret[32])
{
	const struct limits limits = LIMITS_DEFAULT;
	_cleanup_(layer_builder_freep) struct layer_builder *b = NULL;
	_cleanup_(sha256_freep) struct sha256 *sum = NULL;
	struct err err = ERR_INIT;
	struct layer_totals totals;
	struct tally t;

	assert_int_equal(sha256_new(&sum), 0);
	t = (struct tally){sum, 0};
	assert_ok(layer_builder_new(&limits, fd, NULL, NULL, &b, &err), &err);
	add_many(b);
	assert_ok(layer_finish(b, add_to_sum, &t, &totals, &err), &err);
	assert_int_equal(t.n, MANY + 1000 + 1);
	sha256_final(sum, ret);
}

static void layer_finish__large_layers_go_through_a_file(void **state)
{
	_cleanup_close_ int fd = memfd_create("spill", MFD_CLOEXEC);
	unsigned char in_memory[32], through_file[32];

	(void)state;
	sum_of_many(-1, in_memory);
	sum_of_many(fd, through_file);
	assert_true(lseek(fd, 0, SEEK_END) >= (off_t)SPILL_MEMORY);
	assert_memory_equal(in_memory, through_file, sizeof(in_memory));
}

static void layer_finish__failed_emit_is_passed_on(void **state)
{
	_cleanup_(layer_builder_freep) struct layer_builder *b =
	    build("file a 1\nfile b 1", NULL);
	struct emitted e = {.stop_at = 2};
	struct layer_totals totals;
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(layer_finish(b, keep, &e, &totals, &err), -ENOSPC);
	assert_int_equal(e.n, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(layer_finish__rows_in_sequence),
	    cmocka_unit_test(layer_finish__groups_share_everything),
	    cmocka_unit_test(layer_finish__only_plain_content_counts),
	    cmocka_unit_test(layer_finish__sparse_files),
	    cmocka_unit_test(layer_finish__links_into_lower_layers),
	    cmocka_unit_test(layer_finish__large_layers_go_through_a_file),
	    cmocka_unit_test(layer_finish__failed_emit_is_passed_on),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
