/* SPDX-License-Identifier: MIT */
#include "content/choice.h"

#include "content/identity.h"
#include "content/proof.h"
#include "util/log.h"

#define TRIES 5

enum { COST_GZIP = 1, COST_COPY = 2, COST_UNVERIFIED = 8, COST_SHAKY = 16 };

struct candidate {
	struct opened *o;
	int cost;
	size_t place; /* in the index's order, which decides between equals */
};

DEFINE_VEC(candidate_vec, struct candidate)

static void drop_all(struct candidate_vec *v)
{
	for (size_t i = 0; i < v->n; i++)
		opened_unref(v->v[i].o);
	candidate_vec_release(v);
}

static int collect(void *arg, const struct location_row *row)
{
	return location_vec_push(arg, *row);
}

int choice_list(const struct opener *opener, int64_t layer, struct layer_row *ret_row,
		struct location_vec *ret, struct err *err)
{
	int r;

	pthread_mutex_lock(opener->db_lock);
	r = layers_get(opener->db, layer, ret_row, err);
	if (r == 0)
		r = err_set(err, ESTALE, "the layer is not in the index any more");
	if (r > 0)
		r = locations_each(opener->db, layer, collect, ret, err);
	pthread_mutex_unlock(opener->db_lock);
	return r == -ENOMEM ? err_oom(err) : r;
}

static int codec_cost(enum codec c)
{
	return c == CODEC_NONE ? 0 : c == CODEC_GZIP ? COST_GZIP : COST_COPY;
}

static int cost_of(const struct opener *opener, const struct opened *o)
{
	struct archive_row now = {0};
	bool known = identity_take(o->file->fd, &now) == 0;
	enum verdict v = known ? ledger_get(opener->ledger, &now, o->archive.id, &o->location)
			       : VERDICT_NONE;
	bool good = v == VERDICT_PROVEN || o->location.verified;

	return codec_cost(o->archive.codec) + codec_cost(o->location.codec) +
	       (good ? 0 : COST_UNVERIFIED) + (v == VERDICT_SHAKY ? COST_SHAKY : 0);
}

static int compare(const void *a, const void *b)
{
	const struct candidate *x = a, *y = b;

	return x->cost != y->cost ? x->cost - y->cost
				  : (x->place > y->place) - (x->place < y->place);
}

/* Wrong bytes are worse news than a changed archive, and that than one that is gone. */
static int badness(int r)
{
	return r == -ENOENT ? 1 : r == -ESTALE ? 2 : 3;
}

struct failure {
	int code;
	struct err err;
};

static void note_failure(struct failure *worst, int r, const struct err *why)
{
	if (!worst->code || badness(r) > badness(worst->code))
		*worst = (struct failure){r, *why};
}

static int report(const struct failure *worst, struct err *err)
{
	if (!worst->code)
		return err_set(err, ENOENT,
			       "no archive that holds this layer is left (index one again)");
	return err_set(err, -worst->code, "%s", worst->err.msg);
}

/* The reader is content, but somebody should know. Of changed archives the log was told. */
static void tell_of_fallback(const struct failure *worst, const struct opened *o)
{
	if (worst->code && badness(worst->code) > badness(-ESTALE))
		log_line("%s (read from %s instead)", worst->err.msg, o->archive.path);
}

/* Those that are there and unchanged, best first. */
static int find_candidates(const struct opener *opener, const struct layer_row *row,
			   const struct location_vec *all, struct candidate_vec *ret,
			   struct failure *worst, struct err *err)
{
	for (size_t i = 0; i < all->n; i++) {
		struct candidate c = {.place = i};
		struct err why = ERR_INIT;
		int r = opened_at(opener, row, &all->v[i], &c.o, &why);

		if (r < 0) {
			note_failure(worst, r, &why);
			continue;
		}
		c.cost = cost_of(opener, c.o);
		if (candidate_vec_push(ret, c) < 0) {
			opened_unref(c.o);
			return err_oom(err);
		}
	}
	if (ret->n > 1)
		qsort(ret->v, ret->n, sizeof(*ret->v), compare);
	return 0;
}

static int make_ready(const struct opener *opener, struct opened *o, struct err *err)
{
	_cleanup_(seekpoints_release) struct seekpoints points = {0};
	struct archive_row now = {0};
	int r = identity_take(o->file->fd, &now);

	if (r < 0)
		return err_sys(err, -r, "%s", o->archive.path);
	r = opened_stored(opener, o, err);
	if (r == 0)
		r = proof_need(opener, o, &now, &points, err);
	if (r == 0)
		r = opened_tar(opener, o, &points, err);
	return r == -ESTALE ? opened_changed(opener, o, err) : r;
}

/* A chmod while the layer is hashed makes the hash void, and says nothing against it. */
static int prepare(const struct opener *opener, struct opened **o, struct err *err)
{
	for (int i = 0; i < TRIES; i++) {
		struct opened *again = NULL;
		int r = make_ready(opener, *o, err);

		if (r != -EAGAIN)
			return r;
		r = opened_again(opener, *o, &again, err);
		if (r < 0)
			return r;
		opened_unref(*o);
		*o = again;
	}
	return err_set(err, ESTALE, "%s: is touched all the time", (*o)->archive.path);
}

int choice_renew(const struct opener *opener, const struct opened *old, struct opened **ret,
		 struct err *err)
{
	_cleanup_(opened_unrefp) struct opened *o = NULL;
	int r = opened_again(opener, old, &o, err);

	if (r == 0)
		r = prepare(opener, &o, err);
	if (r < 0)
		return r;
	*ret = steal_ptr(&o);
	return 0;
}

int choice_open(const struct opener *opener, int64_t layer, struct opened **ret,
		struct err *err)
{
	_cleanup_(location_vec_release) struct location_vec all = {0};
	_cleanup_(drop_all) struct candidate_vec found = {0};
	struct failure worst = {0};
	struct layer_row row;
	int r = choice_list(opener, layer, &row, &all, err);

	if (r == 0)
		r = find_candidates(opener, &row, &all, &found, &worst, err);
	if (r < 0)
		return r;
	for (size_t i = 0; i < found.n; i++) {
		struct err why = ERR_INIT;

		r = prepare(opener, &found.v[i].o, &why);
		if (r == 0) {
			tell_of_fallback(&worst, found.v[i].o);
			*ret = steal_ptr(&found.v[i].o);
			return 0;
		}
		note_failure(&worst, r, &why);
	}
	return report(&worst, err);
}
