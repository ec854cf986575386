/* SPDX-License-Identifier: MIT */
#include "content/gc.h"

#include "content/cachedir.h"
#include "store/images.h"
#include "store/layers.h"
#include "store/locations.h"
#include "util/vec.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>

DEFINE_VEC(id_vec, int64_t)

static int collect(void *arg, int64_t id)
{
	return id_vec_push(arg, id);
}

static int delete_layers(struct db *db, const struct id_vec *ids, struct err *err)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < ids->n; i++)
		r = layers_delete(db, ids->v[i], err);
	return r;
}

static int collect_spooled(void *arg, const struct archive_row *row)
{
	return row->spooled ? id_vec_push(arg, row->id) : 0;
}

static int drop_spooled(struct db *db, struct err *err)
{
	_cleanup_(id_vec_release) struct id_vec ids = {0};
	int r = archives_each(db, collect_spooled, &ids, err);

	for (size_t i = 0; r == 0 && i < ids.n; i++)
		r = archives_delete(db, ids.v[i], err);
	return r;
}

struct counter {
	uint64_t n;
};

static int count_archive(void *arg, const struct archive_row *row)
{
	struct counter *c = arg;

	(void)row;
	c->n++;
	return 0;
}

/* Everything that is rows, in one transaction. */
static int free_rows(struct db *db, const struct gc_opts *opts, struct gc_result *ret,
		     struct err *err)
{
	_cleanup_(id_vec_release) struct id_vec unused = {0}, staged = {0};
	struct counter before = {0}, after = {0};
	int r = archives_each(db, count_archive, &before, err);

	if (r == 0)
		r = layers_each_unused(db, collect, &unused, err);
	if (r == 0)
		r = layers_each_staged(db, NULL, collect, &staged, err);
	if (r == 0)
		r = delete_layers(db, &unused, err);
	if (r == 0)
		r = delete_layers(db, &staged, err);
	if (r == 0 && opts->spool)
		r = drop_spooled(db, err);
	if (r == 0)
		r = archives_delete_unused(db, err);
	if (r == 0)
		r = archives_each(db, count_archive, &after, err);
	ret->layers = unused.n;
	ret->staged = staged.n;
	ret->archives = before.n - after.n;
	if (r == 0 && (unused.n || staged.n || ret->archives))
		r = db_bump_generation(db, err);
	return r;
}

struct spool_walk {
	struct db *db; /* NULL: only count */
	const char *dir;
	uint64_t files, bytes;
};

/* 1 if no archive row names the file. */
static int is_orphan(const struct spool_walk *w, const char *name, struct err *err)
{
	struct archive_row row = {0};
	_cleanup_free_ char *path = NULL;
	int r;

	if (asprintf(&path, "%s/%s", w->dir, name) < 0)
		return err_oom(err);
	r = archives_find(w->db, path, &row, err);
	if (r > 0)
		archive_row_release(&row);
	return r < 0 ? r : r == 0;
}

static int spool_file(struct spool_walk *w, int dirfd, const char *name, struct err *err)
{
	struct stat st;
	int r = 1;

	if (fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW) < 0 || !S_ISREG(st.st_mode))
		return 0;
	if (w->db) {
		r = is_orphan(w, name, err);
		if (r > 0 && unlinkat(dirfd, name, 0) < 0)
			return err_sys(err, errno, "%s/%s", w->dir, name);
	}
	if (r <= 0)
		return r;
	w->files++;
	w->bytes += (uint64_t)st.st_blocks * 512;
	return 0;
}

static int walk_spool(struct spool_walk *w, struct err *err)
{
	DIR *d = opendir(w->dir);
	struct dirent *e;
	int r = 0;

	if (!d)
		return errno == ENOENT ? 0 : err_sys(err, errno, "%s", w->dir);
	while (r == 0 && (e = readdir(d)))
		r = spool_file(w, dirfd(d), e->d_name, err);
	closedir(d);
	return r;
}

int gc_run(struct db *db, const struct gc_opts *opts, struct gc_result *ret, struct err *err)
{
	struct spool_walk spool = {.db = db, .dir = opts->spool_dir};
	int64_t before, after, unused;
	uint64_t files;
	int r;

	memset(ret, 0, sizeof(*ret));
	r = db_size(db, &before, &unused, err);
	if (r == 0)
		r = db_begin(db, err);
	if (r < 0)
		return r;
	r = free_rows(db, opts, ret, err);
	if (r == 0)
		r = db_commit(db, err);
	db_rollback(db);
	if (r == 0)
		r = walk_spool(&spool, err);
	if (r == 0 && opts->cache) {
		r = cachedir_usage(opts->cache_dir, &ret->cache_bytes, &files, err);
		if (r == 0)
			r = cachedir_clear(opts->cache_dir, err);
	}
	if (r == 0)
		r = db_vacuum(db, err);
	if (r == 0)
		r = db_size(db, &after, &unused, err);
	if (r < 0)
		return r;
	ret->spool_files = spool.files;
	ret->spool_bytes = spool.bytes;
	ret->index_bytes = after < before ? (uint64_t)(before - after) : 0;
	return 0;
}

int gc_usage(struct db *db, const struct gc_opts *opts, struct gc_usage *ret, struct err *err)
{
	struct spool_walk spool = {.dir = opts->spool_dir};
	int64_t bytes, unused;
	int r = db_size(db, &bytes, &unused, err);

	if (r == 0)
		r = walk_spool(&spool, err);
	if (r == 0)
		r = cachedir_usage(opts->cache_dir, &ret->cache_bytes, &ret->cache_files, err);
	if (r < 0)
		return r;
	ret->index_bytes = (uint64_t)bytes;
	ret->index_free = (uint64_t)unused;
	ret->spool_bytes = spool.bytes;
	ret->spool_files = spool.files;
	return 0;
}
