/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * For tests of ingest: a directory of its own, an index in it, docker archives built in memory,
 * and the whole index as text, to see whether anything changed.
 */
#include "ingest/ingest.h"
#include "store/db.h"
#include "tarmake.h"
#include "util/buf.h"
#include "util/digest.h"

struct fixture {
	char dir[64];
	struct db *db;
	struct limits limits;
	struct ingest_opts opts;
	struct err err;
	unsigned files; /* made so far, for names */
};

/* cmocka setup and teardown: *state is the fixture. */
int fixture_setup(void **state);
int fixture_teardown(void **state);

/* One layer as a docker archive tells it. */
struct fixture_layer {
	struct bytes stored; /* the member's bytes */
	const char *diff_id; /* "sha256:..." that the config declares; NULL: of `tar` */
	struct bytes tar;    /* ... which defaults to `stored` */
	bool absent;         /* declared, but not in the archive */
};

/* docker save of one image; tag NULL: none. */
void fixture_docker(struct buf *out, const struct fixture_layer *layers, size_t n,
		    const char *tag);
/* A layer tar with one file (path, text) in etc/. */
void fixture_tar(struct buf *out, const char *name, const char *text);
/* "sha256:<hex>" of bytes. */
const char *fixture_digest(struct bytes b, char out[DIGEST_TEXT_MAX]);
void fixture_gzip(struct buf *out, struct bytes plain);

/* Writes a file into the directory, *ret_path its path; an existing one is overwritten. */
void fixture_write(struct fixture *f, const char *name, struct bytes content, char *ret_path,
		   size_t size);
/* Writes under a name of its own and indexes: the code of ingest_input, message in f->err. */
int fixture_ingest(struct fixture *f, struct bytes archive, struct ingest_result *ret);

/* Every row of every table but sqlite_sequence. */
void fixture_dump(struct fixture *f, struct buf *out);
/* The first column of the first row of a query. */
int64_t fixture_number(struct fixture *f, const char *sql);
void fixture_exec(struct fixture *f, const char *sql);
