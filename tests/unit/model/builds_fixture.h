/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * An index with builds in it, written so that it can be read:
 *
 *     bx_layer(x, "sha256:a1", "bin/sh=1000:1@7 app/a=42:3@9")     path=size:content@mtime
 *     bx_image(x, "app:1", "sha256:a1 sha256:a2", "I:|RUN make|-ENV A=b")
 *
 * Contents with one number are equal. History entries stand between bars: '-' makes no layer,
 * "I:" is an import, "C:" the classic builder's, "F:ref:" has buildah's comment; all others are
 * BuildKit's.
 *
 * bx_webapp() is a build of three stages and its numbers, worked out by hand:
 *
 *     base        bin/sh 1000
 *     deps        package.json 41 (context), nm/left.js 42, nm/tsc.js 500 (RUN)
 *     build       on deps: src/i.ts 30 (context), dist/o.js 77 (RUN)
 *     production  on base: package.json, left.js from deps, o.js from build: 1160 bytes
 *     deps leaves tsc.js behind, 500; build i.ts, 30
 */
#include "test.h"

#include "model/builds.h"
#include "model/catalog.h"
#include "model/facts.h"
#include "model/forest.h"

struct bx {
	char dir[64], path[96];
	struct db *db, *forest_db;
	struct forest *forest;
	struct catalog *catalog; /* of bx_load() */
	struct err err;
};

int bx_setup(void **state);
int bx_teardown(void **state);
int64_t bx_layer(struct bx *x, const char *diff_id, const char *files);
int64_t bx_image(struct bx *x, const char *name, const char *layers, const char *history);
void bx_dockerfile(struct bx *x, int64_t image, const char *text);
void bx_webapp(struct bx *x);
/* Derives, saves, and loads catalog and forest anew. */
void bx_load(struct bx *x);

const struct catalog_build *bx_build(const struct bx *x, const char *name);
const struct catalog_stage *bx_stage(const struct bx *x, const char *build, const char *stage);
/*
 * A build as lines: "deps on base 1/3 by chain", with "!" for the target and "?" where nothing
 * is known; "  3 COPY /a /b <- build (content)" for edges: layer, sources. Free it.
 */
char *bx_text(const struct catalog_build *b);
void assert_build(const struct bx *x, const char *build, const char *want);

extern const char bx_webapp_dockerfile[];
