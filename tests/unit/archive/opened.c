/* SPDX-License-Identifier: MIT */
#include "opened.h"

#include "test.h"

#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

const struct limits default_limits = LIMITS_DEFAULT;

int open_tar_limited(const struct buf *tar, const struct limits *limits, struct archive **ret,
		     struct err *err)
{
	_cleanup_(source_unrefp) struct source *s = NULL;
	struct archive_opts opts = {.limits = limits, .base_name = "test.tar"};

	assert_int_equal(buf_status(tar), 0);
	assert_ok(source_open_memory(buf_bytes(tar), &s, err), err);
	return archive_open_file(s, CODEC_NONE, &opts, ret, err);
}

int open_tar(const struct buf *tar, struct archive **ret, struct err *err)
{
	return open_tar_limited(tar, &default_limits, ret, err);
}

void assert_refused(const struct buf *tar, const char *words)
{
	struct archive *a = NULL;
	struct err err = ERR_INIT;

	assert_true(open_tar(tar, &a, &err) < 0);
	assert_null(a);
	if (!strstr(err.msg, words))
		fail_msg("\"%s\" is not in the message: %s", words, err.msg);
}

struct archive *assert_opened(const struct buf *tar)
{
	struct archive *a = NULL;
	struct err err = ERR_INIT;

	assert_ok(open_tar(tar, &a, &err), &err);
	return a;
}

char *read_blob(const struct blob_place *p)
{
	char *text = malloc(p->len + 1);
	struct err err = ERR_INIT;
	size_t n = 0;

	assert_non_null(text);
	assert_int_equal(p->source->size, p->len);
	assert_ok(source_pread(p->source, text, p->len, 0, &n, &err), &err);
	assert_int_equal(n, p->len);
	text[n] = 0;
	return text;
}

void assert_blob(const struct blob_place *p, struct bytes content)
{
	_cleanup_free_ char *text = NULL;

	assert_non_null(p->source);
	assert_int_equal(p->len, content.len);
	text = read_blob(p);
	assert_memory_equal(text, content.ptr, content.len);
}

void assert_name(const struct archive_image *img, size_t i, const char *reference)
{
	assert_true(i < img->names.n);
	assert_int_equal(img->names.v[i].len, strlen(reference));
	assert_string_equal(img->names.v[i].reference, reference);
}

void tmpdir_make(struct tmpdir *t)
{
	const char *base = getenv("TMPDIR");

	snprintf(t->path, sizeof(t->path), "%.40s/stagefs-XXXXXX", base ? base : "/tmp");
	assert_non_null(mkdtemp(t->path));
	t->fd = open(t->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_true(t->fd >= 0);
}

void tmpdir_file(const struct tmpdir *t, const char *name, struct bytes content)
{
	char part[256];
	int fd;

	for (const char *slash = strchr(name, '/'); slash; slash = strchr(slash + 1, '/')) {
		snprintf(part, sizeof(part), "%.*s", (int)(slash - name), name);
		mkdirat(t->fd, part, 0755);
	}
	fd = openat(t->fd, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, content.ptr, content.len), content.len);
	close(fd);
}

static int remove_one(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
	(void)st, (void)flag, (void)ftw;
	return remove(path);
}

void tmpdir_remove(struct tmpdir *t)
{
	close(t->fd);
	assert_int_equal(nftw(t->path, remove_one, 8, FTW_DEPTH | FTW_PHYS), 0);
}

int open_tmpdir(const struct tmpdir *t, struct archive **ret, struct err *err)
{
	struct archive_opts opts = {.limits = &default_limits};

	return archive_open_dir(t->fd, &opts, ret, err);
}
