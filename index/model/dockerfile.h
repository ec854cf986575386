/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * struct dockerfile: a Dockerfile as BuildKit reads it: directives, logical lines, heredocs,
 * meta ARGs, stages and their instructions.
 *
 * What it is not: an executor. ARG and ENV inside stages are not evaluated; only what decides
 * structure is expanded: the reference and platform of FROM, with the global ARGs.
 *
 * Sources: BuildKit
 * frontend/dockerfile/parser/{parser,directives,line_parsers,split_command}.go,
 * instructions/{parse,bflag,commands_runmount}.go, shell/lex.go, dockerfile2llb/convert.go.
 * Unknown instructions are kept (keyword as written, upper case) and not refused: an image was
 * built from this file, so it was right for somebody. For the same reason flags that BuildKit
 * does not know and arguments that it would miss are no errors. Refused is what leaves the
 * structure open: directives, FROM, what stands before it, heredocs without end, ONBUILD.
 *
 * Ownership: everything is owned by the struct; `text` is copied. Immutable after parsing.
 * Untrusted input: bytes of any kind, at most DOCKERFILE_MAX_BYTES; bounded work and memory.
 */
#include "util/arena.h"
#include "util/err.h"
#include "util/vec.h"

#define DOCKERFILE_MAX_BYTES        MIB(4)
#define DOCKERFILE_MAX_INSTRUCTIONS 65536
/* Of one expanded word. */
#define DOCKERFILE_MAX_EXPANDED KIB(64)

DEFINE_VEC(bytes_vec, struct bytes)

/* --name=value; value.ptr NULL where there is no '='. */
struct dockerfile_flag {
	struct bytes name, value;
};
DEFINE_VEC(dockerfile_flag_vec, struct dockerfile_flag)

struct dockerfile_heredoc {
	struct bytes name;    /* without quotes */
	struct bytes content; /* lines with their newlines; leading tabs cut if `chomp` */
	int fd;
	bool expand, chomp;
};
DEFINE_VEC(dockerfile_heredoc_vec, struct dockerfile_heredoc)

/* One --mount of a RUN. */
struct dockerfile_mount {
	struct bytes type;           /* lower case; "bind" where none is given */
	struct bytes from;           /* empty: none given */
	struct bytes source, target; /* as written */
};
DEFINE_VEC(dockerfile_mount_vec, struct dockerfile_mount)

struct dockerfile_instruction {
	struct bytes keyword; /* upper case */
	uint32_t trigger;     /* ONBUILD: what it defers is triggers.v[trigger - 1]; else 0 */
	struct bytes text;    /* behind keyword and flags, continuations joined, trimmed at both
			       * ends: what BuildKit's history shows of it */
	uint32_t line0, line1; /* physical lines, from 1, heredocs included */
	struct dockerfile_flag_vec flags;
	/*
	 * JSON form: its strings. Else for ADD, COPY, VOLUME, EXPOSE, ARG: the words, quotes
	 * removed; ENV, LABEL: NAME=VALUE, quotes removed, also for the old form `ENV name
	 * value`; WORKDIR, USER, STOPSIGNAL: one word, quotes removed; RUN, CMD, ENTRYPOINT,
	 * SHELL in shell form, MAINTAINER, ONBUILD, unknown keywords: one argument, the text;
	 * HEALTHCHECK: its first word and then as CMD.
	 */
	struct bytes_vec args;
	bool json;
	struct dockerfile_heredoc_vec heredocs;
	struct dockerfile_mount_vec mounts; /* of RUN */
};
DEFINE_VEC(dockerfile_instruction_vec, struct dockerfile_instruction)

enum dockerfile_base { DOCKERFILE_SCRATCH, DOCKERFILE_STAGE, DOCKERFILE_IMAGE };

struct dockerfile_stage {
	struct bytes name;      /* lower case; empty: none given */
	struct bytes base_text; /* as written */
	struct bytes base;     /* expanded; base_text where that gives nothing: the arguments of
				* the build may not be known here, and the stages are */
	struct bytes platform; /* expanded; empty: none given */
	enum dockerfile_base base_kind;
	uint32_t base_stage;   /* base_kind DOCKERFILE_STAGE */
	uint32_t line0, line1; /* from its FROM to the line before the next */
	uint32_t first, n;     /* its instructions, FROM not counted */
};
DEFINE_VEC(dockerfile_stage_vec, struct dockerfile_stage)
DEFINE_VEC(dockerfile_index_vec, uint32_t)

/* A value given for an ARG: --build-arg or a predefined one. value.ptr NULL: not set. */
struct dockerfile_arg {
	struct bytes name, value;
};

struct dockerfile {
	struct bytes text;
	char escape;         /* '\\' or '`' */
	struct bytes syntax; /* of "# syntax=", up to its first space; empty */
	struct dockerfile_instruction_vec meta; /* ARG before the first FROM */
	struct dockerfile_stage_vec stages;
	struct dockerfile_instruction_vec instructions; /* of all stages, in order, no FROM */
	struct dockerfile_instruction_vec triggers;     /* what ONBUILDs defer, with heredocs */
	struct dockerfile_index_vec by_name; /* named stages, by name, then by number */
	struct arena arena;
};

/*
 * args override the meta ARGs; TARGETPLATFORM and its like are expanded from `platform`
 * ("linux/amd64", empty: linux/amd64), BUILDPLATFORM too; TARGETSTAGE is "default" unless args
 * say otherwise. -EINVAL with "line N: what is wrong".
 */
int dockerfile_parse(struct bytes text, const struct dockerfile_arg *args, size_t n_args,
		     struct bytes platform, struct dockerfile **ret,
		     struct err *err) _must_check_;
void dockerfile_free(struct dockerfile *d);
DEFINE_CLEANUP(struct dockerfile *, dockerfile_free)

/* What a --from, a mount's from= or a FROM names. */
struct dockerfile_source {
	enum { DOCKERFILE_FROM_CONTEXT, DOCKERFILE_FROM_STAGE, DOCKERFILE_FROM_IMAGE } kind;
	uint32_t stage;     /* FROM_STAGE */
	struct bytes image; /* FROM_IMAGE: the reference */
};

/*
 * Where instruction i of stage `stage` takes its files from; i is COPY or ADD (any other: the
 * context). A number counts all FROMs from 0; a name is the last stage of that name, in any
 * case. Both name earlier stages only, so that the graph of stages has no circle; what is left
 * is an image, also a number. Variables are not expanded there.
 */
struct dockerfile_source dockerfile_copy_source(const struct dockerfile *d, uint32_t stage,
						const struct dockerfile_instruction *i);
/* The same of a mount of a RUN: names only, never a number. Without from=: the context for
 * type bind, else the image "scratch". */
struct dockerfile_source dockerfile_mount_source(const struct dockerfile *d, uint32_t stage,
						 const struct dockerfile_mount *m);

/* Sources (all args but the last, heredocs left out) and destination of COPY and ADD. */
struct dockerfile_copy {
	struct bytes_vec sources; /* owned: bytes_vec_release */
	struct bytes destination;
	struct bytes chown; /* of --chown; empty */
	bool link, parents;
};
/* 0; -EINVAL: no COPY or ADD or too few arguments; -ENOMEM. Nothing to release then. */
int dockerfile_copy_args(const struct dockerfile_instruction *i,
			 struct dockerfile_copy *ret) _must_check_;

/* Is this instruction one that makes a layer? COPY, ADD, RUN; WORKDIR other than "/" maybe. */
enum dockerfile_layer { DOCKERFILE_LAYER_NO, DOCKERFILE_LAYER_YES, DOCKERFILE_LAYER_MAYBE };
enum dockerfile_layer dockerfile_makes_layer(const struct dockerfile_instruction *i);

/* The stage a build of `target` ends in: a name (any case), a number, empty: the last.
 * -ENOENT. */
int dockerfile_target(const struct dockerfile *d, struct bytes target,
		      uint32_t *ret) _must_check_;
/* ret[i]: does building `target` need stage i (FROM, COPY --from, mounts, ONBUILD triggers of
 * its base)? n = stages.n. */
void dockerfile_reachable(const struct dockerfile *d, uint32_t target, bool *ret);

/*
 * Shell-style expansion as BuildKit's shell.Lex: $v ${v} ${v:-w} ${v-w} ${v:+w} ${v+w} ${v:?w}
 * ${v?w} ${v#p} ${v##p} ${v%p} ${v%%p} ${v/p/r} ${v//p/r}, single quotes literal, quotes
 * removed. An unset variable is empty. Names are ASCII. Of two variables of one name the last
 * counts. Allocates in `arena`. -EINVAL: bad syntax, a variable that ${v?} demands, more than
 * DOCKERFILE_MAX_EXPANDED bytes or too much work.
 */
int dockerfile_expand(struct bytes text, char escape, const struct dockerfile_arg *vars,
		      size_t n_vars, struct arena *arena, struct bytes *ret,
		      struct err *err) _must_check_;
