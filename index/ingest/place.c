/* SPDX-License-Identifier: MIT */
#include "ingest/place.h"

#include "util/escape.h"

#include <fcntl.h>
#include <stdio.h>

/* ---- archive ---- */

static int make_row(const struct infile *in, const struct intake_layer *l,
		    struct archive_row *ret, struct err *err)
{
	const struct identity *id = l->path ? &l->identity : &in->identity;

	*ret = (struct archive_row){
	    .codec = in->codec,
	    .spooled = in->dash,
	    .dev = id->dev,
	    .ino = id->ino,
	    .size = id->size,
	    .mtime_ns = id->mtime_ns,
	    .ctime_ns = id->ctime_ns,
	    .input = strdup(in->dash ? "-" : in->path),
	};
	if (asprintf(&ret->path, "%s%s%s", in->path, l->path ? "/" : "",
		     l->path ? l->path : "") < 0)
		ret->path = NULL;
	return ret->path && ret->input ? 0 : err_oom(err);
}

static bool same_bytes(const struct archive_row *a, const struct archive_row *b)
{
	return a->dev == b->dev && a->ino == b->ino && a->size == b->size &&
	       a->mtime_ns == b->mtime_ns && a->codec == b->codec;
}

/* 1: *ret_id is the archive's row; 0: there is another one and it may not be replaced. */
static int record_archive(struct db *db, const struct archive_row *row, bool replace,
			  int64_t *ret_id, bool *ret_changed, bool *ret_made, struct err *err)
{
	_cleanup_(archive_row_release) struct archive_row old = {0};
	int r;

	r = archives_find(db, row->path, &old, err);
	if (r < 0)
		return r;
	if (r == 1 && same_bytes(&old, row)) {
		*ret_id = old.id;
		return 1;
	}
	if (r == 1 && !replace)
		return 0;
	*ret_made = *ret_made || r == 0;
	*ret_changed = true;
	r = archives_put(db, row, ret_id, NULL, err);
	return r < 0 ? r : 1;
}

/* ---- location ---- */

struct looking {
	int64_t archive;
	const struct intake_layer *layer;
	struct location_row found;
};

static int look(void *arg, const struct location_row *row)
{
	struct looking *k = arg;

	if (row->archive != k->archive || row->offset != k->layer->offset)
		return 0;
	k->found = *row;
	return 1;
}

static int add_points(struct db *db, int64_t location, const struct intake_layer *l,
		      struct err *err)
{
	_cleanup_(seekpoints_release) struct seekpoints there = {0};
	int r;

	if (!l->points.points.n)
		return 0;
	r = seekpoints_load(db, location, &there, err);
	if (r < 0 || there.points.n)
		return r;
	for (size_t i = 0; i < l->points.points.n && r == 0; i++)
		r = seekpoints_insert(db, location, &l->points.points.v[i], err);
	return r;
}

static bool location_fits(const struct location_row *row, const struct intake_layer *l)
{
	return row->length == l->len && row->codec == l->codec &&
	       (row->verified || !l->verified);
}

static int record_location(struct db *db, int64_t layer, int64_t archive,
			   const struct intake_layer *l, bool *ret_changed, struct err *err)
{
	struct looking k = {.archive = archive, .layer = l};
	struct location_row row = {
	    .layer = layer,
	    .archive = archive,
	    .offset = l->offset,
	    .length = l->len,
	    .codec = l->codec,
	    .verified = l->verified,
	};
	int64_t id;
	int r;

	r = locations_each(db, layer, look, &k, err);
	if (r < 0)
		return r;
	if (r == 1 && location_fits(&k.found, l))
		return 0;
	digest_format(l->verified ? &l->blob_seen : &l->blob_digest, row.blob_digest);
	*ret_changed = true;
	r = locations_put(db, &row, &id, err);
	return r < 0 ? r : add_points(db, id, l, err);
}

int place_record(struct db *db, const struct infile *in, struct intake_layer *l, int64_t id,
		 bool replace, bool *ret_changed, bool *ret_made, struct err *err)
{
	_cleanup_(archive_row_release) struct archive_row row = {0};
	int64_t archive = 0;
	int r;

	r = make_row(in, l, &row, err);
	if (r == 0)
		r = record_archive(db, &row, replace, &archive, ret_changed, ret_made, err);
	if (r <= 0)
		return r;
	return record_location(db, id, archive, l, ret_changed, err);
}

/* ---- directories ---- */

static int check_file(const struct infile *in, const struct intake_layer *l, struct err *err)
{
	struct identity now;
	struct stat st;
	char name[256];

	escape_short(bytes_from_str(l->path), name, sizeof(name));
	if (fstatat(in->dirfd, l->path, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return err_sys(err, errno, "%s: cannot stat", name);
	now = identity_of(&st);
	if (!S_ISREG(st.st_mode) || !identity_equal(&now, &l->identity))
		return err_set(err, ESTALE, "%s: changed while it was read (try again)", name);
	return 0;
}

int place_check(const struct infile *in, const struct intake *intake, struct err *err)
{
	int r = 0;

	for (size_t i = 0; i < intake->images.n; i++) {
		const struct intake_layer_vec *layers = &intake->images.v[i].layers;

		for (size_t k = 0; k < layers->n && r == 0; k++)
			if (layers->v[k].path)
				r = check_file(in, &layers->v[k], err);
	}
	return r;
}
