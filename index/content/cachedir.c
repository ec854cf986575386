/* SPDX-License-Identifier: MIT */
#include "content/cachedir.h"

#include "io/hash.h"
#include "util/vec.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/stat.h>
#include <time.h>

#define PIECE       ((size_t)1 << 20)
#define TEMPORARY   ".stagefs-"
#define ABANDONED   3600 /* seconds after which a temporary file is nobody's any more */
#define OPEN_COPIES 8

/* A copy that is being made, or one that has no name and is kept open. */
struct copy {
	char key[NAME_MAX + 1]; /* "": free */
	struct source *source;  /* NULL while it is made */
	uint64_t used;
};

struct cachedir {
	char *path; /* NULL: no directory */
	uint64_t max;
	pthread_mutex_t lock; /* of what follows; not held while decoding */
	pthread_cond_t made;
	struct copy copies[OPEN_COPIES];
	uint64_t clock;
};

/* A file in the directory. */
struct cached {
	char name[NAME_MAX + 1];
	uint64_t size, bytes;
	int64_t used, written; /* ns */
};
DEFINE_VEC(cached_vec, struct cached)

int cachedir_new(const char *path, uint64_t max_bytes, struct cachedir **ret, struct err *err)
{
	struct cachedir *c = calloc(1, sizeof(*c));

	if (!c || (path && !(c->path = strdup(path)))) {
		free(c);
		return err_oom(err);
	}
	pthread_mutex_init(&c->lock, NULL);
	pthread_cond_init(&c->made, NULL);
	c->max = max_bytes;
	*ret = c;
	return 0;
}

void cachedir_free(struct cachedir *c)
{
	if (!c)
		return;
	for (size_t i = 0; i < OPEN_COPIES; i++)
		source_unref(c->copies[i].source);
	pthread_cond_destroy(&c->made);
	pthread_mutex_destroy(&c->lock);
	free(c->path);
	free(c);
}

static int make_dirs(const char *path, struct err *err)
{
	_cleanup_free_ char *dir = strdup(path);

	if (!dir)
		return err_oom(err);
	for (char *p = dir + 1;; p++) {
		char c = *p;

		if (c != '/' && c != 0)
			continue;
		*p = 0;
		if (mkdir(dir, 0700) < 0 && errno != EEXIST)
			return err_sys(err, errno, "%s", dir);
		*p = c;
		if (c == 0)
			return 0;
	}
}

/* ---- the directory ---- */

static int64_t ns(struct timespec t)
{
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

/* Every file in it. */
static int list(const char *path, struct cached_vec *ret, struct err *err)
{
	DIR *d = opendir(path);
	struct dirent *e;
	struct stat st;
	int r = 0;

	if (!d)
		return errno == ENOENT ? 0 : err_sys(err, errno, "%s", path);
	while (r == 0 && (e = readdir(d))) {
		struct cached c = {.bytes = 0};

		if (fstatat(dirfd(d), e->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0 ||
		    !S_ISREG(st.st_mode))
			continue;
		snprintf(c.name, sizeof(c.name), "%s", e->d_name);
		c.size = (uint64_t)st.st_size;
		c.bytes = (uint64_t)st.st_blocks * 512;
		c.used = ns(st.st_atim);
		c.written = ns(st.st_mtim);
		r = cached_vec_push(ret, c) < 0 ? err_oom(err) : 0;
	}
	closedir(d);
	return r;
}

static int compare_used(const void *a, const void *b)
{
	int64_t x = ((const struct cached *)a)->used, y = ((const struct cached *)b)->used;

	return (x > y) - (x < y);
}

/* Somebody is writing it, perhaps another process. */
static bool is_being_made(const struct cached *f)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return strncmp(f->name, TEMPORARY, strlen(TEMPORARY)) == 0 &&
	       ns(now) - f->written < (int64_t)ABANDONED * 1000000000;
}

/* Drops the least recently used copies until `room` more bytes fit. Open ones live on. */
static int make_room(const struct cachedir *c, uint64_t room, struct err *err)
{
	_cleanup_(cached_vec_release) struct cached_vec all = {0};
	uint64_t used = 0;
	int r = list(c->path, &all, err);

	if (r < 0)
		return r;
	vec_foreach (x, &all)
		used += is_being_made(x) ? 0 : x->bytes;
	if (all.n)
		qsort(all.v, all.n, sizeof(*all.v), compare_used);
	for (size_t i = 0; i < all.n && used + room > c->max; i++) {
		char file[PATH_MAX];

		if (is_being_made(&all.v[i]))
			continue;
		snprintf(file, sizeof(file), "%s/%s", c->path, all.v[i].name);
		if (unlink(file) == 0)
			used -= MIN(used, all.v[i].bytes);
	}
	return 0;
}

/*
 * Copies are named <key>.<size>.tar. Nothing is synced when they are made: the size tells a
 * whole file from one that a crash of the machine cut short.
 */
static bool is_copy_of(const struct cached *f, const char *key)
{
	size_t n = strlen(key);
	char rest[40];

	snprintf(rest, sizeof(rest), ".%llu.tar", (unsigned long long)f->size);
	return strncmp(f->name, key, n) == 0 && strcmp(f->name + n, rest) == 0;
}

/* 1 and *ret, or 0. */
static int find_named(const struct cachedir *c, const char *key, struct source **ret,
		      struct err *err)
{
	const struct timespec now[2] = {{0, UTIME_NOW}, {0, UTIME_OMIT}};
	_cleanup_(cached_vec_release) struct cached_vec all = {0};
	int r = c->path ? list(c->path, &all, err) : 0;

	if (r < 0)
		return r;
	vec_foreach (f, &all) {
		char name[PATH_MAX];
		int fd;

		if (!is_copy_of(f, key))
			continue;
		snprintf(name, sizeof(name), "%s/%s", c->path, f->name);
		fd = open(name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
		if (fd < 0)
			continue;
		futimens(fd, now);
		r = source_open_fd(fd, ret, err);
		return r < 0 ? r : 1;
	}
	return 0;
}

/* ---- making a copy ---- */

static int write_all(int fd, const char *p, size_t n, struct err *err)
{
	while (n) {
		ssize_t did = write(fd, p, n);

		if (did < 0 && errno == EINTR)
			continue;
		if (did < 0)
			return err_sys(err, errno, "a decoded copy cannot be written");
		p += did;
		n -= (size_t)did;
	}
	return 0;
}

static int check_sum(struct sha256 *h, const unsigned char *want, struct err *err)
{
	unsigned char sum[32];

	sha256_final(h, sum);
	if (!want || memcmp(sum, want, sizeof(sum)) == 0)
		return 0;
	return err_set(err, EBADMSG,
		       "the decoded bytes do not have their SHA-256 (the archive is damaged or "
		       "was altered)");
}

static int decode_to(int fd, const struct decoding *what, uint64_t *ret_bytes, struct err *err)
{
	const struct decoder_opts opts = {.limits = what->limits};
	_cleanup_(decoder_freep) struct decoder *d = NULL;
	_cleanup_(sha256_freep) struct sha256 *h = NULL;
	_cleanup_free_ char *piece = malloc(PIECE);
	int r = piece && sha256_new(&h) == 0 ? 0 : err_oom(err);

	*ret_bytes = 0;
	if (r == 0)
		r = decoder_open(what->stored, what->codec, &opts, &d, err);
	while (r == 0) {
		size_t got;

		r = decoder_read(d, piece, PIECE, &got, err);
		if (r < 0 || got == 0)
			break;
		*ret_bytes += got;
		if (what->sha256)
			sha256_update(h, piece, got);
		r = write_all(fd, piece, got, err);
	}
	return r < 0 ? r : check_sum(h, what->sha256, err);
}

static int temporary(const struct cachedir *c, char path[PATH_MAX], struct err *err)
{
	const char *tmp = getenv("TMPDIR");
	int fd;

	if (!tmp || !*tmp)
		tmp = "/tmp";
	snprintf(path, PATH_MAX, "%s/" TEMPORARY "XXXXXX", c->path ? c->path : tmp);
	fd = mkostemp(path, O_CLOEXEC);
	if (fd < 0)
		return err_sys(err, errno, "%s", path);
	if (!c->path)
		unlink(path);
	return fd;
}

/* Under its name if it fits the cap, else as a file that only we have open. */
static int settle(const struct cachedir *c, const char *tmp, const char *key, uint64_t bytes,
		  bool *ret_named, struct err *err)
{
	char name[PATH_MAX];
	int r;

	if (!c->path)
		return 0;
	if (bytes <= c->max) {
		r = make_room(c, bytes, err);
		if (r < 0)
			return r;
		snprintf(name, sizeof(name), "%s/%s.%llu.tar", c->path, key,
			 (unsigned long long)bytes);
		*ret_named = rename(tmp, name) == 0;
	}
	if (!*ret_named)
		unlink(tmp);
	return 0;
}

static int make_copy(const struct cachedir *c, const char *key, const struct decoding *what,
		     struct source **ret, bool *ret_named, struct err *err)
{
	char tmp[PATH_MAX];
	uint64_t bytes;
	int fd, r = c->path ? make_dirs(c->path, err) : 0;

	if (r < 0)
		return r;
	fd = temporary(c, tmp, err);
	if (fd < 0)
		return fd;
	r = decode_to(fd, what, &bytes, err);
	if (r == 0)
		r = settle(c, tmp, key, bytes, ret_named, err);
	if (r < 0) {
		if (c->path)
			unlink(tmp);
		close(fd);
		return r;
	}
	return source_open_fd(fd, ret, err);
}

/* ---- copies in the making, and copies without a name; the lock is held ---- */

static struct copy *find_copy(struct cachedir *c, const char *key)
{
	for (size_t i = 0; i < OPEN_COPIES; i++)
		if (strcmp(c->copies[i].key, key) == 0)
			return &c->copies[i];
	return NULL;
}

/* A free place, or that of the least recently used; NULL if all are in the making. */
static struct copy *free_copy(struct cachedir *c)
{
	struct copy *oldest = NULL;

	for (size_t i = 0; i < OPEN_COPIES; i++) {
		struct copy *x = &c->copies[i];

		if (!x->key[0])
			return x;
		if (x->source && (!oldest || x->used < oldest->used))
			oldest = x;
	}
	if (oldest) {
		source_unref(oldest->source);
		*oldest = (struct copy){0};
	}
	return oldest;
}

static int make_into(struct cachedir *c, struct copy *x, const char *key,
		     const struct decoding *what, struct source **ret, struct err *err)
{
	bool named = false;
	int r;

	snprintf(x->key, sizeof(x->key), "%s", key);
	pthread_mutex_unlock(&c->lock);
	r = find_named(c, key, ret, err);
	named = r > 0;
	if (r == 0)
		r = make_copy(c, key, what, ret, &named, err);
	pthread_mutex_lock(&c->lock);
	if (r >= 0 && !named)
		x->source = source_ref(*ret);
	else
		*x = (struct copy){0};
	x->used = ++c->clock;
	pthread_cond_broadcast(&c->made);
	return MIN(r, 0);
}

int cachedir_decode(struct cachedir *c, const char *key, const struct decoding *what,
		    struct source **ret, struct err *err)
{
	struct copy *x;
	int r = 0;

	pthread_mutex_lock(&c->lock);
	for (;;) {
		x = find_copy(c, key);
		if (x && x->source) {
			x->used = ++c->clock;
			*ret = source_ref(x->source);
			break;
		}
		if (!x && (x = free_copy(c))) {
			r = make_into(c, x, key, what, ret, err);
			break;
		}
		pthread_cond_wait(&c->made, &c->lock);
	}
	pthread_mutex_unlock(&c->lock);
	return r;
}

/* ---- for gc ---- */

int cachedir_usage(const char *path, uint64_t *ret_bytes, uint64_t *ret_files, struct err *err)
{
	_cleanup_(cached_vec_release) struct cached_vec all = {0};
	int r = list(path, &all, err);

	*ret_bytes = 0;
	*ret_files = all.n;
	vec_foreach (x, &all)
		*ret_bytes += x->bytes;
	return r;
}

int cachedir_clear(const char *path, struct err *err)
{
	const struct cachedir c = {.path = (char *)(uintptr_t)path};

	return make_room(&c, 1, err);
}
