/* SPDX-License-Identifier: MIT */
#include "test.h"

#include "fixture.h"
#include "ingest/decoding.h"

/* 5 MiB that compress, but not to nothing. */
static void make_plain(struct buf *out)
{
	uint32_t v = 1;

	for (int i = 0; i < 5 << 18; i++) {
		v = v * 1664525 + 1013904223;
		buf_add(out, &(uint32_t){v & 0xff00ff}, 4);
	}
}

static void run(struct bytes stored, enum codec codec, struct bytes plain)
{
	_cleanup_(source_unrefp) struct source *source = NULL;
	_cleanup_(decoding_freep) struct decoding *d = NULL;
	struct decoding_opts opts = {.codec = codec};
	char want[DIGEST_TEXT_MAX], got[DIGEST_TEXT_MAX];
	struct decoding_result result;
	struct err err = ERR_INIT;
	struct bytes piece;

	assert_ok(source_open_memory(stored, &source, &err), &err);
	opts.source = source;
	assert_ok(decoding_start(&opts, &d, &err), &err);
	assert_ok(decoding_next(d, &piece, &err), &err);
	assert_memory_equal(piece.ptr, plain.ptr, MIN(piece.len, plain.len));
	/* The rest unread: finish reads it. */
	assert_ok(decoding_finish(d, &result, &err), &err);
	assert_int_equal(result.bytes, plain.len);
	assert_int_equal(result.trailing, 0);
	assert_int_equal(decoding_stored_bytes(d), stored.len);
	assert_string_equal(digest_format(&result.diff_id, got), fixture_digest(plain, want));
	assert_string_equal(digest_format(&result.blob_digest, got),
			    fixture_digest(stored, want));
}

static void decoding__hashes_both_sides(void **state)
{
	_cleanup_(buf_release) struct buf plain = BUF_INIT, gz = BUF_INIT;

	(void)state;
	make_plain(&plain);
	fixture_gzip(&gz, buf_bytes(&plain));
	run(buf_bytes(&plain), CODEC_NONE, buf_bytes(&plain));
	run(buf_bytes(&gz), CODEC_GZIP, buf_bytes(&plain));
}

static void decoding__takes_the_algorithms_that_are_asked_for(void **state)
{
	_cleanup_(source_unrefp) struct source *source = NULL;
	_cleanup_(decoding_freep) struct decoding *d = NULL;
	struct decoding_opts opts = {.blob_alg = DIGEST_SHA512};
	struct decoding_result result;
	struct err err = ERR_INIT;

	(void)state;
	assert_ok(source_open_memory(BYTES("abc"), &source, &err), &err);
	opts.source = source;
	assert_ok(decoding_start(&opts, &d, &err), &err);
	assert_ok(decoding_finish(d, &result, &err), &err);
	assert_int_equal(result.diff_id.alg, DIGEST_SHA256);
	assert_int_equal(result.blob_digest.alg, DIGEST_SHA512);
	assert_int_equal(result.blob_digest.raw[0], 0xdd);
}

static void decoding__a_damaged_stream_is_an_error_for_the_reader(void **state)
{
	_cleanup_(buf_release) struct buf plain = BUF_INIT, gz = BUF_INIT;
	_cleanup_(source_unrefp) struct source *source = NULL;
	_cleanup_(decoding_freep) struct decoding *d = NULL;
	struct decoding_opts opts = {.codec = CODEC_GZIP};
	struct decoding_result result;
	struct err err = ERR_INIT;

	(void)state;
	make_plain(&plain);
	fixture_gzip(&gz, buf_bytes(&plain));
	assert_ok(source_open_memory(bytes_make(gz.ptr, gz.len - 9), &source, &err), &err);
	opts.source = source;
	assert_ok(decoding_start(&opts, &d, &err), &err);
	assert_int_equal(decoding_finish(d, &result, &err), -EBADMSG);
	assert_non_null(strstr(err.msg, "gzip"));
}

static void decoding__can_be_left_in_the_middle(void **state)
{
	_cleanup_(buf_release) struct buf plain = BUF_INIT;
	_cleanup_(source_unrefp) struct source *source = NULL;
	struct decoding_opts opts = {0};
	struct decoding *d = NULL;
	struct err err = ERR_INIT;
	struct bytes piece;

	(void)state;
	for (int i = 0; i < 5; i++)
		make_plain(&plain);
	assert_ok(source_open_memory(buf_bytes(&plain), &source, &err), &err);
	opts.source = source;
	assert_ok(decoding_start(&opts, &d, &err), &err);
	assert_ok(decoding_next(d, &piece, &err), &err);
	decoding_free(d); /* joins; the sanitizer sees what is left */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(decoding__hashes_both_sides),
	    cmocka_unit_test(decoding__takes_the_algorithms_that_are_asked_for),
	    cmocka_unit_test(decoding__a_damaged_stream_is_an_error_for_the_reader),
	    cmocka_unit_test(decoding__can_be_left_in_the_middle),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
