/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * struct session: what the commands share: the paths, the options common to all, and the index,
 * opened on first need.
 */
#include "content/content.h"
#include "ingest/ingest.h"
#include "model/forest.h"
#include "opts.h"
#include "paths.h"
#include "process.h"
#include "progress.h"
#include "store/db.h"

struct session {
	struct paths paths;
	struct limits limits;
	bool quiet;
	const char *platform; /* --platform, or NULL */
	uint64_t cache_bytes;
	struct rlimit files_before; /* the limit of open files, which session_init raised */
	struct db *db;              /* the read connection */
	struct forest *forest;
	struct content *content;
	struct db *content_db;
	struct catalog *catalog;
};

extern const struct opt session_opts[]; /* the options every command takes */

int session_init(struct session *s, const struct opt_values *o, struct err *err) _must_check_;
void session_release(struct session *s);

/* Each opens what it needs the first time. An index that is not there yet reads as empty only
 * for session_open; commands that need images say which command makes one. */
int session_open(struct session *s, struct err *err) _must_check_;
int session_catalog(struct session *s, struct catalog **ret, struct err *err) _must_check_;
int session_forest(struct session *s, struct forest **ret, struct err *err) _must_check_;
int session_content(struct session *s, struct content **ret, struct err *err) _must_check_;
/* Forgets what was loaded, after the index was changed. */
void session_close(struct session *s);

/*
 * Reads inputs into the index, with progress; ids of their images in ret (each once).
 * flags: the command's --layer and --no-verify.
 */
int session_index(struct session *s, char **inputs, int n, const struct opt_values *o,
		  struct ingest_image_vec *ret, struct err *err) _must_check_;

/*
 * IMAGE of the command line: a name or alias, a digest prefix, a path inside a mount, or an
 * input, which is then indexed. -ENOENT and -EEXIST list what there is.
 */
int session_image(struct session *s, const char *text, const struct catalog_image **ret,
		  struct err *err) _must_check_;
/* IMAGE, IMAGE#STAGE or a path inside a mount's stages/: *ret_stage is the stage; *ret_image
 * the image, NULL where a stage was asked for that is none. Without a stage in the text, the
 * stage that the image is, or NULL. */
int session_stage(struct session *s, const char *text, const struct catalog_image **ret_image,
		  const struct catalog_stage **ret_stage, struct err *err) _must_check_;
/* Is it a stage, not an image, that the text names? */
bool session_names_stage(const char *text);
