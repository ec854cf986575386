/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * What a name inside a layer says about the layers below. Pure functions of one component.
 *
 * Source: OCI image-spec layer.md "Whiteouts", "Opaque Whiteout"; the AUFS names are those of
 * docker's archive/whiteouts.go. The type of the tar member does not matter to these rules.
 */
#include "util/bytes.h"

enum whiteout_class {
	WHITEOUT_NONE,
	WHITEOUT_FILE,    /* .wh.<name> */
	WHITEOUT_OPAQUE,  /* .wh..wh..opq */
	WHITEOUT_AUFS,    /* any other .wh..wh.*: bookkeeping of AUFS, hides nothing */
	WHITEOUT_INVALID, /* .wh. , .wh.. , .wh... : of nothing, "." or ".." */
};

enum whiteout_class whiteout_classify(struct bytes component);
/* What a WHITEOUT_FILE hides: the name without ".wh.". */
struct bytes whiteout_target(struct bytes component);
