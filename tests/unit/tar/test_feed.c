/* SPDX-License-Identifier: MIT */
#include "tar/feed.h"
#include "test.h"

/* "abcdefghij" in pieces of 4, with a skip of at most 3. */
struct letters {
	size_t at;
	bool fail;
};

static int letters_read(void *arg, const void **ret, size_t *ret_n, struct err *err)
{
	struct letters *l = arg;

	if (l->fail)
		return err_set(err, EIO, "no letters");
	*ret = &"abcdefghij"[l->at];
	*ret_n = MIN((size_t)4, 10 - l->at);
	l->at += *ret_n;
	return 0;
}

static int letters_skip(void *arg, uint64_t n, uint64_t *ret_n, struct err *err)
{
	struct letters *l = arg;

	(void)err;
	*ret_n = MIN(MIN(n, (uint64_t)3), (uint64_t)(10 - l->at));
	l->at += *ret_n;
	return 0;
}

static void feed__appends_over_pieces(void **state)
{
	_cleanup_(buf_release) struct buf out = BUF_INIT;
	struct letters l = {0};
	struct tar_stream in = {&l, letters_read, NULL};
	struct feed f = {.in = &in};

	(void)state;
	assert_int_equal(feed_append(&f, 6, &out, NULL), 0);
	assert_string_equal(buf_str(&out), "abcdef");
	assert_int_equal(f.pos, 6);
	assert_int_equal(feed_append(&f, 6, &out, NULL), 1);
	assert_string_equal(buf_str(&out), "abcdefghij");
}

static void feed__takes_no_more_than_asked(void **state)
{
	struct letters l = {0};
	struct tar_stream in = {&l, letters_read, NULL};
	struct feed f = {.in = &in};
	const char *p;
	size_t n;

	(void)state;
	assert_int_equal(feed_take(&f, 3, &p, &n, NULL), 0);
	assert_int_equal(n, 3);
	assert_int_equal(feed_take(&f, 3, &p, &n, NULL), 0);
	assert_int_equal(n, 1);
	assert_memory_equal(p, "d", 1);
}

static void skips_to(const struct tar_stream *in, uint64_t n, char want)
{
	struct feed f = {.in = in};
	const char *p;
	size_t got;

	assert_int_equal(feed_skip(&f, n, NULL), 0);
	assert_int_equal(f.pos, n);
	assert_int_equal(feed_take(&f, 1, &p, &got, NULL), 0);
	assert_int_equal(*p, want);
}

static void feed__skips_with_and_without_seeking(void **state)
{
	struct letters l = {0}, m = {0};

	(void)state;
	skips_to(&(struct tar_stream){&l, letters_read, letters_skip}, 9, 'j');
	skips_to(&(struct tar_stream){&m, letters_read, NULL}, 9, 'j');
}

static void feed__skip_past_the_end_says_so(void **state)
{
	struct letters l = {0};
	struct tar_stream in = {&l, letters_read, letters_skip};
	struct feed f = {.in = &in};

	(void)state;
	assert_int_equal(feed_skip(&f, 11, NULL), 1);
	assert_int_equal(f.pos, 10);
}

static void feed__forwards_errors(void **state)
{
	struct letters l = {.fail = true};
	struct tar_stream in = {&l, letters_read, NULL};
	struct feed f = {.in = &in};
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(feed_skip(&f, 1, &err), -EIO);
	assert_string_equal(err.msg, "no letters");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(feed__appends_over_pieces),
	    cmocka_unit_test(feed__takes_no_more_than_asked),
	    cmocka_unit_test(feed__skips_with_and_without_seeking),
	    cmocka_unit_test(feed__skip_past_the_end_says_so),
	    cmocka_unit_test(feed__forwards_errors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
