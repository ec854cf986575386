/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * The trees of a stage that are parts of its root file system: what it added, what came from
 * one origin, what it left behind. Made when they are asked for, kept in the forest.
 */
#include "model/leftbehind.h"
#include "model/origin.h"

enum stage_part {
	STAGE_DIFF, /* what its own layers show */
	STAGE_FROM, /* the files of one origin, by its code */
	STAGE_LEFT, /* left behind */
	STAGE_PARTS /* numbers from here on: model/image_part.h */
};

/*
 * Origins by number, so that a place in the mount can name one: 1 to 4 are @base, @made,
 * @context, @unknown; ORIGIN_CODE_STAGE + n the build's n-th stage; ORIGIN_CODE_IMAGE + n the
 * image that the stage's n-th edge names. Fits eleven bits.
 */
#define ORIGIN_CODE_STAGE 16
#define ORIGIN_CODE_IMAGE 1024
#define ORIGIN_CODE_MAX   2047

/* Calls cb for each origin that the stage's files may have, by code; `name` is a mount
 * component. Whether one has files shows only when its tree is made. */
int stage_origins(const struct catalog_stage *s,
		  int (*cb)(void *arg, uint32_t code, const char *name), void *arg);

/* code: of STAGE_FROM, else 0. The catalog is used during the call only. */
int stage_part(struct forest *f, const struct catalog *c, const struct catalog_stage *s,
	       enum stage_part part, uint32_t code, struct tree **ret,
	       struct err *err) _must_check_;
