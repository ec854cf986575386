/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * Two halves of the provenance parser: shapes and facts (provenance.c), and the graph of steps
 * (provenance_steps.c). Private.
 */
#include "model/provenance.h"
#include "util/json.h"

/* The members of a predicate that are read, wherever its version has them. */
struct predicate {
	json_t *definition; /* llbDefinition[]; NULL */
	json_t *locations;  /* source.locations{} */
	json_t *infos;      /* source.infos[] */
	json_t *layers;     /* layers{"step5:0": [[descriptor]]} */
	json_t *args;       /* of the frontend */
	json_t *materials;
};

int provenance_read_steps(struct provenance *p, const struct predicate *from,
			  struct err *err) _must_check_;
/* A text that lives as long as p. -ENOMEM. */
int provenance_keep(struct provenance *p, struct bytes s, struct bytes *ret) _must_check_;
