/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * struct input: what the user named, opened: a regular file, a directory, or standard input
 * (spooled). A file compressed as a whole is decoded once into the cache directory.
 */
#include "ingest/identity.h"
#include "ingest/ingest.h"
#include "io/codec.h"
#include "io/source.h"

struct input {
	char *path;            /* absolute, of the file or directory */
	bool dash;             /* it was "-" */
	bool made;             /* ... and this run made the spool file */
	int dirfd;             /* directories, else -1 */
	enum codec codec;      /* of the whole file */
	struct source *stored; /* files: the bytes on disk */
	struct source *file;   /* ... decoded; the same if codec is none */
	struct identity identity;
};

#define INPUT_INIT                                                                             \
	(struct input)                                                                         \
	{                                                                                      \
		.dirfd = -1                                                                    \
	}

int input_open(const char *name, const struct ingest_opts *opts, struct input *ret,
	       struct err *err) _must_check_;
void input_release(struct input *in);
/* 0; -ESTALE with a message if the file was replaced or written while it was read. */
int input_check_unchanged(const struct input *in, struct err *err) _must_check_;
/* Deletes the spool file if this run made it. */
void input_drop_spool(const struct input *in);

/*
 * The cache key of an archive that is compressed as a whole: 64 hex digits, SHA-256 of
 * "stagefs archive <dev> <ino> <size> <mtime ns>".
 */
void input_cache_key(const struct identity *id, char out[65]);
