/* SPDX-License-Identifier: MIT */
#include "test.h"

#include "streams.h"

#include <lzma.h>

struct fixture {
	struct buf plain, stored, out;
	struct err err;
};

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	stream_plain(&f->plain, 90000, 21);
	stream_xz(&f->stored, buf_bytes(&f->plain));
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	buf_release(&f->plain);
	buf_release(&f->stored);
	buf_release(&f->out);
	free(f);
	return 0;
}

static int decode(struct fixture *f)
{
	buf_clear(&f->out);
	return stream_decode(buf_bytes(&f->stored), CODEC_XZ, NULL, 5000, &f->out, NULL,
			     &f->err);
}

static void codec_xz__concatenated_streams_and_padding(void **state)
{
	struct fixture *f = *state;

	assert_ok(decode(f), &f->err);
	stream_check_equal(buf_bytes(&f->out), buf_bytes(&f->plain));
	stream_zeros(&f->stored, 8); /* stream padding: a multiple of four zeros */
	stream_xz(&f->stored, BYTES(""));
	stream_xz(&f->stored, BYTES("the end"));
	stream_zeros(&f->stored, 4);
	buf_add_str(&f->plain, "the end");
	assert_ok(decode(f), &f->err);
	stream_check_equal(buf_bytes(&f->out), buf_bytes(&f->plain));
}

static void codec_xz__trailing_bytes_are_damage(void **state)
{
	struct fixture *f = *state;

	buf_add_str(&f->stored, "garbage behind it");
	assert_int_equal(decode(f), -EBADMSG);
	assert_non_null(strstr(f->err.msg, "xz: "));
}

static void codec_xz__truncated(void **state)
{
	struct fixture *f = *state;

	stream_check_truncated(buf_bytes(&f->stored), CODEC_XZ, 100);
	stream_check_truncated(stream_part(&f->stored, 0, 40), CODEC_XZ, 1);
	f->stored.len--;
	assert_int_equal(decode(f), -EBADMSG);
}

static void codec_xz__wrong_checksum(void **state)
{
	struct fixture *f = *state;

	f->stored.ptr[f->stored.len / 2] ^= 0x10;
	assert_int_equal(decode(f), -EBADMSG);
}

/* A dictionary that a decoder would need more than its memory for. */
static void codec_xz__too_large_a_dictionary(void **state)
{
	struct fixture *f = *state;
	lzma_options_lzma o;
	const lzma_filter filters[] = {{LZMA_FILTER_LZMA2, &o}, {LZMA_VLI_UNKNOWN, NULL}};
	size_t at = 0;

	assert_false(lzma_lzma_preset(&o, 0));
	o.dict_size = 512u << 20;
	o.mf = LZMA_MF_HC3;
	assert_int_equal(
	    lzma_stream_buffer_encode((lzma_filter *)(uintptr_t)filters, LZMA_CHECK_CRC32, NULL,
				      (const uint8_t *)"abc", 3, (uint8_t *)f->stored.ptr, &at,
				      f->stored.cap),
	    LZMA_OK);
	f->stored.len = at;
	assert_int_equal(decode(f), -EFBIG);
	assert_non_null(strstr(f->err.msg, "192 MiB"));
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    T(codec_xz__concatenated_streams_and_padding),
	    T(codec_xz__trailing_bytes_are_damage),
	    T(codec_xz__truncated),
	    T(codec_xz__wrong_checksum),
	    T(codec_xz__too_large_a_dictionary),
	};

	return cmocka_run_group_tests_name("io/codec_xz", tests, NULL, NULL);
}
