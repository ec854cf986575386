/* SPDX-License-Identifier: MIT */
#include "test.h"

#include "io/input.h"
#include "streams.h"

struct seen {
	struct buf all;
};

static void on_input(void *arg, const void *p, size_t n)
{
	buf_add(&((struct seen *)arg)->all, p, n);
}

struct fixture {
	struct buf plain;
	struct source *src;
	struct input in;
	struct seen seen;
	struct err err;
};

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	stream_plain(&f->plain, 2 * INPUT_PIECE + 777, 3);
	assert_ok(source_open_memory(buf_bytes(&f->plain), &f->src, &f->err), &f->err);
	assert_int_equal(input_init(&f->in, f->src, 0), 0);
	f->in.on_input = on_input;
	f->in.arg = &f->seen;
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	input_release(&f->in);
	source_unref(f->src);
	buf_release(&f->plain);
	buf_release(&f->seen.all);
	free(f);
	return 0;
}

/* By pieces of changing length, to the end; on_input has seen the same. */
static void input__gives_every_byte_in_order(void **state)
{
	_cleanup_(buf_release) struct buf got = BUF_INIT;
	struct fixture *f = *state;

	for (size_t step = 1;; step = step * 5 % 90001 + 1) {
		size_t n;

		assert_int_equal(input_offset(&f->in), got.len);
		assert_ok(input_fill(&f->in, &f->err), &f->err);
		if (f->in.len == 0)
			break;
		n = MIN(step, f->in.len);
		buf_add(&got, f->in.p, n);
		input_take(&f->in, n);
	}
	stream_check_equal(buf_bytes(&got), buf_bytes(&f->plain));
	stream_check_equal(buf_bytes(&f->seen.all), buf_bytes(&f->plain));
}

static void input__goes_back_over_the_border_of_pieces(void **state)
{
	struct fixture *f = *state;
	unsigned char c;

	for (size_t border = INPUT_PIECE; border <= 2 * INPUT_PIECE; border += INPUT_PIECE) {
		assert_ok(input_fill(&f->in, &f->err), &f->err);
		input_take(&f->in, f->in.len);
		assert_int_equal(input_offset(&f->in), border);
		assert_int_equal(input_byte(&f->in, &c, &f->err), 1);
		input_back(&f->in, INPUT_BACK);
		assert_int_equal(input_offset(&f->in), border + 1 - INPUT_BACK);
		for (size_t i = 0; i < INPUT_BACK; i++) {
			assert_int_equal(input_byte(&f->in, &c, &f->err), 1);
			assert_int_equal(
			    c, (unsigned char)f->plain.ptr[border + 1 - INPUT_BACK + i]);
		}
	}
}

/* Behind the end the last bytes are still there to go back to. */
static void input__goes_back_from_the_end(void **state)
{
	struct fixture *f = *state;
	unsigned char c;
	uint64_t n;

	assert_ok(input_drain(&f->in, &n, &f->err), &f->err);
	assert_int_equal(n, f->plain.len);
	assert_int_equal(input_byte(&f->in, &c, &f->err), 0);
	assert_int_equal(input_byte(&f->in, &c, &f->err), 0);
	input_back(&f->in, 1);
	assert_int_equal(input_byte(&f->in, &c, &f->err), 1);
	assert_int_equal(c, (unsigned char)f->plain.ptr[f->plain.len - 1]);
}

static void input__drain_counts_the_rest(void **state)
{
	struct fixture *f = *state;
	uint64_t n;

	assert_ok(input_fill(&f->in, &f->err), &f->err);
	input_take(&f->in, 1000);
	assert_ok(input_drain(&f->in, &n, &f->err), &f->err);
	assert_int_equal(n, f->plain.len - 1000);
	stream_check_equal(buf_bytes(&f->seen.all), buf_bytes(&f->plain));
	assert_ok(input_drain(&f->in, &n, &f->err), &f->err);
	assert_int_equal(n, 0);
}

static void input__starts_anywhere(void **state)
{
	struct fixture *f = *state;
	struct input in;
	unsigned char c;

	assert_int_equal(input_init(&in, f->src, 12345), 0);
	assert_int_equal(input_offset(&in), 12345);
	assert_int_equal(input_byte(&in, &c, &f->err), 1);
	assert_int_equal(c, (unsigned char)f->plain.ptr[12345]);
	input_release(&in);
	assert_int_equal(input_init(&in, f->src, f->plain.len + 5), 0);
	assert_int_equal(input_byte(&in, &c, &f->err), 0);
	input_release(&in);
}

static int failing_pread(struct source *s, void *buf, size_t n, uint64_t off, struct err *err)
{
	(void)s;
	(void)buf;
	(void)n;
	(void)off;
	return err_set(err, EIO, "the disk is on fire");
}

static void failing_free(struct source *s)
{
	(void)s;
}

static void input__read_errors_come_through(void **state)
{
	static const struct source_ops ops = {failing_pread, failing_free};
	struct source bad = {&ops, 100, 1, -1};
	struct fixture *f = *state;
	struct input in;
	unsigned char c;
	uint64_t n;

	assert_int_equal(input_init(&in, &bad, 0), 0);
	assert_int_equal(input_fill(&in, &f->err), -EIO);
	assert_int_equal(input_byte(&in, &c, &f->err), -EIO);
	assert_int_equal(input_drain(&in, &n, &f->err), -EIO);
	assert_non_null(strstr(f->err.msg, "on fire"));
	input_release(&in);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    T(input__gives_every_byte_in_order), T(input__goes_back_over_the_border_of_pieces),
	    T(input__goes_back_from_the_end),    T(input__drain_counts_the_rest),
	    T(input__starts_anywhere),           T(input__read_errors_come_through),
	};

	return cmocka_run_group_tests_name("io/input", tests, NULL, NULL);
}
