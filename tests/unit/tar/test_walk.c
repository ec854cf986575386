/* SPDX-License-Identifier: MIT */
#include "record.h"
#include "tarmake.h"
#include "test.h"

static struct buf tar;
static struct record rec;

static int begin(void **state)
{
	static char big[100000];

	(void)state;
	record_init(&rec);
	memset(big, 'b', sizeof(big));
	tar_dir(&tar, "d", 0755);
	tar_file(&tar, "d/one", BYTES("hello"));
	tar_member(&tar,
		   &(struct tar_member){.name = "skipped", .type = 'Z', .data = BYTES("zz")});
	tar_pax1(&tar, "path", "d/two");
	tar_file(&tar, "x", bytes_make(big, sizeof(big)));
	tar_file(&tar, "d/three", BYTES(""));
	tar_end(&tar);
	return 0;
}

static int clear(void **state)
{
	(void)state;
	buf_release(&tar);
	record_release(&rec);
	return 0;
}

static void walk__same_in_pieces_of_any_size(void **state)
{
	static const size_t pieces[] = {1, 7, 511, 512, 513, 4096};
	_cleanup_(buf_release) struct buf whole = BUF_INIT;
	struct err err = ERR_INIT;

	(void)state;
	assert_ok(record_walk(&rec, buf_bytes(&tar), &err), &err);
	buf_add_bytes(&whole, buf_bytes(&rec.text));
	assert_int_equal(rec.totals.entries, 5);
	assert_int_equal(rec.totals.bytes, tar.len);
	for (size_t i = 0; i < ARRAY_SIZE(pieces); i++) {
		rec.piece = pieces[i];
		rec.can_skip = i % 2;
		assert_ok(record_walk(&rec, buf_bytes(&tar), &err), &err);
		assert_string_equal(buf_str(&rec.text), buf_str(&whole));
		assert_int_equal(rec.totals.bytes, tar.len);
	}
}

static void walk__seeks_over_unwanted_data(void **state)
{
	struct err err = ERR_INIT;

	(void)state;
	rec.no_data = rec.can_skip = true;
	rec.piece = 512;
	assert_ok(record_walk(&rec, buf_bytes(&tar), &err), &err);
	assert_string_equal(buf_str(&rec.text), "dir d 0755 0:0 0\n"
						"file d/one 0644 0:0 5 \n"
						"! type-unknown skipped\n"
						"file d/two 0644 0:0 100000 \n"
						"file d/three 0644 0:0 0\n");
	assert_true(rec.skipped > 40000);
}

static void walk__entry_can_pass_over_its_data(void **state)
{
	struct err err = ERR_INIT;

	(void)state;
	rec.skip_entries = true;
	assert_ok(record_walk(&rec, buf_bytes(&tar), &err), &err);
	assert_string_equal(buf_str(&rec.text), "dir d 0755 0:0 0\n"
						"file d/one 0644 0:0 5\n"
						"! type-unknown skipped\n"
						"file d/two 0644 0:0 100000\n"
						"file d/three 0644 0:0 0\n");
}

static void walk__visitor_can_stop(void **state)
{
	struct err err = ERR_INIT;

	(void)state;
	rec.fail_entry = -ECANCELED;
	assert_int_equal(record_walk(&rec, buf_bytes(&tar), &err), -ECANCELED);
	assert_string_equal(buf_str(&rec.text), "dir d 0755 0:0 0\n");
}

static void walk__offsets(void **state)
{
	struct err err = ERR_INIT;

	(void)state;
	buf_clear(&tar);
	tar_file(&tar, "a", BYTES("x"));
	tar_zero_blocks(&tar, 1);
	tar_member(&tar, &(struct tar_member){.name = "z", .type = 'Z', .data = BYTES("x")});
	tar_pax1(&tar, "path", "b");
	tar_file(&tar, "x", BYTES("data"));
	assert_ok(record_walk(&rec, buf_bytes(&tar), &err), &err);
	assert_int_equal(rec.last.header, 1024 + 512 + 1024);
	assert_int_equal(rec.last.offset, 1024 + 512 + 1024 + 1024 + 512);
	assert_memory_equal(tar.ptr + rec.last.offset, "data", 4);
	assert_int_equal(rec.last.stored, 4);
}

static void walk__empty_streams(void **state)
{
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(record_walk(&rec, BYTES_NULL, &err), -EBADMSG);
	rec.allow_empty = true;
	assert_ok(record_walk(&rec, BYTES_NULL, &err), &err);
	assert_int_equal(rec.totals.entries + rec.totals.bytes, 0);
	rec.allow_empty = false;
	buf_clear(&tar);
	tar_zero_blocks(&tar, 20);
	assert_ok(record_walk(&rec, buf_bytes(&tar), &err), &err);
	assert_int_equal(rec.totals.bytes, 1024);
}

static void walk__readers_that_disagree_refuse(void **state)
{
	struct err err = ERR_INIT;

	(void)state;
	/* star's own sparse files: libarchive takes this for the size, Go does not */
	buf_clear(&tar);
	tar_pax1(&tar, "SCHILY.realsize", "99");
	tar_file(&tar, "f", BYTES("x"));
	tar_end(&tar);
	assert_int_equal(record_walk(&rec, buf_bytes(&tar), &err), -EBADMSG);
	assert_string_equal(err.msg, "f: readers disagree about this member at offset 0");
}

static int broken_read(void *arg, const void **ret, size_t *ret_n, struct err *err)
{
	(void)arg;
	(void)ret;
	(void)ret_n;
	return err_set(err, EIO, "the disk is gone");
}

/* Reads the header, then fails: inside a callback of libarchive. */
static int late_read(void *arg, const void **ret, size_t *ret_n, struct err *err)
{
	int *calls = arg;

	if ((*calls)++)
		return broken_read(arg, ret, ret_n, err);
	*ret = tar.ptr;
	*ret_n = 512 + 512 + 2;
	return 0;
}

static int ignore_entry(void *arg, const struct tar_entry *e, struct err *err)
{
	(void)arg;
	(void)e;
	(void)err;
	return 0;
}

static int ignore_data(void *arg, const void *p, size_t n, uint64_t off, struct err *err)
{
	(void)arg;
	(void)p;
	(void)n;
	(void)off;
	(void)err;
	return 0;
}

static void walk__errors_of_the_stream_come_through(void **state)
{
	struct tar_visitor v = {.entry = ignore_entry, .data = ignore_data};
	struct limits limits = LIMITS_DEFAULT;
	struct err err = ERR_INIT;
	struct tar_totals totals;
	int calls = 0;

	(void)state;
	assert_int_equal(tar_walk(&(struct tar_stream){NULL, broken_read, NULL}, &limits, false,
				  &v, &totals, &err),
			 -EIO);
	assert_string_equal(err.msg, "the disk is gone");
	err = ERR_INIT;
	assert_int_equal(tar_walk(&(struct tar_stream){&calls, late_read, NULL}, &limits, false,
				  &v, &totals, &err),
			 -EIO);
	assert_string_equal(err.msg, "the disk is gone");
	assert_int_equal(calls, 2);
}

#define T(f) cmocka_unit_test_setup_teardown(f, begin, clear)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    T(walk__same_in_pieces_of_any_size),
	    T(walk__seeks_over_unwanted_data),
	    T(walk__entry_can_pass_over_its_data),
	    T(walk__visitor_can_stop),
	    T(walk__offsets),
	    T(walk__empty_streams),
	    T(walk__readers_that_disagree_refuse),
	    T(walk__errors_of_the_stream_come_through),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
