/* SPDX-License-Identifier: MIT */
#pragma once
/* Opening archives that stand in memory or in a temporary directory. */
#include "archive/archive.h"

extern const struct limits default_limits;

int open_tar(const struct buf *tar, struct archive **ret, struct err *err);
int open_tar_limited(const struct buf *tar, const struct limits *limits, struct archive **ret,
		     struct err *err);
/* The archive must be refused with a message that holds `words`. */
void assert_refused(const struct buf *tar, const char *words);
/* The archive must be read. */
struct archive *assert_opened(const struct buf *tar);

/* The bytes of a blob's place; free them. */
char *read_blob(const struct blob_place *p);
void assert_blob(const struct blob_place *p, struct bytes content);
void assert_name(const struct archive_image *img, size_t i, const char *reference);

/* A temporary directory, below TMPDIR, and a file in it (its directories are made). */
struct tmpdir {
	char path[64];
	int fd;
};
void tmpdir_make(struct tmpdir *t);
void tmpdir_file(const struct tmpdir *t, const char *name, struct bytes content);
void tmpdir_remove(struct tmpdir *t);
int open_tmpdir(const struct tmpdir *t, struct archive **ret, struct err *err);
