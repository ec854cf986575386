/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * struct infile: what the user named, opened: a regular file, a directory, or standard input
 * (spooled). A file compressed as a whole is decoded once into the cache directory.
 */
#include "ingest/identity.h"
#include "ingest/ingest.h"
#include "io/codec.h"
#include "io/source.h"

struct infile {
	char *path;            /* absolute, of the file or directory */
	bool dash;             /* it was "-" */
	bool made;             /* ... and this run made the spool file */
	int dirfd;             /* directories, else -1 */
	enum codec codec;      /* of the whole file */
	struct source *stored; /* files: the bytes on disk */
	struct source *file;   /* ... decoded; the same if codec is none */
	struct identity identity;
};

#define INFILE_INIT                                                                            \
	(struct infile)                                                                        \
	{                                                                                      \
		.dirfd = -1                                                                    \
	}

int infile_open(const char *name, const struct ingest_opts *opts, struct infile *ret,
		struct err *err) _must_check_;
void infile_release(struct infile *in);
/* 0; -ESTALE with a message if the file was replaced or written while it was read. */
int infile_check_unchanged(const struct infile *in, struct err *err) _must_check_;
/* Deletes the spool file if this run made it. */
void infile_drop_spool(const struct infile *in);

/*
 * The cache key of an archive that is compressed as a whole: 64 hex digits, SHA-256 of
 * "archive <dev> <ino> <size> <mtime ns>". index/content makes the same one, and finds what was
 * decoded here.
 */
void infile_cache_key(const struct identity *id, char out[65]);
