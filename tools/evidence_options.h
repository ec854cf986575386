/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * What the user says of builds: --dockerfile and --stage become documents of the index.
 * Read and checked before the inputs are indexed, kept afterwards.
 */
#include "index_session.h"

struct saying {
	const char *value; /* of the option */
	bool dockerfile;   /* else --stage */
	struct buf text;   /* of the Dockerfile */
};
DEFINE_VEC(saying_vec, struct saying)

/* -EINVAL: a Dockerfile that cannot be read, or not [BUILD/]NAME=IMAGE. */
int evidence_read(const struct opt_values *o, struct saying_vec *ret,
		  struct err *err) _must_check_;
/*
 * images: those that this call indexed; a Dockerfile is about them, and without any about what
 * documents tell. -ENOENT, -EEXIST: there is no such IMAGE or BUILD, or several.
 */
int evidence_keep(struct session *s, const struct saying_vec *said,
		  const struct ingest_image_vec *images, struct err *err) _must_check_;
/* `text` is the Dockerfile of the one of these images that has the name `final`. */
int evidence_dockerfile(struct session *s, struct bytes text,
			const struct ingest_image_vec *images, const char *final,
			struct err *err) _must_check_;
void evidence_release(struct saying_vec *said);
