/* SPDX-License-Identifier: MIT */
#include "test.h"

#include "ingest/wire.h"

#include <fcntl.h>
#include <sys/mman.h>

/* What was sent, from its beginning: frames go through a memory file instead of a pipe. */
static struct wire_in reading(int fd)
{
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	return (struct wire_in){.fd = fd, .max_frame = MIB(4)};
}

static int memory_file(void)
{
	int fd = memfd_create("wire", MFD_CLOEXEC);

	assert_true(fd >= 0);
	return fd;
}

static void wire__gives_back_what_was_sent(void **state)
{
	_cleanup_close_ int fd = memory_file();
	_cleanup_(wire_out_release) struct wire_out out = {.fd = fd};
	_cleanup_(wire_in_release) struct wire_in in = {0};
	struct digest d = {.alg = DIGEST_SHA512}, got;
	struct err err = ERR_INIT;
	struct wire_cursor c;
	enum wire_type type;
	struct bytes b;

	(void)state;
	memset(d.raw, 7, sizeof(d.raw));
	wire_begin(&out, WIRE_NAME);
	wire_put_u32(&out, 17);
	wire_put_u64(&out, UINT64_MAX);
	wire_put_bytes(&out, BYTES("a\0b"));
	wire_put_bytes(&out, BYTES_NULL);
	wire_put_bytes(&out, BYTES(""));
	wire_put_digest(&out, &d);
	assert_ok(wire_end(&out, &err), &err);
	assert_ok(wire_flush(&out, &err), &err);

	in = reading(fd);
	assert_int_equal(wire_receive(&in, &type, &c, &err), 1);
	assert_int_equal(type, WIRE_NAME);
	assert_int_equal(wire_get_u32(&c), 17);
	assert_true(wire_get_u64(&c) == UINT64_MAX);
	b = wire_get_bytes(&c);
	assert_true(bytes_equal(b, BYTES("a\0b")));
	assert_null(wire_get_bytes(&c).ptr);
	b = wire_get_bytes(&c);
	assert_non_null(b.ptr);
	assert_int_equal(b.len, 0);
	wire_get_digest(&c, &got);
	assert_true(digest_equal(&d, &got));
	assert_ok(wire_got_all(&c, type, &err), &err);
	assert_int_equal(wire_receive(&in, &type, &c, &err), 0);
}

static void wire__carries_many_large_frames(void **state)
{
	_cleanup_close_ int fd = memory_file();
	_cleanup_(wire_out_release) struct wire_out out = {.fd = fd};
	_cleanup_(wire_in_release) struct wire_in in = {0};
	_cleanup_free_ char *big = calloc(1, MIB(1));
	struct err err = ERR_INIT;
	struct wire_cursor c;
	enum wire_type type;

	(void)state;
	for (uint32_t i = 0; i < 20; i++) {
		wire_begin(&out, WIRE_ENTRY);
		wire_put_u32(&out, i);
		wire_put_bytes(&out, bytes_make(big, i % 3 ? 5 : MIB(1)));
		assert_ok(wire_end(&out, &err), &err);
	}
	assert_ok(wire_flush(&out, &err), &err);
	in = reading(fd);
	for (uint32_t i = 0; i < 20; i++) {
		assert_int_equal(wire_receive(&in, &type, &c, &err), 1);
		assert_int_equal(wire_get_u32(&c), i);
		assert_int_equal(wire_get_bytes(&c).len, i % 3 ? 5 : MIB(1));
		assert_ok(wire_got_all(&c, type, &err), &err);
	}
}

/* One frame from raw words; the answer of wire_receive. */
static int receive_raw(const void *p, size_t n, struct wire_cursor *c, struct err *err)
{
	static struct wire_in in; /* keeps the cursor's bytes until the next call */
	_cleanup_close_ int fd = memory_file();
	enum wire_type type;

	wire_in_release(&in);
	assert_int_equal(write(fd, p, n), n);
	in = reading(fd);
	return p ? wire_receive(&in, &type, c, err) : 0;
}

static void wire__refuses_unknown_types(void **state)
{
	const uint32_t zero[2] = {0, 0}, high[2] = {WIRE_TYPE_END, 0};
	struct err err = ERR_INIT;
	struct wire_cursor c;

	(void)state;
	assert_int_equal(receive_raw(zero, sizeof(zero), &c, &err), -EBADMSG);
	assert_int_equal(receive_raw(high, sizeof(high), &c, &err), -EBADMSG);
	receive_raw(NULL, 0, &c, &err);
}

static void wire__refuses_frames_over_the_maximum(void **state)
{
	const uint32_t frame[2] = {WIRE_ENTRY, MIB(4) + 1};
	struct err err = ERR_INIT;
	struct wire_cursor c;

	(void)state;
	assert_int_equal(receive_raw(frame, sizeof(frame), &c, &err), -EBADMSG);
	assert_non_null(strstr(err.msg, "4194305"));
	receive_raw(NULL, 0, &c, &err);
}

static void wire__takes_a_cut_frame_for_the_end(void **state)
{
	const uint32_t frame[3] = {WIRE_ENTRY, 8, 1};
	struct err err = ERR_INIT;
	struct wire_cursor c;

	(void)state;
	assert_int_equal(receive_raw(frame, 5, &c, &err), 0);
	assert_int_equal(receive_raw(frame, sizeof(frame), &c, &err), 0);
	receive_raw(NULL, 0, &c, &err);
}

static void wire__never_reads_behind_a_payload(void **state)
{
	/* A string that claims 100 bytes in a payload of 4. */
	const uint32_t frame[3] = {WIRE_NAME, 4, 100};
	struct err err = ERR_INIT;
	struct wire_cursor c;

	(void)state;
	assert_int_equal(receive_raw(frame, sizeof(frame), &c, &err), 1);
	assert_null(wire_get_bytes(&c).ptr);
	assert_true(wire_get_u64(&c) == 0);
	assert_int_equal(wire_got_all(&c, WIRE_NAME, &err), -EBADMSG);
	receive_raw(NULL, 0, &c, &err);
}

static void wire__refuses_left_over_bytes(void **state)
{
	const uint32_t frame[4] = {WIRE_NAME, 8, 1, 2};
	struct err err = ERR_INIT;
	struct wire_cursor c;

	(void)state;
	assert_int_equal(receive_raw(frame, sizeof(frame), &c, &err), 1);
	assert_int_equal(wire_get_u32(&c), 1);
	assert_int_equal(wire_got_all(&c, WIRE_NAME, &err), -EBADMSG);
	receive_raw(NULL, 0, &c, &err);
}

static void wire__refuses_nul_in_text_and_odd_values(void **state)
{
	const uint32_t frame[5] = {WIRE_NAME, 12, 4, 0x00616161, 9};
	struct err err = ERR_INIT;
	struct wire_cursor c;
	struct digest d;

	(void)state;
	assert_int_equal(receive_raw(frame, sizeof(frame), &c, &err), 1);
	(void)wire_get_text(&c); /* "aaa\0" */
	assert_true(c.bad);
	c.bad = false;
	assert_false(wire_get_bool(&c)); /* 9 */
	assert_true(c.bad);
	assert_int_equal(receive_raw(frame, sizeof(frame), &c, &err), 1);
	wire_get_digest(&c, &d); /* algorithm 4 */
	assert_true(c.bad);
	assert_int_equal(d.alg, DIGEST_NONE);
	receive_raw(NULL, 0, &c, &err);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(wire__gives_back_what_was_sent),
	    cmocka_unit_test(wire__carries_many_large_frames),
	    cmocka_unit_test(wire__refuses_unknown_types),
	    cmocka_unit_test(wire__refuses_frames_over_the_maximum),
	    cmocka_unit_test(wire__takes_a_cut_frame_for_the_end),
	    cmocka_unit_test(wire__never_reads_behind_a_payload),
	    cmocka_unit_test(wire__refuses_left_over_bytes),
	    cmocka_unit_test(wire__refuses_nul_in_text_and_odd_values),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
