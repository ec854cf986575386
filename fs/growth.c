/* SPDX-License-Identifier: MIT */
#include "fs/growth.h"

#include "util/log.h"

#include <pthread.h>

struct growth {
	pthread_mutex_t check; /* held while the index is asked: db, version, failed */
	struct db *db;
	int64_t version;
	bool failed; /* the last attempt; its log line has been written */

	pthread_mutex_t lock; /* catalog, time */
	struct catalog *catalog;
	struct timespec time;

	struct forest *forest;
	int64_t *only;
	size_t n_only;
};

static struct timespec later_than(struct timespec t)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	if (now.tv_sec > t.tv_sec || (now.tv_sec == t.tv_sec && now.tv_nsec > t.tv_nsec))
		return now;
	if (++t.tv_nsec == 1000000000) {
		t.tv_nsec = 0;
		t.tv_sec++;
	}
	return t;
}

static int copy_filter(struct growth *g, const int64_t *only, size_t n, struct err *err)
{
	if (n == 0)
		return 0;
	g->only = calloc(n, sizeof(*only));
	if (!g->only)
		return err_oom(err);
	memcpy(g->only, only, n * sizeof(*only));
	g->n_only = n;
	return 0;
}

int growth_new(struct db *db, struct forest *f, const int64_t *only, size_t n_only,
	       struct growth **ret, struct err *err)
{
	_cleanup_(growth_freep) struct growth *g = calloc(1, sizeof(*g));
	int r;

	if (!g)
		return err_oom(err);
	pthread_mutex_init(&g->check, NULL);
	pthread_mutex_init(&g->lock, NULL);
	g->forest = f;
	r = copy_filter(g, only, n_only, err);
	if (r == 0)
		r = db_data_version(db, &g->version, err);
	if (r == 0)
		r = catalog_load(db, g->only, g->n_only, &g->catalog, err);
	if (r < 0)
		return r;
	g->time = later_than(g->time);
	g->db = db;
	*ret = steal_ptr(&g);
	return 0;
}

void growth_free(struct growth *g)
{
	if (!g)
		return;
	db_freep(&g->db);
	catalog_unrefp(&g->catalog);
	free(g->only);
	pthread_mutex_destroy(&g->check);
	pthread_mutex_destroy(&g->lock);
	free(g);
}

/* The old one is let go of outside the lock: it may be the last reference. */
static void swap_catalog(struct growth *g, struct catalog *fresh)
{
	struct catalog *old;

	pthread_mutex_lock(&g->lock);
	old = g->catalog;
	g->catalog = fresh;
	g->time = later_than(g->time);
	pthread_mutex_unlock(&g->lock);
	catalog_unref(old);
	forest_trim(g->forest, 0);
}

static int reload(struct growth *g, struct err *err)
{
	struct catalog *fresh = NULL;
	int64_t generation;
	int r = db_generation(g->db, &generation, err);

	/* Only this function changes g->catalog, and g->check is held. */
	if (r < 0 || generation <= g->catalog->generation)
		return r;
	r = catalog_load(g->db, g->only, g->n_only, &fresh, err);
	if (r == 0)
		swap_catalog(g, fresh);
	return r;
}

/* The version is remembered only after a reload that worked: else the next call tries again. */
static int check(struct growth *g, struct err *err)
{
	int64_t version;
	int r = db_data_version(g->db, &version, err);

	if (r < 0 || version == g->version)
		return r;
	r = reload(g, err);
	if (r == 0)
		g->version = version;
	return r;
}

void growth_check(struct growth *g)
{
	struct err err = ERR_INIT;
	int r;

	pthread_mutex_lock(&g->check);
	r = check(g, &err);
	if (r < 0 && !g->failed)
		log_line("%s (the mount keeps showing what it had read)", err.msg);
	g->failed = r < 0;
	pthread_mutex_unlock(&g->check);
}

struct catalog *growth_catalog(struct growth *g, struct timespec *ret_time)
{
	struct catalog *c;

	pthread_mutex_lock(&g->lock);
	c = catalog_ref(g->catalog);
	if (ret_time)
		*ret_time = g->time;
	pthread_mutex_unlock(&g->lock);
	return c;
}
