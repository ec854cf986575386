/* SPDX-License-Identifier: MIT */
#include "content/identity.h"

#include <sys/stat.h>

static int64_t ns(struct timespec t)
{
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static enum identity compare(const struct stat *st, const struct archive_row *row)
{
	if (!S_ISREG(st->st_mode) || (uint64_t)st->st_size != row->size ||
	    ns(st->st_mtim) != row->mtime_ns || st->st_ino != row->ino ||
	    st->st_dev != row->dev)
		return IDENTITY_CHANGED;
	return ns(st->st_ctim) == row->ctime_ns ? IDENTITY_SAME : IDENTITY_TOUCHED;
}

int identity_of_fd(int fd, const struct archive_row *row)
{
	struct stat st;

	return fstat(fd, &st) < 0 ? -errno : (int)compare(&st, row);
}

int identity_of_path(const struct archive_row *row)
{
	struct stat st;

	return stat(row->path, &st) < 0 ? -errno : (int)compare(&st, row);
}

int identity_take(int fd, struct archive_row *row)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return -errno;
	row->dev = st.st_dev;
	row->ino = st.st_ino;
	row->size = (uint64_t)st.st_size;
	row->mtime_ns = ns(st.st_mtim);
	row->ctime_ns = ns(st.st_ctim);
	return 0;
}
