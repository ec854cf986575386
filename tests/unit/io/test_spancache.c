/* SPDX-License-Identifier: MIT */
#include "test.h"

#include "io/spancache.h"
#include "streams.h"

#include <pthread.h>

#define LEN ((size_t)1000)

/* A fill that writes its byte everywhere and counts. */
struct filler {
	unsigned char byte;
	int fail;                   /* -errno */
	unsigned calls;             /* atomic */
	pthread_barrier_t *barrier; /* passed in the fill, if there is one */
};

static int fill(void *arg, void *buf, size_t len, struct err *err)
{
	struct filler *f = arg;

	__atomic_add_fetch(&f->calls, 1, __ATOMIC_RELAXED);
	if (f->barrier)
		pthread_barrier_wait(f->barrier);
	if (f->fail)
		return err_set(err, -f->fail, "cannot be filled");
	memset(buf, f->byte, len);
	return 0;
}

static struct span *take(struct spancache *c, uint64_t start, struct filler *f)
{
	struct err err = ERR_INIT;
	struct span *s = NULL;

	assert_ok(spancache_get(c, 1, start, LEN, fill, f, &s, &err), &err);
	assert_int_equal(span_bytes(s).len, LEN);
	for (size_t i = 0; i < LEN; i += LEN - 1)
		assert_int_equal((unsigned char)span_bytes(s).ptr[i], f->byte);
	return s;
}

/* Takes and puts back; was it there? */
static bool hits(struct spancache *c, uint64_t start, struct filler *f)
{
	unsigned before = f->calls;

	spancache_put(c, take(c, start, f));
	return f->calls == before;
}

static struct spancache *open_cache(uint64_t max)
{
	struct spancache *c = NULL;

	assert_int_equal(spancache_new(max, &c), 0);
	return c;
}

static void spancache__keeps_by_key_and_start(void **state)
{
	_cleanup_(spancache_freep) struct spancache *c = open_cache(100 * LEN);
	struct filler a = {.byte = 'a'}, b = {.byte = 'b'}, other = {.byte = 'o'};
	struct err err = ERR_INIT;
	struct span *s;

	(void)state;
	assert_false(hits(c, 0, &a));
	assert_false(hits(c, LEN, &b));
	assert_true(hits(c, 0, &a));
	assert_true(hits(c, LEN, &b));
	assert_ok(spancache_get(c, 2, 0, LEN, fill, &other, &s, &err), &err);
	assert_int_equal(span_bytes(s).ptr[0], 'o');
	spancache_put(c, s);
	assert_true(hits(c, 0, &a));
}

static void spancache__cap_drops_the_least_recently_used(void **state)
{
	_cleanup_(spancache_freep) struct spancache *c = open_cache(3 * LEN);
	struct filler f[4] = {{.byte = 0}, {.byte = 1}, {.byte = 2}, {.byte = 3}};

	(void)state;
	for (size_t i = 0; i < 3; i++)
		assert_false(hits(c, i, &f[i]));
	assert_true(hits(c, 0, &f[0]));
	assert_false(hits(c, 3, &f[3])); /* 1 has to go */
	assert_true(hits(c, 0, &f[0]));
	assert_true(hits(c, 2, &f[2]));
	assert_true(hits(c, 3, &f[3]));
	assert_false(hits(c, 1, &f[1]));
}

static void spancache__cap_is_in_bytes(void **state)
{
	_cleanup_(spancache_freep) struct spancache *c = open_cache(3 * LEN - 1);
	struct filler f = {.byte = 'x'};

	(void)state;
	hits(c, 0, &f);
	hits(c, 1, &f);
	assert_true(hits(c, 0, &f));
	hits(c, 2, &f);
	assert_false(hits(c, 1, &f));
}

/* Larger than the whole cache: given, but not kept. */
static void spancache__oversize_is_not_kept(void **state)
{
	_cleanup_(spancache_freep) struct spancache *c = open_cache(LEN - 1);
	struct filler f = {.byte = 'x'};

	(void)state;
	assert_false(hits(c, 0, &f));
	assert_false(hits(c, 0, &f));
}

static void spancache__pinned_ones_stay(void **state)
{
	_cleanup_(spancache_freep) struct spancache *c = open_cache(2 * LEN);
	struct filler a = {.byte = 'a'}, x = {.byte = 'x'};
	struct span *held, *again;

	(void)state;
	held = take(c, 1000, &a);
	for (uint64_t i = 0; i < 20; i++)
		hits(c, i, &x);
	assert_int_equal(span_bytes(held).ptr[LEN - 1], 'a');
	assert_true(hits(c, 1000, &a));
	again = take(c, 1000, &a);
	assert_ptr_equal(span_bytes(held).ptr, span_bytes(again).ptr);
	spancache_put(c, held);
	for (uint64_t i = 20; i < 40; i++)
		hits(c, i, &x);
	assert_true(hits(c, 1000, &a)); /* pinned once still */
	spancache_put(c, again);
	hits(c, 40, &x);
	hits(c, 41, &x);
	assert_false(hits(c, 1000, &a));
}

static void spancache__all_pinned_may_exceed_the_cap(void **state)
{
	_cleanup_(spancache_freep) struct spancache *c = open_cache(2 * LEN);
	struct filler f = {.byte = 'x'};
	struct span *held[10];

	(void)state;
	for (uint64_t i = 0; i < 10; i++)
		held[i] = take(c, i, &f);
	assert_int_equal(f.calls, 10);
	for (uint64_t i = 0; i < 10; i++)
		spancache_put(c, held[i]);
	assert_true(hits(c, 9, &f));
	assert_false(hits(c, 0, &f));
}

static void spancache__failures_are_not_kept(void **state)
{
	_cleanup_(spancache_freep) struct spancache *c = open_cache(2 * LEN);
	struct filler f = {.byte = 'x', .fail = -EBADMSG};
	struct err err = ERR_INIT;
	struct span *s = NULL;

	(void)state;
	for (unsigned i = 1; i <= 5; i++) {
		err = ERR_INIT;
		assert_int_equal(spancache_get(c, 1, 0, LEN, fill, &f, &s, &err), -EBADMSG);
		assert_string_equal(err.msg, "cannot be filled");
		assert_int_equal(f.calls, i);
	}
	assert_null(s);
	f.fail = 0;
	assert_false(hits(c, 0, &f));
	assert_true(hits(c, 0, &f));
	hits(c, 1, &f); /* the failed ones do not count against the cap */
	assert_true(hits(c, 0, &f));
}

/* ---- threads ---- */

struct wanter {
	struct spancache *c;
	struct filler *f;
	pthread_barrier_t *before; /* passed before the get, if there is one */
	int result;
	struct err err;
};

static void *want(void *arg)
{
	struct wanter *w = arg;
	struct span *s;

	if (w->before)
		pthread_barrier_wait(w->before);
	w->result = spancache_get(w->c, 1, 0, LEN, fill, w->f, &s, &w->err);
	if (w->result == 0) {
		if (span_bytes(s).ptr[LEN - 1] != (char)w->f->byte)
			w->result = -EILSEQ;
		spancache_put(w->c, s);
	}
	return NULL;
}

/* The second thread asks once the first is in the middle of its fill. */
static void two_want(struct filler *f, struct wanter w[2])
{
	_cleanup_(spancache_freep) struct spancache *c = open_cache(10 * LEN);
	pthread_barrier_t barrier;
	pthread_t t[2];

	pthread_barrier_init(&barrier, NULL, 2);
	f->barrier = &barrier;
	w[0] = (struct wanter){.c = c, .f = f};
	w[1] = (struct wanter){.c = c, .f = f, .before = &barrier};
	for (int i = 0; i < 2; i++)
		assert_int_equal(pthread_create(&t[i], NULL, want, &w[i]), 0);
	for (int i = 0; i < 2; i++)
		pthread_join(t[i], NULL);
	pthread_barrier_destroy(&barrier);
}

static void spancache__two_threads_decode_once(void **state)
{
	(void)state;
	for (int i = 0; i < 50; i++) {
		struct filler f = {.byte = 'z'};
		struct wanter w[2];

		two_want(&f, w);
		assert_ok(w[0].result, &w[0].err);
		assert_ok(w[1].result, &w[1].err);
		assert_int_equal(f.calls, 1);
	}
}

/* A cache full of other spans while one is being waited for. */
struct crowd {
	struct spancache *c;
	uint64_t seed;
	bool wrong;
	struct filler *f; /* 20 */
};

static void *jostle(void *arg)
{
	struct crowd *w = arg;
	struct rng r = {w->seed};

	for (int i = 0; i < 3000 && !w->wrong; i++) {
		uint64_t which = rng_below(&r, 20);
		struct span *s;

		if (spancache_get(w->c, which, which, LEN, fill, &w->f[which], &s, NULL) < 0) {
			w->wrong = which != 19;
			continue;
		}
		w->wrong = span_bytes(s).ptr[which] != (char)w->f[which].byte;
		spancache_put(w->c, s);
	}
	return NULL;
}

static void spancache__many_threads_get_the_right_bytes(void **state)
{
	_cleanup_(spancache_freep) struct spancache *c = open_cache(5 * LEN);
	struct filler f[20] = {0};
	struct crowd w[4];
	pthread_t t[4];

	(void)state;
	for (unsigned char i = 0; i < 20; i++)
		f[i].byte = (unsigned char)(i + 1);
	f[19].fail = -EIO;
	for (int i = 0; i < 4; i++) {
		w[i] = (struct crowd){c, (uint64_t)i + 1, false, f};
		assert_int_equal(pthread_create(&t[i], NULL, jostle, &w[i]), 0);
	}
	for (int i = 0; i < 4; i++)
		pthread_join(t[i], NULL);
	for (int i = 0; i < 4; i++)
		assert_false(w[i].wrong);
}

/*
 * Failing while another thread asks: that one is told the same code. The span is gone before
 * it asks, or it waits; in the first case it fills for itself, and passes the barrier alone.
 */
static int fail_once(void *arg, void *buf, size_t len, struct err *err)
{
	struct filler *f = arg;

	(void)buf;
	(void)len;
	if (__atomic_add_fetch(&f->calls, 1, __ATOMIC_RELAXED) == 1)
		pthread_barrier_wait(f->barrier);
	return err_set(err, EBADMSG, "cannot be filled");
}

static void *want_failing(void *arg)
{
	struct wanter *w = arg;
	struct span *s;

	if (w->before)
		pthread_barrier_wait(w->before);
	w->result = spancache_get(w->c, 1, 0, LEN, fail_once, w->f, &s, &w->err);
	return NULL;
}

static void spancache__waiting_threads_learn_of_the_failure(void **state)
{
	(void)state;
	for (int i = 0; i < 50; i++) {
		_cleanup_(spancache_freep) struct spancache *c = open_cache(10 * LEN);
		pthread_barrier_t barrier;
		struct filler f = {.barrier = &barrier}, good = {.byte = 'g'};
		struct wanter w[2] = {{.c = c, .f = &f}, {.c = c, .f = &f, .before = &barrier}};
		pthread_t t[2];

		pthread_barrier_init(&barrier, NULL, 2);
		for (int k = 0; k < 2; k++)
			assert_int_equal(pthread_create(&t[k], NULL, want_failing, &w[k]), 0);
		for (int k = 0; k < 2; k++)
			pthread_join(t[k], NULL);
		for (int k = 0; k < 2; k++) {
			assert_int_equal(w[k].result, -EBADMSG);
			assert_true(w[k].err.msg[0] != '\0');
		}
		assert_false(hits(c, 0, &good));
		assert_true(hits(c, 0, &good));
		pthread_barrier_destroy(&barrier);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(spancache__keeps_by_key_and_start),
	    cmocka_unit_test(spancache__cap_drops_the_least_recently_used),
	    cmocka_unit_test(spancache__cap_is_in_bytes),
	    cmocka_unit_test(spancache__oversize_is_not_kept),
	    cmocka_unit_test(spancache__pinned_ones_stay),
	    cmocka_unit_test(spancache__all_pinned_may_exceed_the_cap),
	    cmocka_unit_test(spancache__failures_are_not_kept),
	    cmocka_unit_test(spancache__two_threads_decode_once),
	    cmocka_unit_test(spancache__many_threads_get_the_right_bytes),
	    cmocka_unit_test(spancache__waiting_threads_learn_of_the_failure),
	};

	return cmocka_run_group_tests_name("io/spancache", tests, NULL, NULL);
}
