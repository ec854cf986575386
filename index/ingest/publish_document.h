/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * The part of publishing that is about evidence: documents, and which layers a cache brought.
 */
#include "ingest/writer.h"

/*
 * Inside the publishing transaction, after the images; the layers of the documents have their
 * rows. Documents that cannot be understood are left out with a note, unless nothing else is in
 * the input: then the first is the error.
 */
int publish_documents(struct writer *w, struct ingest_result *ret, bool *ret_changed,
		      struct err *err) _must_check_;
