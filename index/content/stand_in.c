/* SPDX-License-Identifier: MIT */
/*
 * Reading an equal file in place of one whose own archives are gone, have changed or are
 * damaged. With -o inodes=content equal files are one, called after the first that was indexed;
 * it must not get lost with the archive of that one.
 */
#include "content/content_internal.h"
#include "util/vec.h"

#define TRIES 16 /* layers that hold an equal file */

DEFINE_VEC(id_vec, int64_t)

static size_t place_of(int64_t inode)
{
	return ((uint64_t)inode * UINT64_C(0x9e3779b97f4a7c15) >> 32) % STAND_INS;
}

static int64_t recall(struct content *c, int64_t inode)
{
	const struct stand_in *s = &c->stand_ins[place_of(inode)];
	int64_t twin;

	pthread_mutex_lock(&c->lock);
	twin = s->inode == inode ? s->twin : 0;
	pthread_mutex_unlock(&c->lock);
	return twin;
}

/* twin 0: forget. */
static void remember(struct content *c, int64_t inode, int64_t twin)
{
	struct stand_in *s = &c->stand_ins[place_of(inode)];

	pthread_mutex_lock(&c->lock);
	if (twin || s->inode == inode)
		*s = (struct stand_in){twin ? inode : 0, twin};
	pthread_mutex_unlock(&c->lock);
}

int stand_in_read_again(struct content *c, int64_t inode, struct piece *p)
{
	int64_t twin = recall(c, inode);
	int r = twin ? content_pread_own(c, twin, p, NULL) : -ENOENT;

	if (r == 0)
		return 0;
	remember(c, inode, 0);
	return -ENOENT;
}

static int take(void *arg, int64_t twin)
{
	struct id_vec *v = arg;

	if (v->n == TRIES)
		return 1;
	return id_vec_push(v, twin);
}

int stand_in_read(struct content *c, int64_t inode, struct piece *p)
{
	_cleanup_(id_vec_release) struct id_vec twins = {0};
	int r;

	pthread_mutex_lock(&c->db_lock);
	r = twins_each(c->opener.db, inode, take, &twins, NULL);
	pthread_mutex_unlock(&c->db_lock);
	if (r < 0)
		return -ENOENT;
	vec_foreach (twin, &twins) {
		if (content_pread_own(c, *twin, p, NULL) < 0)
			continue;
		remember(c, inode, *twin);
		return 0;
	}
	return -ENOENT;
}
