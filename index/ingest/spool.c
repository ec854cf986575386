/* SPDX-License-Identifier: MIT */
#include "ingest/spool.h"

#include "ingest/digester.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define SPOOL_CHUNK MIB(1)

/* mkdir -p; the last directory is for us alone, archives may hold secrets. */
static int make_dir(const char *dir, struct err *err)
{
	_cleanup_free_ char *path = strdup(dir);

	if (!path)
		return err_oom(err);
	for (char *p = path + 1; (p = strchr(p, '/')); p++) {
		*p = '\0';
		if (mkdir(path, 0755) < 0 && errno != EEXIST)
			return err_sys(err, errno, "cannot make the directory %s", path);
		*p = '/';
	}
	if (mkdir(path, 0700) < 0 && errno != EEXIST)
		return err_sys(err, errno, "cannot make the directory %s", path);
	return 0;
}

static int write_all(int fd, const char *p, size_t n)
{
	while (n) {
		ssize_t w = write(fd, p, n);

		if (w < 0 && errno == EINTR)
			continue;
		if (w < 0)
			return -errno;
		p += w;
		n -= (size_t)w;
	}
	return 0;
}

static int copy(int in_fd, int out_fd, const char *dir, struct digest *ret, struct err *err)
{
	_cleanup_(digester_freep) struct digester *d = NULL;
	_cleanup_free_ char *chunk = malloc(SPOOL_CHUNK);
	ssize_t n;
	int r;

	if (!chunk)
		return err_oom(err);
	r = digester_new(DIGEST_SHA256, &d, err);
	while (r == 0) {
		n = read(in_fd, chunk, SPOOL_CHUNK);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_sys(err, errno, "cannot read standard input");
		if (n == 0)
			break;
		digester_update(d, chunk, (size_t)n);
		r = write_all(out_fd, chunk, (size_t)n);
		if (r < 0)
			return err_sys(err, -r, "cannot write to the spool directory %s", dir);
	}
	if (r == 0)
		*ret = digester_final(d);
	return r;
}

/* An unnamed file where the file system can, so that a killed run leaves nothing. */
static int open_temporary(const char *dir, char *name, size_t size, struct err *err)
{
	int fd = open(dir, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);

	name[0] = '\0';
	if (fd >= 0)
		return fd;
	snprintf(name, size, "%s/.spool-XXXXXX", dir);
	fd = mkostemp(name, O_CLOEXEC);
	if (fd < 0)
		return err_sys(err, errno, "cannot write to the spool directory %s", dir);
	return fd;
}

/* 1: named; 0: somebody has that name already (its content is the same). */
static int give_name(int fd, const char *temporary, const char *path, struct err *err)
{
	char self[64];
	int r;

	snprintf(self, sizeof(self), "/proc/self/fd/%d", fd);
	if (*temporary)
		r = link(temporary, path);
	else
		r = linkat(AT_FDCWD, self, AT_FDCWD, path, AT_SYMLINK_FOLLOW);
	r = r < 0 ? -errno : 1;
	if (*temporary)
		unlink(temporary);
	if (r == -EEXIST)
		return 0;
	return r < 0 ? err_sys(err, -r, "cannot make the spool file %s", path) : 1;
}

int spool_stream(int in_fd, const char *dir, char **ret_path, int *ret_fd, struct err *err)
{
	_cleanup_close_ int fd = -1;
	_cleanup_free_ char *path = NULL;
	char temporary[4096], hex[DIGEST_TEXT_MAX];
	struct digest digest;
	int r, made;

	if (!dir)
		return err_set(err, EINVAL, "there is no spool directory");
	r = make_dir(dir, err);
	if (r < 0)
		return r;
	fd = open_temporary(dir, temporary, sizeof(temporary), err);
	if (fd < 0)
		return fd;
	r = copy(in_fd, fd, dir, &digest, err);
	if (r < 0) {
		if (*temporary)
			unlink(temporary);
		return r;
	}
	if (asprintf(&path, "%s/%.32s.tar", dir, digest_hex(&digest, hex)) < 0)
		return err_oom(err);
	made = give_name(fd, temporary, path, err);
	if (made < 0)
		return made;
	*ret_fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (*ret_fd < 0)
		return err_sys(err, errno, "cannot open the spool file %s", path);
	*ret_path = steal_ptr(&path);
	return made;
}
