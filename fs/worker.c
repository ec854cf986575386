/* SPDX-License-Identifier: MIT */
#include "fs/worker.h"

#include <pthread.h>
#include <signal.h>
#include <time.h>

struct worker_pool {
	pthread_mutex_t lock;
	pthread_cond_t work, idle;
	struct work *first, **last;
	bool stopping;
	unsigned alive; /* threads that have not left their loop */
	unsigned n;
	pthread_t threads[];
};

/* The next piece of work, or NULL when the pool stops. */
static struct work *take(struct worker_pool *p)
{
	struct work *w = NULL;

	pthread_mutex_lock(&p->lock);
	while (!p->stopping && !p->first)
		pthread_cond_wait(&p->work, &p->lock);
	if (!p->stopping) {
		w = p->first;
		p->first = w->next;
		if (!p->first)
			p->last = &p->first;
	}
	pthread_mutex_unlock(&p->lock);
	return w;
}

static void *work_loop(void *arg)
{
	struct worker_pool *p = arg;
	struct work *w;

	while ((w = take(p)))
		w->run(w);
	pthread_mutex_lock(&p->lock);
	p->alive--;
	pthread_cond_broadcast(&p->idle);
	pthread_mutex_unlock(&p->lock);
	return NULL;
}

static void init_conditions(struct worker_pool *p)
{
	pthread_condattr_t attr;

	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_mutex_init(&p->lock, NULL);
	pthread_cond_init(&p->work, NULL);
	pthread_cond_init(&p->idle, &attr);
	pthread_condattr_destroy(&attr);
}

/* Signals are for the thread that waits for the end of the session. */
static int start_threads(struct worker_pool *p, unsigned threads)
{
	sigset_t all, old;
	int e = 0;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	while (p->n < threads && e == 0) {
		e = pthread_create(&p->threads[p->n], NULL, work_loop, p);
		if (e == 0)
			p->n++;
	}
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	return e;
}

int worker_pool_new(unsigned threads, struct worker_pool **ret, struct err *err)
{
	struct worker_pool *p = calloc(1, sizeof(*p) + threads * sizeof(p->threads[0]));
	int e;

	if (!p)
		return err_oom(err);
	init_conditions(p);
	p->last = &p->first;
	p->alive = threads;
	e = start_threads(p, threads);
	if (e) {
		pthread_mutex_lock(&p->lock);
		p->alive -= threads - p->n;
		pthread_mutex_unlock(&p->lock);
		worker_pool_free(p);
		return err_sys(err, e, "starting a thread");
	}
	*ret = p;
	return 0;
}

void worker_submit(struct worker_pool *p, struct work *w)
{
	bool stopping;

	w->next = NULL;
	pthread_mutex_lock(&p->lock);
	stopping = p->stopping;
	if (!stopping) {
		*p->last = w;
		p->last = &w->next;
		pthread_cond_signal(&p->work);
	}
	pthread_mutex_unlock(&p->lock);
	if (stopping)
		w->cancel(w);
}

static struct work *begin_stop(struct worker_pool *p)
{
	struct work *waiting;

	pthread_mutex_lock(&p->lock);
	p->stopping = true;
	waiting = p->first;
	p->first = NULL;
	p->last = &p->first;
	pthread_cond_broadcast(&p->work);
	pthread_mutex_unlock(&p->lock);
	return waiting;
}

static struct timespec deadline(unsigned milliseconds)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	t.tv_sec += milliseconds / 1000;
	t.tv_nsec += (long)(milliseconds % 1000) * 1000000;
	if (t.tv_nsec >= 1000000000) {
		t.tv_nsec -= 1000000000;
		t.tv_sec++;
	}
	return t;
}

int worker_pool_stop(struct worker_pool *p, unsigned milliseconds)
{
	struct work *w = begin_stop(p);
	struct timespec end = deadline(milliseconds);
	int e = 0;

	while (w) {
		struct work *next = w->next;

		w->cancel(w);
		w = next;
	}
	pthread_mutex_lock(&p->lock);
	while (p->alive > 0 && e == 0)
		e = pthread_cond_timedwait(&p->idle, &p->lock, &end);
	e = p->alive > 0 ? -ETIMEDOUT : 0;
	pthread_mutex_unlock(&p->lock);
	return e;
}

void worker_pool_free(struct worker_pool *p)
{
	int r;

	if (!p)
		return;
	do {
		r = worker_pool_stop(p, 60000);
	} while (r == -ETIMEDOUT);
	for (unsigned i = 0; i < p->n; i++)
		pthread_join(p->threads[i], NULL);
	pthread_cond_destroy(&p->work);
	pthread_cond_destroy(&p->idle);
	pthread_mutex_destroy(&p->lock);
	free(p);
}
