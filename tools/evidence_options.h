/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * What the user says of builds: --dockerfile with --build-arg, and --stage, become documents of
 * the index.
 * Read and checked before the inputs are indexed, kept afterwards.
 */
#include "index_session.h"

struct saying {
	const char *value; /* of the option */
	bool dockerfile;   /* else --stage */
	struct buf text;   /* of the Dockerfile */
	struct buf args;   /* of its build: NAME=VALUE, each ended by a NUL */
};
DEFINE_VEC(saying_vec, struct saying)

/* The arguments of --build-arg, in the form above. */
int evidence_arguments(const struct opt_values *o, struct buf *ret) _must_check_;
/* -EINVAL: a Dockerfile that cannot be read, not [BUILD/]NAME=IMAGE, or arguments of nothing.
 */
int evidence_read(const struct opt_values *o, struct saying_vec *ret,
		  struct err *err) _must_check_;
/*
 * images: those that this call indexed; a Dockerfile is about them, and without any about what
 * documents tell. -ENOENT, -EEXIST: there is no such IMAGE or BUILD, or several.
 */
int evidence_keep(struct session *s, const struct saying_vec *said,
		  const struct ingest_image_vec *images, struct err *err) _must_check_;
/* `text` is the Dockerfile of the one of these images that has the name `final`. */
int evidence_dockerfile(struct session *s, struct bytes text, struct bytes args,
			const struct ingest_image_vec *images, const char *final,
			struct err *err) _must_check_;
void evidence_release(struct saying_vec *said);
