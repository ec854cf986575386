/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * Writing a tar (for `export`): libarchive's pax-restricted writer over a descriptor.
 */
#include "tar/walk.h"

struct tar_writer;

int tar_writer_open(int fd, struct tar_writer **ret, struct err *err) _must_check_;
/* Header of the next member; path and link as they shall stand in the tar. */
int tar_writer_entry(struct tar_writer *w, const struct tar_entry *e,
		     struct err *err) _must_check_;
/* Exactly e->size bytes for a regular file, in pieces. */
int tar_writer_data(struct tar_writer *w, const void *p, size_t n,
		    struct err *err) _must_check_;
/* End of archive; must be called for success. */
int tar_writer_close(struct tar_writer *w, struct err *err) _must_check_;
void tar_writer_free(struct tar_writer *w);
DEFINE_CLEANUP(struct tar_writer *, tar_writer_free)
