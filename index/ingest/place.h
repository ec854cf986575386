/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * Where a layer's stored bytes are: from the intake's picture to the tables archive, location
 * and seekpoint.
 */
#include "ingest/infile.h"
#include "ingest/intake.h"
#include "store/locations.h"

/*
 * Records that layer row `id` can be read where `l` stands; inside a transaction.
 * replace false: an archive row that describes other bytes at the same path is left alone and
 * nothing is recorded (its locations may only go when this input is published).
 * What is there and right is not touched. *ret_changed is set, never cleared, when the index
 * changed; *ret_made when the archive row is new.
 */
int place_record(struct db *db, const struct infile *in, struct intake_layer *l, int64_t id,
		 bool replace, bool *ret_changed, bool *ret_made, struct err *err) _must_check_;

/* The files of a directory input are still the ones that the parser read. -ESTALE. */
int place_check(const struct infile *in, const struct intake *intake,
		struct err *err) _must_check_;
