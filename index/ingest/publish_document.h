/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * The part of publishing that is about evidence: documents, and which layers a cache brought.
 */
#include "ingest/writer.h"

/* Inside the publishing transaction; the layers of `doc` have their rows. */
int publish_document(struct writer *w, const struct intake_image *doc, bool *ret_changed,
		     struct err *err) _must_check_;
