/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * Evidence about builds that comes with images, or instead of them: provenances and BuildKit
 * caches. Taken as documents, unparsed beyond what it takes to find them; the layers of a cache
 * are layers like any other.
 *
 * Source: reference formats-and-stages.md sections 3, 4 and 6; in-toto attestations in OCI
 * indexes as BuildKit writes them (docs/attestations/attestation-storage.md).
 * What is beside them and no provenance (SBOMs) is counted and left alone; what cannot be
 * understood is set aside with a note (reader->unreadable), so that the images beside it are
 * read. A blob whose bytes are not those of its digest refuses the archive.
 * Each document is read once, however often it is listed.
 */
#include "archive/descriptor.h"
#include "archive/reader.h"

/* An attestation manifest that stands beside its image in an index. */
int evidence_read_attestation(struct reader *r, const struct descriptor *d,
			      struct err *err) _must_check_;
/* The in-toto layers of a manifest that is no image; what: to be counted if there are none. */
int evidence_read_statements(struct reader *r, enum note what, const struct descriptor *self,
			     const struct descriptor *layers, size_t n,
			     struct err *err) _must_check_;
/* A cache: its config, and the descriptors of its layers. self: NULL for the top index. */
int evidence_read_cache(struct reader *r, const struct descriptor *self,
			const struct descriptor *config, const struct descriptor *layers,
			size_t n, struct err *err) _must_check_;
/* The same, listed in an index. */
int evidence_read_cache_index(struct reader *r, const json_t *index,
			      const struct descriptor *self, struct err *err) _must_check_;

/* Does the file begin as JSON does? */
bool evidence_is_json(struct source *file);
/* A file that is one document: statement, predicate, metadata file, DSSE envelope. */
int evidence_read_json(struct reader *r, struct source *file, const char *name,
		       struct err *err) _must_check_;
