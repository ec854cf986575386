/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * The odd and hostile layer tars of tests/fixtures/hostile-layers.tar.xz, each with the
 * verdict that stagefs has to reach. Its MANIFEST.tsv: name, verdict, note.
 *
 *   exact   every entry as the tar says      skip    the entry in question is left out
 *   refuse  the layer is refused             either  exact or refuse
 *
 * Every layer has an entry `ok-before` and, where the case allows, `ok-after`.
 */
#include "util/buf.h"
#include "util/err.h"
#include "util/vec.h"

struct hostile_case {
	char *name, *verdict, *note; /* "sparse-neg.tar", "refuse", ... */
	struct buf data;             /* the file: a tar, or compressed as its name says */
};

DEFINE_VEC(hostile_vec, struct hostile_case)

/* All cases in the order of the manifest. */
int hostile_load(struct hostile_vec *ret, struct err *err) _must_check_;
void hostile_release(struct hostile_vec *v);
