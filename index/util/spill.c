/* SPDX-License-Identifier: MIT */
#include "util/spill.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define FIRST_RECORDS  ((size_t)64)
#define WINDOW_RECORDS ((size_t)64)

void spill_init(struct spill *s, size_t record, int fd)
{
	*s = (struct spill){.fd = fd, .record = record};
}

void spill_release(struct spill *s)
{
	free(s->tail);
	free(s->window);
	*s = (struct spill){.fd = -1};
}

/* ---- the file ---- */

static int write_at(const struct spill *s, size_t i, const char *p, size_t n, struct err *err)
{
	off_t off = (off_t)(i * s->record);

	while (n) {
		ssize_t done = pwrite(s->fd, p, n, off);

		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0)
			return err_sys(err, errno, "cannot write a temporary file");
		p += done;
		n -= (size_t)done;
		off += done;
	}
	return 0;
}

static int read_window(struct spill *s, size_t i, struct err *err)
{
	size_t from = i - i % WINDOW_RECORDS;
	size_t want = MIN(WINDOW_RECORDS, s->filed - from) * s->record, have = 0;

	if (!s->window)
		s->window = malloc(WINDOW_RECORDS * s->record);
	if (!s->window)
		return err_oom(err);
	s->w_n = 0;
	while (have < want) {
		ssize_t n = pread(s->fd, s->window + have, want - have,
				  (off_t)(from * s->record + have));

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return err_sys(err, n < 0 ? errno : EIO,
				       "cannot read a temporary file");
		have += (size_t)n;
	}
	s->w_from = from;
	s->w_n = want / s->record;
	return 0;
}

/* ---- records ---- */

static int grow(struct spill *s, struct err *err)
{
	size_t cap = MAX(s->cap + s->cap / 2, FIRST_RECORDS), bytes;
	char *p;

	if (mul_overflows(cap, s->record, &bytes))
		return err_oom(err);
	p = realloc(s->tail, bytes);
	if (!p)
		return err_oom(err);
	s->tail = p;
	s->cap = cap;
	return 0;
}

static int make_room(struct spill *s, struct err *err)
{
	size_t held = s->n - s->filed;
	int r;

	if (s->fd < 0 || held * s->record < SPILL_MEMORY)
		return held < s->cap ? 0 : grow(s, err);
	r = write_at(s, s->filed, s->tail, held * s->record, err);
	if (r == 0)
		s->filed = s->n;
	s->w_n = 0;
	return r;
}

int spill_push(struct spill *s, const void *record, struct err *err)
{
	int r = make_room(s, err);

	if (r < 0)
		return r;
	memcpy(s->tail + (s->n - s->filed) * s->record, record, s->record);
	s->n++;
	return 0;
}

int spill_get(struct spill *s, size_t i, void *ret, struct err *err)
{
	int r = 0;

	if (i >= s->filed) {
		memcpy(ret, s->tail + (i - s->filed) * s->record, s->record);
		return 0;
	}
	if (i < s->w_from || i - s->w_from >= s->w_n)
		r = read_window(s, i, err);
	if (r == 0)
		memcpy(ret, s->window + (i - s->w_from) * s->record, s->record);
	return r;
}

int spill_set(struct spill *s, size_t i, const void *record, struct err *err)
{
	if (i >= s->filed) {
		memcpy(s->tail + (i - s->filed) * s->record, record, s->record);
		return 0;
	}
	s->w_n = 0;
	return write_at(s, i, record, s->record, err);
}

/* ---- a file for it ---- */

int spill_file(const char *dir)
{
	char path[4096];
	int fd = open(dir, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);

	/* Not every file system has files without names. */
	if (fd >= 0 || (errno != EOPNOTSUPP && errno != EISDIR))
		return fd < 0 ? -errno : fd;
	if (snprintf(path, sizeof(path), "%s/.spill-XXXXXX", dir) >= (int)sizeof(path))
		return -ENAMETOOLONG;
	fd = mkostemp(path, O_CLOEXEC);
	if (fd < 0)
		return -errno;
	unlink(path);
	return fd;
}
