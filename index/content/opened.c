/* SPDX-License-Identifier: MIT */
#include "content/opened.h"

#include "content/identity.h"
#include "io/hash.h"
#include "io/seek_gzip.h"
#include "util/log.h"
#include "util/vec.h"

#include <fcntl.h>
#include <stdio.h>

#define PIECE ((size_t)1 << 20)

DEFINE_VEC(location_vec, struct location_row)

void opened_unref(struct opened *o)
{
	if (!o || __atomic_sub_fetch(&o->refs, 1, __ATOMIC_ACQ_REL) != 0)
		return;
	source_unref(o->tar);
	source_unref(o->file);
	archive_row_release(&o->archive);
	pthread_mutex_destroy(&o->lock);
	free(o);
}

static int changed(const struct archive_row *a, struct err *err)
{
	return err_set(err, ESTALE, "%s: changed since it was indexed (index it again)",
		       a->path);
}

static int open_archive(struct opened *o, struct err *err)
{
	int fd = open(o->archive.path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

	if (fd < 0)
		return err_sys(err, errno, "%s", o->archive.path);
	return source_open_fd(fd, &o->file, err);
}

/* What decoded copies are called: by what they are a decoding of. */
static void archive_key(const struct archive_row *a, char out[65])
{
	unsigned char hash[32];
	char text[160];
	int n = snprintf(text, sizeof(text), "archive %llu %llu %llu %lld",
			 (unsigned long long)a->dev, (unsigned long long)a->ino,
			 (unsigned long long)a->size, (long long)a->mtime_ns);

	sha256_of(text, (size_t)n, hash);
	hex_encode(hash, 32, out);
}

static int open_stored(const struct opener *opener, struct opened *o, struct source **ret,
		       struct err *err)
{
	_cleanup_(source_unrefp) struct source *outer = NULL;
	char key[65];
	int r;

	if (o->archive.codec == CODEC_NONE) {
		outer = source_ref(o->file);
	} else {
		archive_key(&o->archive, key);
		r = cachedir_decode(opener->cache, key, o->file, o->archive.codec, NULL, &outer,
				    err);
		if (r < 0)
			return err_prefix(err, r, "%s", o->archive.path);
	}
	r = source_open_range(outer, o->location.offset, o->location.length, ret, err);
	return r < 0 ? err_prefix(err, r, "%s", o->archive.path) : 0;
}

static int open_gzip(const struct opener *opener, struct opened *o, struct source *stored,
		     uint64_t tar_bytes, struct err *err)
{
	struct seekpoints points = {0};
	int r = seekpoints_load(opener->db, o->location.id, &points, err);

	if (r == 0)
		r = source_open_gzip(stored, tar_bytes, &points, opener->spans,
				     (uint64_t)o->location.id, &o->tar, err);
	seekpoints_release(&points);
	return r;
}

static int open_tar(const struct opener *opener, struct opened *o,
		    const struct layer_row *layer, struct err *err)
{
	_cleanup_(source_unrefp) struct source *stored = NULL;
	const char *colon = strchr(layer->diff_id, ':');
	int r = open_stored(opener, o, &stored, err);

	if (r < 0)
		return r;
	switch (o->location.codec) {
	case CODEC_NONE:
		o->tar = steal_ptr(&stored);
		o->fast = o->archive.codec == CODEC_NONE;
		return 0;
	case CODEC_GZIP:
		return open_gzip(opener, o, stored, layer->tar_bytes, err);
	default:
		return cachedir_decode(opener->cache, colon ? colon + 1 : layer->diff_id,
				       stored, o->location.codec, NULL, &o->tar, err);
	}
}

int opened_at(const struct opener *opener, const struct layer_row *layer,
	      const struct location_row *location, struct opened **ret, struct err *err)
{
	_cleanup_(opened_unrefp) struct opened *o = calloc(1, sizeof(*o));
	int r;

	if (!o)
		return err_oom(err);
	o->refs = 1;
	pthread_mutex_init(&o->lock, NULL);
	o->layer = layer->id;
	memcpy(o->diff_id, layer->diff_id, sizeof(o->diff_id));
	o->location = *location;
	r = archives_get(opener->db, location->archive, &o->archive, err);
	if (r == 0)
		r = err_set(err, ENOENT, "the archive is not in the index any more");
	if (r > 0)
		r = open_archive(o, err);
	if (r == 0 && identity_of_fd(o->file->fd, &o->archive) == IDENTITY_CHANGED)
		r = changed(&o->archive, err);
	if (r == 0)
		r = open_tar(opener, o, layer, err);
	if (r < 0)
		return r;
	*ret = steal_ptr(&o);
	return 0;
}

/* The stored bytes from their beginning, decoded without points or cache: the whole truth. */
static int hash_stored(struct opened *o, unsigned char out[32], struct err *err)
{
	_cleanup_(source_unrefp) struct source *stored = NULL;
	_cleanup_(decoder_freep) struct decoder *d = NULL;
	_cleanup_(sha256_freep) struct sha256 *h = NULL;
	_cleanup_free_ char *piece = malloc(PIECE);
	bool direct = o->archive.codec == CODEC_NONE;
	size_t got = 0;
	int r = piece && sha256_new(&h) == 0 ? 0 : err_oom(err);

	if (r == 0)
		r = direct ? source_open_range(o->file, o->location.offset, o->location.length,
					       &stored, err)
			   : source_open_range(o->tar, 0, o->tar->size, &stored, err);
	if (r == 0)
		r = decoder_open(stored, direct ? o->location.codec : CODEC_NONE, NULL, &d,
				 err);
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

int opened_hash(struct opened *o, const char *diff_id, struct err *err)
{
	char text[DIGEST_TEXT_MAX];
	unsigned char raw[32];
	struct digest d;
	int r = hash_stored(o, raw, err);

	if (r < 0)
		return err_prefix(err, r, "%s", o->archive.path);
	d = digest_sha256(raw);
	if (strcmp(digest_format(&d, text), diff_id) == 0)
		return 0;
	return err_set(err, EBADMSG,
		       "%s: a layer hashes to %s, not to its DiffID %s (the archive "
		       "is damaged or was altered)",
		       o->archive.path, text, diff_id);
}

/* Hashes what nobody has hashed, or what was touched; remembers it, if the index can be
 * written. */
static int make_sure(const struct opener *opener, struct opened *o, const char *diff_id,
		     struct err *err)
{
	int same = identity_of_fd(o->file->fd, &o->archive);
	int r;

	if (same < 0)
		return err_sys(err, -same, "%s", o->archive.path);
	if (same == IDENTITY_CHANGED)
		return changed(&o->archive, err);
	if (same == IDENTITY_SAME && o->location.verified)
		return 0;
	r = opened_hash(o, diff_id, err);
	if (r < 0)
		return r;
	r = identity_take(o->file->fd, &o->archive);
	if (r == 0 && same == IDENTITY_TOUCHED)
		r = archives_set_identity(opener->db, &o->archive, NULL);
	if (r == 0 && !o->location.verified)
		r = locations_set_verified(opener->db, o->location.id, true, NULL);
	(void)r; /* a read-only index is hashed again next time */
	o->location.verified = true;
	return 0;
}

static int collect(void *arg, const struct location_row *row)
{
	return location_vec_push(arg, *row);
}

static int cost(const struct location_row *l)
{
	return (l->verified ? 0 : 4) + (l->codec == CODEC_NONE   ? 0
					: l->codec == CODEC_GZIP ? 1
								 : 2);
}

static int compare_cost(const void *a, const void *b)
{
	return cost(a) - cost(b);
}

/* Verified before unverified, plain before compressed; otherwise as the index gives them. */
static int best_first(const struct opener *o, int64_t layer, struct location_vec *ret,
		      struct err *err)
{
	int r = locations_each(o->db, layer, collect, ret, err);

	if (r == 0 && ret->n > 1)
		qsort(ret->v, ret->n, sizeof(*ret->v), compare_cost);
	return r;
}

int opened_new(const struct opener *opener, int64_t layer, struct opened **ret, struct err *err)
{
	_cleanup_(location_vec_release) struct location_vec all = {0};
	struct layer_row row;
	int r = layers_get(opener->db, layer, &row, err);

	if (r == 0)
		return err_set(err, ESTALE, "the layer is not in the index any more");
	if (r > 0)
		r = best_first(opener, layer, &all, err);
	if (r < 0)
		return r;
	r = err_set(err, ENOENT, "no archive that holds this layer is left (index one again)");
	for (size_t i = 0; i < all.n; i++) {
		_cleanup_(opened_unrefp) struct opened *o = NULL;

		r = opened_at(opener, &row, &all.v[i], &o, err);
		if (r == 0)
			r = make_sure(opener, o, row.diff_id, err);
		if (r == 0) {
			*ret = steal_ptr(&o);
			return 0;
		}
	}
	return r;
}

static int tell_changed(struct opened *o, struct err *err)
{
	if (!o->changed)
		log_line(
		    "%s: changed under the mount; its files answer ESTALE (index it again)",
		    o->archive.path);
	o->changed = true;
	return changed(&o->archive, err);
}

/* The lock is held: one thread hashes, the others wait for its answer. */
static int check_locked(struct opened *o, struct err *err)
{
	struct err why = ERR_INIT;
	int same = o->changed ? IDENTITY_CHANGED : identity_of_fd(o->file->fd, &o->archive);

	if (same == IDENTITY_SAME)
		return 0;
	if (same == IDENTITY_TOUCHED && opened_hash(o, o->diff_id, &why) == 0 &&
	    identity_of_fd(o->file->fd, &o->archive) == IDENTITY_TOUCHED &&
	    identity_take(o->file->fd, &o->archive) == 0)
		return 0;
	return tell_changed(o, err);
}

int opened_check(struct opened *o, struct err *err)
{
	int r;

	pthread_mutex_lock(&o->lock);
	r = check_locked(o, err);
	pthread_mutex_unlock(&o->lock);
	return r;
}

bool opened_is_same(struct opened *o)
{
	bool same = false;

	if (pthread_mutex_trylock(&o->lock) != 0)
		return false;
	same = !o->changed && identity_of_fd(o->file->fd, &o->archive) == IDENTITY_SAME;
	pthread_mutex_unlock(&o->lock);
	return same;
}
