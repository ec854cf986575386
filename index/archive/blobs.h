/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * struct archive_blobs: the bytes of one input, by path and by digest, whether the input is a
 * tar (its members) or a directory.
 *
 * In a directory every component is opened with O_NOFOLLOW below the directory's descriptor:
 * what is a symbolic link there is an error, wherever it leads.
 *
 * JSON documents are read whole, within limit json-bytes, and are what their digest says when
 * they were asked for by digest. Layers are only found and measured: ingest hashes them.
 */
#include "archive/archive.h"
#include "archive/member.h"

struct blob_file {
	char *path;
	struct source *source;
};
DEFINE_VEC(blob_file_vec, struct blob_file)

struct archive_blobs {
	struct source *file;         /* the outer tar; NULL for directories */
	struct members members;      /* of it */
	int dirfd;                   /* the directory; -1 for tars */
	bool flat;                   /* `dir:` layout: blobs are <hex>, not blobs/<alg>/<hex> */
	struct blob_file_vec opened; /* files of the directory, each opened once */
};

int blobs_open_tar(struct source *file, const struct limits *limits, struct archive_blobs **ret,
		   struct err *err) _must_check_;
/* Keeps its own descriptor. */
int blobs_open_dir(int dirfd, struct archive_blobs **ret, struct err *err) _must_check_;
void blobs_free(struct archive_blobs *b);
DEFINE_CLEANUP(struct archive_blobs *, blobs_free)

/* Is there anything of this name (normalised, links not followed)? */
bool blobs_have(const struct archive_blobs *b, const char *name);

/* 1 and a place to be released; 0 if there is nothing of that name; -errno. */
int blobs_find(struct archive_blobs *b, struct bytes path, struct blob_place *ret,
	       struct err *err) _must_check_;
int blobs_find_digest(struct archive_blobs *b, const struct digest *d, struct blob_place *ret,
		      struct err *err) _must_check_;
void blob_place_release(struct blob_place *p);

/* A document, allocated and NUL-terminated. */
struct document {
	char *text;
	size_t len;
};
void document_release(struct document *d);

/* By path. 1, 0 if absent, -errno; messages start with the path. */
int blobs_read(struct archive_blobs *b, struct bytes path, const struct limits *limits,
	       struct document *ret, struct err *err) _must_check_;
/* By digest, verified. size: as declared, -1 for unknown. 1, 0 if absent, -errno. */
int blobs_read_digest(struct archive_blobs *b, const struct digest *d, int64_t size,
		      const struct limits *limits, struct document *ret,
		      struct err *err) _must_check_;
/* -EBADMSG if the text does not hash to d. */
int document_verify(const struct document *doc, const struct digest *d,
		    struct err *err) _must_check_;
