/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * struct writer: the receiving end: checks every message for sense and stores layers as staged,
 * each in one transaction.
 *
 * The parser is not trusted: rows must come in sequence, stand below a directory that came
 * before, and have names that are names.
 */
#include "ingest/infile.h"
#include "ingest/intake.h"

enum writer_state { WRITER_TELLING, WRITER_READING, WRITER_ROWS, WRITER_DONE, WRITER_REFUSED };

struct writer {
	struct db *db;
	const struct ingest_opts *opts;
	const struct infile *input;
	const char *name; /* of the input, for progress */
	char run[33];     /* names this run in layer.staged_by */
	struct intake intake;
	enum writer_state state;
	uint32_t jobs;
	uint64_t bytes;
	bool made_archive; /* a staged transaction made an archive row */
	uint32_t layers_new;
	uint64_t findings;

	/* The layer whose rows come. */
	struct intake_layer *layer;
	int64_t id;
	bool skip; /* another run brought this layer meanwhile: its rows are as good */
	uint64_t tar_bytes;
	uint32_t rows, last_inode, highest_inode;
	uint32_t kept_findings;
	struct buf dirs; /* one byte a row: may rows stand below it? */
};

int writer_init(struct writer *w, struct db *db, const struct infile *input, const char *name,
		const struct ingest_opts *opts, struct err *err) _must_check_;
void writer_release(struct writer *w);
/* Reads the pipe to its end or to the first failure, which leaves no transaction open. 0 only
 * if the parser was done; 1 if the pipe ended before that. */
int writer_run(struct writer *w, int fd, struct err *err) _must_check_;
/* Deletes what this run staged. Keeps no record of failing: the next gc does it too. */
void writer_undo(struct writer *w);
