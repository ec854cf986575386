/* SPDX-License-Identifier: MIT */
#include "content/cachedir.h"

#include "util/escape.h"
#include "util/vec.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>

#define PIECE ((size_t)1 << 20)

struct cachedir {
	char *path; /* NULL: no directory */
	uint64_t max;
};

struct cached {
	char name[NAME_MAX + 1];
	uint64_t bytes;
	int64_t used; /* atime, ns */
};
DEFINE_VEC(cached_vec, struct cached)

int cachedir_new(const char *path, uint64_t max_bytes, struct cachedir **ret, struct err *err)
{
	struct cachedir *c = calloc(1, sizeof(*c));

	if (!c || (path && !(c->path = strdup(path)))) {
		free(c);
		return err_oom(err);
	}
	c->max = max_bytes;
	*ret = c;
	return 0;
}

void cachedir_free(struct cachedir *c)
{
	if (!c)
		return;
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

/* Every copy in the directory. */
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
		c.bytes = (uint64_t)st.st_blocks * 512;
		c.used = (int64_t)st.st_atim.tv_sec * 1000000000 + st.st_atim.tv_nsec;
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

/* Drops the least recently used copies until `room` more bytes fit. Open ones live on. */
static int make_room(struct cachedir *c, uint64_t room, struct err *err)
{
	_cleanup_(cached_vec_release) struct cached_vec all = {0};
	uint64_t used = 0;
	int r = list(c->path, &all, err);

	if (r < 0)
		return r;
	vec_foreach (x, &all)
		used += x->bytes;
	if (all.n)
		qsort(all.v, all.n, sizeof(*all.v), compare_used);
	for (size_t i = 0; i < all.n && used + room > c->max; i++) {
		char file[PATH_MAX];

		snprintf(file, sizeof(file), "%s/%s", c->path, all.v[i].name);
		if (unlink(file) == 0)
			used -= MIN(used, all.v[i].bytes);
	}
	return 0;
}

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

static int decode_to(int fd, struct source *stored, enum codec codec,
		     const struct limits *limits, uint64_t *ret_bytes, struct err *err)
{
	_cleanup_(decoder_freep) struct decoder *d = NULL;
	_cleanup_free_ char *piece = malloc(PIECE);
	struct decoder_opts opts = {.limits = limits};
	int r = piece ? decoder_open(stored, codec, &opts, &d, err) : err_oom(err);

	*ret_bytes = 0;
	while (r == 0) {
		size_t got;

		r = decoder_read(d, piece, PIECE, &got, err);
		if (r < 0 || got == 0)
			break;
		*ret_bytes += got;
		r = write_all(fd, piece, got, err);
	}
	return r;
}

static int temporary(const struct cachedir *c, char path[PATH_MAX], struct err *err)
{
	const char *tmp = getenv("TMPDIR");
	int fd;

	snprintf(path, PATH_MAX, "%s/.stagefs-XXXXXX",
		 c->path       ? c->path
		 : tmp && *tmp ? tmp
			       : "/tmp");
	fd = mkostemp(path, O_CLOEXEC);
	return fd < 0 ? err_sys(err, errno, "%s", path) : fd;
}

/* Under its name if it fits the cap, else as a file that only we have open. */
static int settle(struct cachedir *c, const char *tmp, const char *name, uint64_t bytes,
		  struct err *err)
{
	int r;

	if (c->path && bytes <= c->max) {
		r = make_room(c, bytes, err);
		if (r < 0)
			return r;
		if (rename(tmp, name) == 0)
			return 0;
	}
	unlink(tmp);
	return 0;
}

static int decode_new(struct cachedir *c, const char *name, struct source *stored,
		      enum codec codec, const struct limits *limits, struct source **ret,
		      struct err *err)
{
	char tmp[PATH_MAX];
	uint64_t bytes;
	int fd, r = c->path ? make_dirs(c->path, err) : 0;

	if (r < 0)
		return r;
	fd = temporary(c, tmp, err);
	if (fd < 0)
		return fd;
	r = decode_to(fd, stored, codec, limits, &bytes, err);
	if (r == 0)
		r = settle(c, tmp, name, bytes, err);
	if (r < 0) {
		unlink(tmp);
		close(fd);
		return r;
	}
	return source_open_fd(fd, ret, err);
}

int cachedir_decode(struct cachedir *c, const char *key, struct source *stored,
		    enum codec codec, const struct limits *limits, struct source **ret,
		    struct err *err)
{
	const struct timespec now[2] = {{0, UTIME_NOW}, {0, UTIME_OMIT}};
	char name[PATH_MAX] = "";
	int fd = -1;

	if (c->path) {
		snprintf(name, sizeof(name), "%s/%s.tar", c->path, key);
		fd = open(name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	}
	if (fd >= 0) {
		futimens(fd, now);
		return source_open_fd(fd, ret, err);
	}
	return decode_new(c, name, stored, codec, limits, ret, err);
}

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
	struct cachedir c = {(char *)(uintptr_t)path, 0};

	return make_room(&c, 1, err);
}
