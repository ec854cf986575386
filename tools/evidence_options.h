/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * What the user says of builds: --dockerfile and --stage become documents of the index.
 */
#include "index_session.h"

/* images: those that this call indexed; a Dockerfile is about them. */
/* `text` is the Dockerfile of the one of these images that has the name `final`. */
int evidence_dockerfile(struct session *s, struct bytes text,
			const struct ingest_image_vec *images, const char *final,
			struct err *err) _must_check_;
int evidence_options(struct session *s, const struct opt_values *o,
		     const struct ingest_image_vec *images, struct err *err) _must_check_;
