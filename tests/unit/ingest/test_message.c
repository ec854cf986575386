/* SPDX-License-Identifier: MIT */
#include "test.h"

#include "ingest/message.h"

#include <sys/mman.h>

struct line {
	int fd;
	struct wire_out out;
	struct wire_in in;
	struct err err;
};

static int open_line(void **state)
{
	struct line *l = calloc(1, sizeof(*l));

	l->fd = memfd_create("line", MFD_CLOEXEC);
	l->out.fd = l->in.fd = l->fd;
	l->in.max_frame = MIB(1);
	*state = l;
	return l->fd < 0;
}

static int close_line(void **state)
{
	struct line *l = *state;

	wire_out_release(&l->out);
	wire_in_release(&l->in);
	close(l->fd);
	free(l);
	return 0;
}

/* What was put, as the other side gets it. */
static struct wire_cursor turn(struct line *l, enum wire_type want)
{
	struct wire_cursor c;
	enum wire_type type;

	assert_ok(wire_flush(&l->out, &l->err), &l->err);
	assert_int_equal(lseek(l->fd, 0, SEEK_SET), 0);
	assert_int_equal(wire_receive(&l->in, &type, &c, &l->err), 1);
	assert_int_equal(type, want);
	return c;
}

static void message__entry_comes_back_whole(void **state)
{
	struct line *l = *state;
	struct entry_row got, row = {
				  .id = 5,
				  .parent = 2,
				  .name = BYTES("na\xffme"),
				  .kind = ENTRY_LINK_LOWER,
				  .inode = 3,
				  .mode = 0100644,
				  .uid = 1,
				  .gid = 2,
				  .mtime = -5,
				  .mtime_nsec = 999999999,
				  .nlink = 7,
				  .size = UINT64_C(1) << 60,
				  .stored = 9,
				  .data = -1,
				  .rdev_major = 8,
				  .rdev_minor = 1,
				  .link = BYTES("a/b"),
				  .xxh128 = BYTES("0123456789abcdef"),
				  .sha256 = BYTES_NULL,
				  .sparse = BYTES("0123456789abcdef"),
				  .xattrs = true,
			      };
	struct wire_cursor c;

	assert_ok(msg_put_entry(&l->out, &row, &l->err), &l->err);
	c = turn(l, WIRE_ENTRY);
	assert_ok(msg_get_entry(&c, &got, &l->err), &l->err);
	assert_int_equal(got.id, 5);
	assert_int_equal(got.parent, 2);
	assert_true(bytes_equal(got.name, row.name));
	assert_int_equal(got.kind, ENTRY_LINK_LOWER);
	assert_int_equal(got.mtime, -5);
	assert_int_equal(got.data, -1);
	assert_true(got.size == row.size);
	assert_true(bytes_equal(got.xxh128, row.xxh128));
	assert_null(got.sha256.ptr);
	assert_true(bytes_equal(got.sparse, row.sparse));
	assert_true(got.xattrs);
}

static void message__layer_comes_back_whole(void **state)
{
	struct line *l = *state;
	struct msg_layer got, m = {
				  .diff_id = {.alg = DIGEST_SHA256, .raw = {1}},
				  .size = -1,
				  .media_type = BYTES_NULL,
				  .codec = CODEC_ZSTD,
				  .path = BYTES("blobs/x"),
				  .offset = 512,
				  .len = 1024,
				  .identity = {1, 2, 3, -4, 5},
			      };
	struct wire_cursor c;

	assert_ok(msg_put_layer(&l->out, &m, &l->err), &l->err);
	c = turn(l, WIRE_LAYER);
	assert_ok(msg_get_layer(&c, &got, &l->err), &l->err);
	assert_true(digest_equal(&got.diff_id, &m.diff_id));
	assert_int_equal(got.blob_digest.alg, DIGEST_NONE);
	assert_int_equal(got.size, -1);
	assert_null(got.media_type.ptr);
	assert_int_equal(got.codec, CODEC_ZSTD);
	assert_bytes_equal_str(got.path, "blobs/x");
	assert_int_equal(got.identity.mtime_ns, -4);
}

/* A row with one thing wrong must not pass. */
static void expect_bad_entry(struct line *l, const struct entry_row *row)
{
	struct wire_cursor c;
	struct entry_row got;

	assert_int_equal(ftruncate(l->fd, 0), 0);
	assert_int_equal(lseek(l->fd, 0, SEEK_SET), 0);
	wire_in_release(&l->in);
	l->in.pos = 0;
	assert_ok(msg_put_entry(&l->out, row, &l->err), &l->err);
	c = turn(l, WIRE_ENTRY);
	assert_int_equal(msg_get_entry(&c, &got, &l->err), -EBADMSG);
}

static void message__refuses_rows_that_cannot_be(void **state)
{
	struct line *l = *state;

	expect_bad_entry(l, &(struct entry_row){.name = BYTES("a\0b")});
	expect_bad_entry(l, &(struct entry_row){.kind = ENTRY_LINK_LOWER + 1});
	expect_bad_entry(l, &(struct entry_row){.size = UINT64_MAX});
	expect_bad_entry(l, &(struct entry_row){.data = -2});
	expect_bad_entry(l, &(struct entry_row){.xxh128 = BYTES("short")});
	expect_bad_entry(l, &(struct entry_row){.sha256 = BYTES("short")});
	expect_bad_entry(l, &(struct entry_row){.sparse = BYTES("odd")});
	expect_bad_entry(l, &(struct entry_row){.mtime_nsec = 1000000000});
}

typedef int (*get_fn)(struct wire_cursor *c, void *out, struct err *err);

/* Any payload at all: a verdict, no read behind it (the sanitizer looks), no crash. */
static void message__survives_any_payload(void **state)
{
	static const get_fn gets[] = {
	    (get_fn)(void *)msg_get_archive,   (get_fn)(void *)msg_get_image,
	    (get_fn)(void *)msg_get_layer,     (get_fn)(void *)msg_get_name,
	    (get_fn)(void *)msg_get_history,   (get_fn)(void *)msg_get_start,
	    (get_fn)(void *)msg_get_progress,  (get_fn)(void *)msg_get_layer_begin,
	    (get_fn)(void *)msg_get_entry,     (get_fn)(void *)msg_get_xattr,
	    (get_fn)(void *)msg_get_finding,   (get_fn)(void *)msg_get_seekpoint,
	    (get_fn)(void *)msg_get_layer_end, (get_fn)(void *)msg_get_verified,
	    (get_fn)(void *)msg_get_error,
	};
	uint32_t seed = 1;

	(void)state;
	for (int round = 0; round < 3000; round++) {
		size_t n = seed % 200;
		_cleanup_free_ unsigned char *p = malloc(n + 1);
		char out[1024];

		for (size_t i = 0; i < n; i++) {
			seed = seed * 1103515245 + 12345;
			/* Mostly small numbers: they get further than noise. */
			p[i] = seed >> 28 ? (seed >> 16 & 3) : (unsigned char)(seed >> 16);
		}
		seed = seed * 1103515245 + 12345;
		for (size_t i = 0; i < ARRAY_SIZE(gets); i++) {
			_cleanup_free_ char *exact = malloc(n ? n : 1);
			struct wire_cursor c = {exact, n, false};
			int r;

			memcpy(exact, p, n);
			r = gets[i](&c, out, NULL);
			assert_true(r == 0 || r == -EBADMSG);
		}
	}
}

int main(void)
{
#define LINE_TEST(t) cmocka_unit_test_setup_teardown(t, open_line, close_line)
	const struct CMUnitTest tests[] = {
	    LINE_TEST(message__entry_comes_back_whole),
	    LINE_TEST(message__layer_comes_back_whole),
	    LINE_TEST(message__refuses_rows_that_cannot_be),
	    cmocka_unit_test(message__survives_any_payload),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
