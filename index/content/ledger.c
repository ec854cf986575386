/* SPDX-License-Identifier: MIT */
#include "content/ledger.h"

#include <pthread.h>
#include <string.h>

#define ENTRIES 256

struct key {
	int64_t archive, location;
	uint64_t dev, ino, size;
	int64_t mtime, ctime;
};

struct entry {
	struct key key;
	enum verdict verdict;
};

struct ledger {
	pthread_mutex_t lock;
	struct entry v[ENTRIES];
	size_t next;
};

int ledger_new(struct ledger **ret)
{
	struct ledger *l = calloc(1, sizeof(*l));

	if (!l)
		return -ENOMEM;
	pthread_mutex_init(&l->lock, NULL);
	*ret = l;
	return 0;
}

void ledger_free(struct ledger *l)
{
	if (!l)
		return;
	pthread_mutex_destroy(&l->lock);
	free(l);
}

static struct key make_key(const struct archive_row *now, int64_t archive,
			   const struct location_row *location)
{
	return (struct key){archive,      location ? location->id : -1,
			    now->dev,     now->ino,
			    now->size,    now->mtime_ns,
			    now->ctime_ns};
}

static struct entry *find(struct ledger *l, const struct key *k)
{
	for (size_t i = 0; i < ENTRIES; i++)
		if (l->v[i].verdict && memcmp(&l->v[i].key, k, sizeof(*k)) == 0)
			return &l->v[i];
	return NULL;
}

enum verdict ledger_get(struct ledger *l, const struct archive_row *now, int64_t archive,
			const struct location_row *location)
{
	const struct key k = make_key(now, archive, location);
	enum verdict verdict = VERDICT_NONE;
	const struct entry *e;

	pthread_mutex_lock(&l->lock);
	e = find(l, &k);
	if (e)
		verdict = e->verdict;
	pthread_mutex_unlock(&l->lock);
	return verdict;
}

bool ledger_set(struct ledger *l, const struct archive_row *now, int64_t archive,
		const struct location_row *location, enum verdict verdict)
{
	const struct key k = make_key(now, archive, location);
	struct entry *e;
	bool news;

	pthread_mutex_lock(&l->lock);
	e = find(l, &k);
	news = !e || e->verdict != verdict;
	if (!e)
		e = &l->v[l->next++ % ENTRIES];
	*e = (struct entry){k, verdict};
	pthread_mutex_unlock(&l->lock);
	return news;
}
