/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * Names of an input's images: the input indexed last owns its tags. A tag that its image owns
 * already is left as it is, so that the same input again changes nothing.
 */
#include "ingest/intake.h"
#include "store/db.h"

/* Inside the publishing transaction, when every image has its row. */
int publish_names(struct db *db, const struct intake *intake, bool *ret_changed,
		  struct err *err) _must_check_;
