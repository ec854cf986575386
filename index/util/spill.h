/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * struct spill: a growing array of records of one size, of which only the newest part stays in
 * memory; the older part goes to a file.
 *
 * For what is written once, in order, and read once, mostly in order: a hostile input decides
 * how many records there are, and memory must not follow. The first SPILL_MEMORY bytes never
 * touch the file. Without a file (fd -1) all of it stays in memory.
 * Errors: -ENOMEM, or what writing and reading a file gives (-ENOSPC). One thread.
 */
#include "util/err.h"

#define SPILL_MEMORY MIB(8)

struct spill {
	int fd; /* borrowed; -1: none */
	size_t record;
	size_t n;      /* records */
	size_t filed;  /* of these in the file: the first */
	char *tail;    /* the others */
	size_t cap;    /* records that tail has room for */
	char *window;  /* of the file, for reading */
	size_t w_from; /* its first record */
	size_t w_n;    /* its records; 0: nothing was read */
};

/* fd is written from offset 0 on. */
void spill_init(struct spill *s, size_t record, int fd);
void spill_release(struct spill *s);
int spill_push(struct spill *s, const void *record, struct err *err) _must_check_;
/* i < n. Copies the record out, or over the old one. */
int spill_get(struct spill *s, size_t i, void *ret, struct err *err) _must_check_;
int spill_set(struct spill *s, size_t i, const void *record, struct err *err) _must_check_;

/* A file without a name in a directory, for the above: the descriptor or -errno. */
int spill_file(const char *dir);
