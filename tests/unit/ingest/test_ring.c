/* SPDX-License-Identifier: MIT */
#include "test.h"

#include "ingest/ring.h"

#include <pthread.h>

#define CHUNKS 500

struct consumer {
	struct ring *ring;
	unsigned which;
	uint64_t sum;
	uint32_t n;
	int r;
};

static void *consume_all(void *arg)
{
	struct consumer *c = arg;
	struct err err = ERR_INIT;
	struct bytes b;
	uint32_t v;

	while ((c->r = ring_consume(c->ring, c->which, &b, &err)) == 0 && b.len) {
		memcpy(&v, b.ptr, sizeof(v));
		c->sum += v;
		c->n++;
		ring_release(c->ring, c->which);
	}
	return NULL;
}

static void ring__gives_every_chunk_to_every_consumer(void **state)
{
	_cleanup_(ring_freep) struct ring *ring = NULL;
	struct consumer c[2];
	pthread_t threads[2];
	void *chunk;

	(void)state;
	assert_int_equal(ring_new(3, 16, 2, &ring), 0);
	assert_int_equal(ring_chunk_bytes(ring), 16);
	for (unsigned i = 0; i < 2; i++) {
		c[i] = (struct consumer){.ring = ring, .which = i};
		assert_int_equal(pthread_create(&threads[i], NULL, consume_all, &c[i]), 0);
	}
	for (uint32_t i = 1; i <= CHUNKS; i++) {
		assert_int_equal(ring_produce(ring, &chunk), 0);
		memcpy(chunk, &i, sizeof(i));
		ring_commit(ring, sizeof(i));
	}
	ring_finish(ring, 0, NULL);
	for (unsigned i = 0; i < 2; i++) {
		pthread_join(threads[i], NULL);
		assert_int_equal(c[i].r, 0);
		assert_int_equal(c[i].n, CHUNKS);
		assert_int_equal(c[i].sum, CHUNKS * (CHUNKS + 1) / 2);
	}
}

static void ring__gives_the_failure_after_the_chunks(void **state)
{
	_cleanup_(ring_freep) struct ring *ring = NULL;
	struct err why = ERR_INIT, err = ERR_INIT;
	struct bytes b;
	void *chunk;

	(void)state;
	assert_int_equal(ring_new(3, 16, 1, &ring), 0);
	assert_int_equal(ring_produce(ring, &chunk), 0);
	ring_commit(ring, 5);
	ring_finish(ring, err_set(&why, EBADMSG, "broken"), &why);
	assert_int_equal(ring_consume(ring, 0, &b, &err), 0);
	assert_int_equal(b.len, 5);
	ring_release(ring, 0);
	assert_int_equal(ring_consume(ring, 0, &b, &err), -EBADMSG);
	assert_string_equal(err.msg, "broken");
}

static void *produce_until_cancelled(void *arg)
{
	void *chunk;

	while (ring_produce(arg, &chunk) == 0)
		ring_commit(arg, 1);
	return NULL;
}

static void ring__cancel_wakes_a_waiting_producer(void **state)
{
	_cleanup_(ring_freep) struct ring *ring = NULL;
	struct bytes b;
	pthread_t thread;

	(void)state;
	assert_int_equal(ring_new(2, 1, 2, &ring), 0);
	assert_int_equal(pthread_create(&thread, NULL, produce_until_cancelled, ring), 0);
	assert_int_equal(ring_consume(ring, 0, &b, NULL), 0);
	ring_cancel(ring);
	pthread_join(thread, NULL);
	assert_int_equal(ring_consume(ring, 0, &b, NULL), -ECANCELED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(ring__gives_every_chunk_to_every_consumer),
	    cmocka_unit_test(ring__gives_the_failure_after_the_chunks),
	    cmocka_unit_test(ring__cancel_wakes_a_waiting_producer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
