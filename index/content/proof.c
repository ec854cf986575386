/* SPDX-License-Identifier: MIT */
#include "content/proof.h"

#include "content/identity.h"
#include "io/hash.h"
#include "util/vec.h"

#define PIECE   ((size_t)1 << 20)
#define SPACING MIB(4) /* of seek points; reading costs about 2 ms per span */

DEFINE_VEC(unproven_vec, struct location_row)
DEFINE_VEC(layer_id_vec, int64_t)

/* The stored bytes from their beginning, without points or cache: the whole truth. */
static int hash_stored(const struct opened *o, struct seekpoints *points, unsigned char out[32],
		       struct err *err)
{
	const struct decoder_opts opts = {.points = points, .spacing = SPACING};
	_cleanup_(decoder_freep) struct decoder *d = NULL;
	_cleanup_(sha256_freep) struct sha256 *h = NULL;
	_cleanup_free_ char *piece = malloc(PIECE);
	size_t got = 0;
	int r = piece && sha256_new(&h) == 0 ? 0 : err_oom(err);

	if (r == 0)
		r = decoder_open(o->stored, o->location.codec, &opts, &d, err);
	while (r == 0) {
		r = decoder_read(d, piece, PIECE, &got, err);
		if (r < 0 || got == 0)
			break;
		sha256_update(h, piece, got);
	}
	if (r == 0)
		sha256_final(h, out);
	return r;
}

int proof_hash(const struct opened *o, struct seekpoints *points, struct err *err)
{
	char text[DIGEST_TEXT_MAX];
	unsigned char raw[32];
	struct digest d;
	int r = hash_stored(o, points, raw, err);

	if (r < 0)
		return err_prefix(err, r, "%s", o->archive.path);
	d = digest_sha256(raw);
	if (strcmp(digest_format(&d, text), o->row.diff_id) == 0)
		return 0;
	return err_set(err, EBADMSG,
		       "%s: a layer hashes to %s, not to its DiffID %s (the archive "
		       "is damaged or was altered)",
		       o->archive.path, text, o->row.diff_id);
}

/* ---- telling the index ---- */

static int push_layer(void *arg, const struct layer_row *row)
{
	return layer_id_vec_push(arg, row->id);
}

static int push_location(void *arg, const struct location_row *row)
{
	return unproven_vec_push(arg, *row);
}

/*
 * The new identity is the whole archive's, but only one layer of it was hashed: the others must
 * be hashed, too, before they are read.
 */
static int doubt_others(struct db *db, const struct opened *o)
{
	_cleanup_(layer_id_vec_release) struct layer_id_vec layers = {0};
	_cleanup_(unproven_vec_release) struct unproven_vec all = {0};
	int r = layers_each(db, push_layer, &layers, NULL);

	for (size_t i = 0; r == 0 && i < layers.n; i++)
		r = locations_each(db, layers.v[i], push_location, &all, NULL);
	for (size_t i = 0; r == 0 && i < all.n; i++)
		if (all.v[i].archive == o->archive.id && all.v[i].id != o->location.id &&
		    all.v[i].verified)
			r = locations_set_verified(db, all.v[i].id, false, NULL);
	return r;
}

static int write_points(struct db *db, const struct opened *o, const struct seekpoints *points)
{
	_cleanup_(seekpoints_release) struct seekpoints there = {0};
	int r = points ? seekpoints_load(db, o->location.id, &there, NULL) : 0;

	for (size_t i = 0; r == 0 && points && !there.points.n && i < points->points.n; i++)
		r = seekpoints_insert(db, o->location.id, &points->points.v[i], NULL);
	return r;
}

/*
 * Is the index still speaking of the file we have open? The path may have been indexed again
 * meanwhile, with another file behind it. 1 yes, 2 yes with the ctime to be adopted.
 */
static int compare_index(struct db *db, const struct opened *o)
{
	_cleanup_(archive_row_release) struct archive_row row = {0};
	int r = archives_get(db, o->archive.id, &row, NULL);

	if (r <= 0)
		return r;
	if (row.dev != o->archive.dev || row.ino != o->archive.ino ||
	    row.size != o->archive.size || row.mtime_ns != o->archive.mtime_ns)
		return 0;
	return row.ctime_ns == o->archive.ctime_ns ? 1 : 2;
}

static int write_all(struct db *db, const struct opened *o, const struct seekpoints *points)
{
	int r = db_begin(db, NULL);
	int known = r < 0 ? r : compare_index(db, o);

	r = MIN(known, 0);
	if (known == 2)
		r = doubt_others(db, o);
	if (r == 0 && known == 2)
		r = archives_set_identity(db, &o->archive, NULL);
	if (r == 0 && known > 0)
		r = locations_set_verified(db, o->location.id, true, NULL);
	if (r == 0 && known > 0)
		r = write_points(db, o, points);
	if (r == 0)
		r = db_commit(db, NULL);
	db_rollback(db);
	return r;
}

/* An index that cannot be written is no failure: this process keeps what it knows. */
static void remember(const struct opener *opener, struct opened *o,
		     const struct archive_row *now, const struct seekpoints *points)
{
	int r;

	o->location.verified = true;
	o->archive.ctime_ns = now->ctime_ns;
	opened_note(opener, o, now, VERDICT_PROVEN);
	pthread_mutex_lock(opener->db_lock);
	r = write_all(opener->db, o, points);
	pthread_mutex_unlock(opener->db_lock);
	(void)r;
}

/* ---- deciding ---- */

/* Bytes that were right once have changed; others never were the layer. */
static int refuted(const struct opened *o, struct err *err)
{
	if (o->location.verified)
		return err_set(err, ESTALE, "%s: changed since it was indexed (index it again)",
			       o->archive.path);
	return err_set(err, EBADMSG,
		       "%s: a layer does not have its DiffID (the archive is damaged or was "
		       "altered)",
		       o->archive.path);
}

static int hash_and_judge(const struct opener *opener, const struct opened *o,
			  const struct archive_row *now, struct seekpoints *points,
			  struct err *err)
{
	int r = proof_hash(o, points, err);

	if (r != -EBADMSG)
		return r;
	opened_note(opener, o, now, VERDICT_REFUTED);
	return o->location.verified ? refuted(o, err) : r;
}

/* `now` was taken before any byte was read, so a change since then shows. */
static int prove(const struct opener *opener, struct opened *o, const struct archive_row *now,
		 struct seekpoints *points, struct err *err)
{
	int r = hash_and_judge(opener, o, now, points, err), same;

	if (r < 0)
		return r;
	same = identity_of_fd(o->file->fd, now);
	if (same == IDENTITY_TOUCHED)
		return err_set(err, EAGAIN, "%s: was touched while it was read",
			       o->archive.path);
	if (same != IDENTITY_SAME ||
	    identity_of_fd(o->file->fd, &o->archive) == IDENTITY_CHANGED)
		return err_set(err, ESTALE, "%s: changed while it was read", o->archive.path);
	remember(opener, o, now, points);
	return 0;
}

int proof_need(const struct opener *opener, struct opened *o, const struct archive_row *now,
	       struct seekpoints *points, struct err *err)
{
	enum verdict known = ledger_get(opener->ledger, now, o->archive.id, &o->location);

	if (known == VERDICT_REFUTED)
		return refuted(o, err);
	if (o->location.verified && now->ctime_ns == o->archive.ctime_ns)
		return 0;
	if (known != VERDICT_PROVEN)
		return prove(opener, o, now, points, err);
	o->archive.ctime_ns = now->ctime_ns;
	return 0;
}
