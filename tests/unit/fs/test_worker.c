/* SPDX-License-Identifier: MIT */
#include "test.h"

#include "fs/worker.h"

#include <pthread.h>
#include <semaphore.h>
#include <signal.h>

struct job {
	struct work work;
	sem_t *done, *gate; /* gate: waited for before the end */
	int *order, *next;
	int ran, cancelled;
	bool signals_blocked;
};

static void run(struct work *w)
{
	struct job *j = (struct job *)w;
	sigset_t mask;

	pthread_sigmask(SIG_BLOCK, NULL, &mask);
	j->signals_blocked = sigismember(&mask, SIGTERM) == 1;
	j->ran++;
	if (j->order)
		*j->order = (*j->next)++;
	if (j->done)
		sem_post(j->done);
	if (j->gate)
		sem_wait(j->gate);
}

static void cancel(struct work *w)
{
	((struct job *)w)->cancelled++;
}

static struct worker_pool *new_pool(unsigned threads)
{
	struct err err = ERR_INIT;
	struct worker_pool *p;

	assert_ok(worker_pool_new(threads, &p, &err), &err);
	return p;
}

static void worker__runs_all_in_order(void **state)
{
	struct worker_pool *p = new_pool(1);
	struct job jobs[20] = {0};
	int order[20], next = 0;
	sem_t done;

	(void)state;
	sem_init(&done, 0, 0);
	for (int i = 0; i < 20; i++) {
		jobs[i] = (struct job){.work = {.run = run, .cancel = cancel},
				       .done = &done,
				       .order = &order[i],
				       .next = &next};
		worker_submit(p, &jobs[i].work);
	}
	for (int i = 0; i < 20; i++)
		sem_wait(&done);
	worker_pool_free(p);
	for (int i = 0; i < 20; i++) {
		assert_int_equal(jobs[i].ran, 1);
		assert_int_equal(jobs[i].cancelled, 0);
		assert_int_equal(order[i], i);
		assert_true(jobs[i].signals_blocked);
	}
}

static void worker__stop_cancels_what_waits(void **state)
{
	struct worker_pool *p = new_pool(1);
	sem_t done, gate;
	struct job first, waiting, late;

	(void)state;
	sem_init(&done, 0, 0);
	sem_init(&gate, 0, 0);
	first =
	    (struct job){.work = {.run = run, .cancel = cancel}, .done = &done, .gate = &gate};
	waiting = late = (struct job){.work = {.run = run, .cancel = cancel}};
	worker_submit(p, &first.work);
	sem_wait(&done);
	worker_submit(p, &waiting.work);
	assert_int_equal(worker_pool_stop(p, 1), -ETIMEDOUT);
	assert_int_equal(waiting.cancelled, 1);
	assert_int_equal(waiting.ran, 0);
	worker_submit(p, &late.work);
	assert_int_equal(late.cancelled, 1);
	sem_post(&gate);
	assert_int_equal(worker_pool_stop(p, 20000), 0);
	assert_int_equal(first.ran, 1);
	worker_pool_free(p);
}

static void worker__idle_pool_stops_at_once(void **state)
{
	struct worker_pool *p = new_pool(4);

	(void)state;
	assert_int_equal(worker_pool_stop(p, 20000), 0);
	worker_pool_free(p);
}

/* Two threads: one that is held up does not hold up the other. */
static void worker__slow_work_blocks_only_its_thread(void **state)
{
	struct worker_pool *p = new_pool(2);
	sem_t done, gate;
	struct job slow, quick;

	(void)state;
	sem_init(&done, 0, 0);
	sem_init(&gate, 0, 0);
	slow = (struct job){.work = {.run = run, .cancel = cancel}, .gate = &gate};
	quick = (struct job){.work = {.run = run, .cancel = cancel}, .done = &done};
	worker_submit(p, &slow.work);
	worker_submit(p, &quick.work);
	sem_wait(&done);
	sem_post(&gate);
	worker_pool_free(p);
	assert_int_equal(quick.ran, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(worker__runs_all_in_order),
	    cmocka_unit_test(worker__stop_cancels_what_waits),
	    cmocka_unit_test(worker__idle_pool_stops_at_once),
	    cmocka_unit_test(worker__slow_work_blocks_only_its_thread),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
