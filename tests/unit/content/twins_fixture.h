/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * A second layer beside the fixture's, in an archive of its own (f->dir/twins.tar, stored
 * plain): a copy of its big file, called "copy", and a file of equal size that differs from the
 * big one in its last byte, called "near".
 */
#include "fixture.h"

struct twins {
	int64_t layer, copy, near;
	char path[128];
};

/* copy is a twin of the big file in the index, as ingest would make it. */
void twins_add(struct fixture *f, struct twins *ret);
