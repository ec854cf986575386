/* SPDX-License-Identifier: MIT */
/* Re-reading whole layers, and asking whether they could be read. */
#include "content/content_internal.h"
#include "content/identity.h"
#include "content/proof.h"

/* Never from a decoded copy made earlier: what is on disk now is the question. */
static int hash_place(struct content *c, struct opened *o, struct err *err)
{
	struct opener opener = c->opener;
	int r;

	opener.cache = c->fresh;
	r = opened_stored(&opener, o, err);
	return r < 0 ? r : proof_hash(o, NULL, err);
}

/* `now` is of before the bytes were read. Damage found here makes every later reader hash
 * before reading; proof saves them that. */
static void note_verdict(struct content *c, const struct opened *o,
			 const struct archive_row *now, int r)
{
	bool proven = r == 0 && opened_is_same(o);
	int done = 0;

	if (r != -EBADMSG && !proven)
		return;
	opened_note(&c->opener, o, now, proven ? VERDICT_PROVEN : VERDICT_REFUTED);
	pthread_mutex_lock(&c->db_lock);
	if (o->location.verified != proven)
		done = locations_set_verified(c->opener.db, o->location.id, proven, NULL);
	pthread_mutex_unlock(&c->db_lock);
	(void)done; /* a read-only index does not learn it */
}

static int verify_place(struct content *c, const struct layer_row *row,
			const struct location_row *place, struct err *err)
{
	_cleanup_(opened_unrefp) struct opened *o = NULL;
	struct archive_row now = {0};
	int r = opened_at(&c->opener, row, place, &o, err);

	if (r < 0)
		return r;
	r = identity_take(o->file->fd, &now);
	if (r < 0)
		return err_sys(err, -r, "%s", o->archive.path);
	r = hash_place(c, o, err);
	note_verdict(c, o, &now, r);
	return r;
}

static bool is_mismatch(int r)
{
	return r == -ESTALE || r == -EBADMSG || r == -EIO || r == -ERANGE || r == -EFBIG;
}

int content_verify_layer(struct content *c, int64_t layer, struct err *err)
{
	_cleanup_(location_vec_release) struct location_vec places = {0};
	bool equal = false, bad = false;
	struct layer_row row;
	int r = choice_list(&c->opener, layer, &row, &places, err);

	if (r < 0)
		return r;
	for (size_t i = 0; i < places.n; i++) {
		struct err why = ERR_INIT;

		r = verify_place(c, &row, &places.v[i], &why);
		if (r < 0 && r != -ENOENT && !bad)
			err_set(err, -r, "%s", why.msg);
		if (r < 0 && r != -ENOENT && !is_mismatch(r))
			return r;
		equal = equal || r == 0;
		bad = bad || (r < 0 && r != -ENOENT);
	}
	if (bad)
		return 1;
	return equal ? 0 : err_set(err, ENOENT, "no archive that holds this layer is left");
}

static bool is_there(struct content *c, int64_t archive)
{
	_cleanup_(archive_row_release) struct archive_row a = {0};
	int r;

	pthread_mutex_lock(&c->db_lock);
	r = archives_get(c->opener.db, archive, &a, NULL);
	pthread_mutex_unlock(&c->db_lock);
	if (r <= 0)
		return false;
	r = identity_of_path(&a);
	return r == IDENTITY_SAME || r == IDENTITY_TOUCHED;
}

bool content_layer_available(struct content *c, int64_t layer)
{
	_cleanup_(location_vec_release) struct location_vec places = {0};
	struct layer_row row;

	if (choice_list(&c->opener, layer, &row, &places, NULL) < 0)
		return false;
	for (size_t i = 0; i < places.n; i++)
		if (is_there(c, places.v[i].archive))
			return true;
	return false;
}
