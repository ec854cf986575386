/* SPDX-License-Identifier: MIT */
#include "io/source.h"

#include "util/escape.h"

#include <fcntl.h>
#include <sys/stat.h>

struct source *source_ref(struct source *s)
{
	__atomic_add_fetch(&s->refs, 1, __ATOMIC_RELAXED);
	return s;
}

void source_unref(struct source *s)
{
	if (s && __atomic_sub_fetch(&s->refs, 1, __ATOMIC_ACQ_REL) == 0)
		s->ops->free(s);
}

int source_pread(struct source *s, void *buf, size_t n, uint64_t off, size_t *ret_n,
		 struct err *err)
{
	int r;

	*ret_n = 0;
	if (off >= s->size || n == 0)
		return 0;
	n = (size_t)MIN((uint64_t)n, s->size - off);
	r = s->ops->pread(s, buf, n, off, err);
	if (r == 0)
		*ret_n = n;
	return r;
}

/* ---- a file ---- */

static int file_pread(struct source *s, void *buf, size_t n, uint64_t off, struct err *err)
{
	char *p = buf;

	while (n) {
		ssize_t got = pread(s->fd, p, n, (off_t)off);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return err_sys(err, errno, "read at offset %llu", (unsigned long long)off);
		if (got == 0)
			return err_set(err, ESTALE, "the file was cut short while it was read");
		p += got;
		off += (uint64_t)got;
		n -= (size_t)got;
	}
	return 0;
}

static void file_free(struct source *s)
{
	close(s->fd);
	free(s);
}

static const struct source_ops file_ops = {file_pread, file_free};

int source_open_fd(int fd, struct source **ret, struct err *err)
{
	struct source *s;
	struct stat st;

	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode)) {
		close(fd);
		return err_set(err, EINVAL, "not a regular file");
	}
	s = calloc(1, sizeof(*s));
	if (!s) {
		close(fd);
		return err_oom(err);
	}
	*s = (struct source){&file_ops, (uint64_t)st.st_size, 1, fd};
	*ret = s;
	return 0;
}

int source_open_path(int dirfd, const char *path, struct source **ret, struct err *err)
{
	char shown[300];
	int fd = openat(dirfd, path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);

	if (fd < 0)
		return err_sys(err, errno, "%s",
			       escape_short(bytes_from_str(path), shown, sizeof(shown)));
	return source_open_fd(fd, ret, err);
}

/* ---- memory ---- */

struct memory_source {
	struct source s;
	char data[];
};

static int memory_pread(struct source *s, void *buf, size_t n, uint64_t off, struct err *err)
{
	(void)err;
	memcpy(buf, ((struct memory_source *)s)->data + off, n);
	return 0;
}

static void memory_free(struct source *s)
{
	free(s);
}

static const struct source_ops memory_ops = {memory_pread, memory_free};

int source_open_memory(struct bytes b, struct source **ret, struct err *err)
{
	struct memory_source *m = malloc(sizeof(*m) + b.len);

	if (!m)
		return err_oom(err);
	m->s = (struct source){&memory_ops, b.len, 1, -1};
	if (b.len)
		memcpy(m->data, b.ptr, b.len);
	*ret = &m->s;
	return 0;
}

/* ---- a range of another source ---- */

struct range_source {
	struct source s;
	struct source *parent;
	uint64_t off;
};

static int range_pread(struct source *s, void *buf, size_t n, uint64_t off, struct err *err)
{
	struct range_source *r = (struct range_source *)s;

	return r->parent->ops->pread(r->parent, buf, n, r->off + off, err);
}

static void range_free(struct source *s)
{
	source_unref(((struct range_source *)s)->parent);
	free(s);
}

static const struct source_ops range_ops = {range_pread, range_free};

int source_open_range(struct source *parent, uint64_t off, uint64_t len, struct source **ret,
		      struct err *err)
{
	struct range_source *r;
	uint64_t end;

	if (add_overflows(off, len, &end) || end > parent->size)
		return err_set(err, ERANGE, "bytes %llu+%llu are behind the end of the file",
			       (unsigned long long)off, (unsigned long long)len);
	r = malloc(sizeof(*r));
	if (!r)
		return err_oom(err);
	*r = (struct range_source){{&range_ops, len, 1, parent->fd}, source_ref(parent), off};
	*ret = &r->s;
	return 0;
}
