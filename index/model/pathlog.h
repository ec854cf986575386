/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * struct pathlog: what each layer did to one path: added it, changed it, stored it again as it
 * was, deleted it. Also of a path that is gone, and of a directory: then with what happened to
 * the files below it, and layers that did nothing to either have no row.
 */
#include "model/hashes.h"
#include "model/versions.h"

enum pathlog_event {
	PATHLOG_ADDED,
	PATHLOG_CHANGED,  /* other content, another type; directories: something below it */
	PATHLOG_METADATA, /* the same content with another mode, owner, time or xattrs */
	PATHLOG_DELETED,
};

struct pathlog_row {
	uint32_t position; /* of the layer, from 0 */
	enum pathlog_event event;
	const struct node
	    *node;      /* what stands there after it; DELETED: NULL. Of the versions */
	uint64_t bytes; /* regular files that the layer stores there or below */
	/* Below a directory, other than directories. */
	uint64_t added, changed, deleted;
};
DEFINE_VEC(pathlog_vec, struct pathlog_row)

/* path: a node of v->paths. By layer; ret is emptied first. */
int pathlog_make(const struct versions *v, struct hashes *h, uint32_t path,
		 struct pathlog_vec *ret, struct err *err) _must_check_;

/* "added", "metadata" */
const char *pathlog_event_name(enum pathlog_event e);
