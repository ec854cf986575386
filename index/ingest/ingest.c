/* SPDX-License-Identifier: MIT */
#include "ingest/ingest.h"

#include "ingest/known.h"
#include "ingest/parser.h"
#include "ingest/place.h"
#include "ingest/process.h"
#include "ingest/publish.h"
#include "util/escape.h"
#include "util/spill.h"

#include <stdio.h>

/* Another run's refusal, or gc, may take a layer away that we counted on; not thrice. */
#define ATTEMPTS 3

void ingest_result_release(struct ingest_result *r)
{
	ingest_image_vec_release(&r->images);
}

/* In the directory of the index, which is on a disk and ours: /tmp may be memory. Without one
 * large layers only take more memory. */
static int open_spill(const struct db *db)
{
	_cleanup_free_ char *dir = strdup(db_path(db));
	char *slash = dir ? strrchr(dir, '/') : NULL;

	if (!dir)
		return -1;
	if (slash)
		slash[slash == dir] = '\0';
	return spill_file(slash ? dir : ".");
}

static int start_parser(const struct infile *in, int spill_fd, const struct known *known,
			const struct ingest_opts *opts, struct process *ret, struct err *err)
{
	const char *slash = strrchr(in->path, '/');
	struct parser_input parser = {
	    .file = in->file,
	    .dirfd = in->dirfd,
	    .outer_codec = in->codec,
	    .spill_fd = MAX(spill_fd, -1),
	    .base_name = in->dash ? "stdin"
			 : slash  ? slash + 1
				  : in->path,
	    .known = known,
	    .limits = opts->limits,
	    .layer = opts->layer,
	    .verify = opts->verify,
	};
	int keep[] = {in->dirfd, in->file ? in->file->fd : -1, spill_fd};

	return process_start(keep, ARRAY_SIZE(keep), parser_run, &parser, ret, err);
}

/* Everything is told and staged, or nothing of this run stays. */
static int read_input(struct writer *w, const struct known *known, struct err *err)
{
	_cleanup_(process_release) struct process process = PROCESS_INIT;
	_cleanup_close_ int spill_fd = open_spill(w->db);
	int r;

	r = start_parser(w->input, spill_fd, known, w->opts, &process, err);
	if (r == 0)
		r = writer_run(w, process.fd, err);
	if (r < 0)
		return r;
	if (r == 1) {
		r = process_wait(&process, err);
		return r < 0 ? r
			     : err_set(err, EIO, "the parser process stopped without a result");
	}
	r = process_wait(&process, err);
	if (r == 0)
		r = infile_check_unchanged(w->input, err);
	return r < 0 ? r : place_check(w->input, &w->intake, err);
}

static int compare_ids(const void *x, const void *y)
{
	const int64_t *a = x, *b = y;

	return (*a > *b) - (*a < *b);
}

DEFINE_VEC(layer_id_vec, int64_t)

/* Distinct layers of the input that were not read by this run. */
static int count_known(const struct writer *w, struct ingest_result *ret, struct err *err)
{
	_cleanup_(layer_id_vec_release) struct layer_id_vec ids = {0};
	uint32_t distinct = 0;

	for (size_t i = 0; i < w->intake.images.n; i++) {
		const struct intake_layer_vec *layers = &w->intake.images.v[i].layers;

		for (size_t k = 0; k < layers->n; k++)
			if (layers->v[k].row && layer_id_vec_push(&ids, layers->v[k].row) < 0)
				return err_oom(err);
	}
	if (ids.n)
		qsort(ids.v, ids.n, sizeof(*ids.v), compare_ids);
	for (size_t i = 0; i < ids.n; i++)
		distinct += i == 0 || ids.v[i] != ids.v[i - 1];
	ret->layers_new = w->layers_new;
	ret->layers_known = distinct - MIN(distinct, w->layers_new);
	ret->findings = w->findings;
	return 0;
}

static int make_result(const struct writer *w, struct ingest_result *ret, struct err *err)
{
	if (w->intake.notes)
		escape_short(bytes_from_str(w->intake.notes), ret->notes, sizeof(ret->notes));
	return count_known(w, ret, err);
}

static int ingest_once(struct db *db, const char *name, const struct infile *in,
		       const struct ingest_opts *opts, struct ingest_result *ret,
		       struct err *err)
{
	_cleanup_(known_release) struct known known = {0};
	_cleanup_(writer_release) struct writer w = {0};
	int r;

	ingest_result_release(ret);
	*ret = (struct ingest_result){0};
	r = known_load(db, &known, err);
	if (r == 0)
		r = writer_init(&w, db, in, name, opts, err);
	if (r < 0)
		return r;
	r = read_input(&w, &known, err);
	if (r == 0)
		r = publish(&w, ret, err);
	if (r < 0)
		writer_undo(&w);
	return r < 0 ? r : make_result(&w, ret, err);
}

static int ingest_opened(struct db *db, const char *name, const struct infile *in,
			 const struct ingest_opts *opts, struct ingest_result *ret,
			 struct err *err)
{
	int r = -EAGAIN;

	for (int i = 0; i < ATTEMPTS && r == -EAGAIN; i++) {
		if (err)
			*err = ERR_INIT;
		r = ingest_once(db, name, in, opts, ret, err);
	}
	return r;
}

int ingest_input(struct db *db, const char *input, const struct ingest_opts *opts,
		 struct ingest_result *ret, struct err *err)
{
	const struct limits defaults = LIMITS_DEFAULT;
	struct ingest_opts own = *opts;
	struct infile in;
	char name[512];
	int r;

	*ret = (struct ingest_result){0};
	escape_short(bytes_from_str(input), name, sizeof(name));
	if (!own.limits)
		own.limits = &defaults;
	r = infile_open(input, &own, &in, err);
	if (r < 0)
		return err_prefix(err, r, "%s", name);
	r = ingest_opened(db, name, &in, &own, ret, err);
	if (r < 0) {
		infile_drop_spool(&in);
		ingest_result_release(ret);
	}
	infile_release(&in);
	return r < 0 ? err_prefix(err, r, "%s", name) : 0;
}
