/* SPDX-License-Identifier: MIT */
#include "content/opened.h"

#include "content/identity.h"
#include "io/hash.h"
#include "io/seek_gzip.h"
#include "util/log.h"

#include <fcntl.h>
#include <stdio.h>

struct opened *opened_ref(struct opened *o)
{
	__atomic_add_fetch(&o->refs, 1, __ATOMIC_RELAXED);
	return o;
}

void opened_unref(struct opened *o)
{
	if (!o || __atomic_sub_fetch(&o->refs, 1, __ATOMIC_ACQ_REL) != 0)
		return;
	source_unref(o->tar);
	source_unref(o->stored);
	source_unref(o->file);
	archive_row_release(&o->archive);
	free(o);
}

bool opened_note(const struct opener *opener, const struct opened *o,
		 const struct archive_row *now, enum verdict verdict)
{
	return ledger_set(opener->ledger, now, o->archive.id, &o->location, verdict);
}

int opened_changed(const struct opener *opener, const struct opened *o, struct err *err)
{
	struct archive_row now = {0};

	if (identity_take(o->file->fd, &now) == 0 &&
	    ledger_set(opener->ledger, &now, o->archive.id, NULL, VERDICT_CHANGED))
		log_line("%s: changed since it was indexed; its files answer ESTALE (index it "
			 "again)",
			 o->archive.path);
	return err_set(err, ESTALE, "%s: changed since it was indexed (index it again)",
		       o->archive.path);
}

static int open_archive(const struct opener *opener, struct opened *o, struct err *err)
{
	int fd, r;

	pthread_mutex_lock(opener->db_lock);
	r = archives_get(opener->db, o->location.archive, &o->archive, err);
	pthread_mutex_unlock(opener->db_lock);
	if (r == 0)
		return err_set(err, ENOENT, "the archive is not in the index any more");
	if (r < 0)
		return r;
	fd = open(o->archive.path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return err_sys(err, errno, "%s", o->archive.path);
	r = source_open_fd(fd, &o->file, err);
	if (r == -EINVAL)
		return err_set(err, ESTALE, "%s: is not a file any more (index it again)",
			       o->archive.path);
	if (r == 0 && identity_of_fd(o->file->fd, &o->archive) == IDENTITY_CHANGED)
		r = opened_changed(opener, o, err);
	return r;
}

/*
 * What decoded copies of archives are called: by what they are a decoding of. ctime is part of
 * it, or bytes put in place with mtime restored would be proven by the copy of those before.
 */
static void archive_key(const struct archive_row *a, char out[65])
{
	unsigned char hash[32];
	char text[160];
	int n = snprintf(text, sizeof(text), "archive %llu %llu %llu %lld %lld",
			 (unsigned long long)a->dev, (unsigned long long)a->ino,
			 (unsigned long long)a->size, (long long)a->mtime_ns,
			 (long long)a->ctime_ns);

	sha256_of(text, (size_t)n, hash);
	hex_encode(hash, 32, out);
}

static int decoded_archive(const struct opener *opener, const struct opened *o,
			   struct source **ret, struct err *err)
{
	const struct decoding what = {.stored = o->file, .codec = o->archive.codec};
	struct archive_row now = {0};
	char key[65];
	int r = identity_take(o->file->fd, &now);

	if (r < 0)
		return err_sys(err, -r, "its identity");
	archive_key(&now, key);
	return cachedir_decode(opener->cache, key, &what, ret, err);
}

int opened_stored(const struct opener *opener, struct opened *o, struct err *err)
{
	_cleanup_(source_unrefp) struct source *outer = NULL;
	int r = 0;

	if (o->archive.codec == CODEC_NONE)
		outer = source_ref(o->file);
	else
		r = decoded_archive(opener, o, &outer, err);
	if (r == 0)
		r = source_open_range(outer, o->location.offset, o->location.length, &o->stored,
				      err);
	return r < 0 ? err_prefix(err, r, "%s", o->archive.path) : 0;
}

static struct opened *make_opened(const struct opener *opener, const struct layer_row *layer,
				  const struct location_row *location)
{
	struct opened *o = calloc(1, sizeof(*o));

	if (!o)
		return NULL;
	o->refs = 1;
	o->layer = layer->id;
	o->row = *layer;
	o->location = *location;
	o->serial = __atomic_add_fetch(opener->serials, 1, __ATOMIC_RELAXED);
	return o;
}

int opened_at(const struct opener *opener, const struct layer_row *layer,
	      const struct location_row *location, struct opened **ret, struct err *err)
{
	_cleanup_(opened_unrefp) struct opened *o = make_opened(opener, layer, location);
	int r = o ? open_archive(opener, o, err) : err_oom(err);

	if (r < 0)
		return r;
	*ret = steal_ptr(&o);
	return 0;
}

int opened_again(const struct opener *opener, const struct opened *old, struct opened **ret,
		 struct err *err)
{
	_cleanup_(opened_unrefp) struct opened *o =
	    make_opened(opener, &old->row, &old->location);

	if (!o)
		return err_oom(err);
	o->archive = old->archive;
	o->archive.path = strdup(old->archive.path);
	o->archive.input = strdup(old->archive.input);
	if (!o->archive.path || !o->archive.input)
		return err_oom(err);
	o->file = source_ref(old->file);
	*ret = steal_ptr(&o);
	return 0;
}

/* ---- the uncompressed layer ---- */

/* Named by the DiffID, so it must have it: other archives that hold the layer read it, too. */
static int decoded_copy(const struct opener *opener, struct opened *o, struct err *err)
{
	struct decoding what = {.stored = o->stored, .codec = o->location.codec};
	char key[DIGEST_TEXT_MAX];
	struct digest d;
	int r = digest_parse(bytes_from_str(o->row.diff_id), &d, err);

	if (r < 0)
		return r;
	if (d.alg == DIGEST_SHA256)
		what.sha256 = d.raw;
	return cachedir_decode(opener->cache, digest_hex(&d, key), &what, &o->tar, err);
}

static int load_points(const struct opener *opener, const struct opened *o,
		       struct seekpoints *points, struct err *err)
{
	int r = 0;

	if (points->points.n)
		return 0;
	pthread_mutex_lock(opener->db_lock);
	r = seekpoints_load(opener->db, o->location.id, points, err);
	pthread_mutex_unlock(opener->db_lock);
	return r;
}

/* A stream without points close enough would be decoded again and again. */
static int open_gzip(const struct opener *opener, struct opened *o, struct seekpoints *points,
		     struct err *err)
{
	int r = load_points(opener, o, points, err);

	if (r < 0)
		return r;
	if (seekpoints_widest(points, o->row.tar_bytes) > SEEK_SPAN_MAX)
		return decoded_copy(opener, o, err);
	return source_open_gzip(o->stored, o->row.tar_bytes, points, opener->spans, o->serial,
				&o->tar, err);
}

int opened_tar(const struct opener *opener, struct opened *o, struct seekpoints *points,
	       struct err *err)
{
	int r = 0;

	switch (o->location.codec) {
	case CODEC_NONE:
		o->tar = source_ref(o->stored);
		o->fast = o->archive.codec == CODEC_NONE;
		break;
	case CODEC_GZIP:
		r = open_gzip(opener, o, points, err);
		break;
	default:
		r = decoded_copy(opener, o, err);
	}
	return r < 0 ? err_prefix(err, r, "%s", o->archive.path) : 0;
}

/* ---- identity ---- */

int opened_check(const struct opener *opener, const struct opened *o, struct err *err)
{
	int same = identity_of_fd(o->file->fd, &o->archive);

	if (same == IDENTITY_SAME)
		return 0;
	if (same == IDENTITY_TOUCHED)
		return err_set(err, EAGAIN, "%s: was touched", o->archive.path);
	return opened_changed(opener, o, err);
}

bool opened_is_same(const struct opened *o)
{
	return identity_of_fd(o->file->fd, &o->archive) == IDENTITY_SAME;
}
