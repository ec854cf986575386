/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * The parts of the Dockerfile parser, in the order a text goes through them. Private.
 */
#include "model/dockerfile.h"

/* ---- dockerfile_lines.c: physical lines to logical ones ---- */

struct lines {
	struct bytes rest;
	uint32_t line;   /* physical lines read so far */
	bool directives; /* still at the top, where directives may stand */
	char escape;
	struct bytes syntax;
};

struct logical_line {
	struct bytes text; /* in the arena; continuations joined, untrimmed at the end */
	uint32_t line0, line1;
};

struct lines lines_begin(struct bytes text);
/* 1 a line, 0 the end. -EINVAL a directive given twice. */
int lines_next(struct lines *l, struct arena *arena, struct logical_line *ret,
	       struct err *err) _must_check_;
/* The body of a heredoc: raw lines up to its name. -EINVAL without an end. */
int lines_heredoc(struct lines *l, struct arena *arena, struct dockerfile_heredoc *h,
		  struct err *err) _must_check_;

/* ---- dockerfile_words.c: a logical line to an instruction ---- */

/* Keyword, flags, text, words. */
int instruction_parse(struct bytes line, char escape, struct arena *arena,
		      struct dockerfile_instruction *ret, struct err *err) _must_check_;
/* The heredocs that the line announces, in order; bodies are still to be read. */
int instruction_heredocs(struct dockerfile_instruction *i, char escape,
			 struct arena *arena) _must_check_;
void dockerfile_instruction_release(struct dockerfile_instruction *i);
bool is_blank(char c); /* space, tab, \v, \f, \r */
struct bytes trim_blanks(struct bytes b);
struct bytes upper_case(struct bytes b, struct arena *arena);
struct bytes lower_case(struct bytes b, struct arena *arena);
bool equal_ignoring_case(struct bytes a, struct bytes b);

/* ---- dockerfile_stages.c: ARG and FROM ---- */

struct globals {
	struct dockerfile_arg *v; /* values of global ARGs, the last of a name counts */
	size_t n, cap;
};

/* The predefined ones of a platform, and those given. */
int globals_begin(struct globals *g, const struct dockerfile_arg *args, size_t n_args,
		  struct bytes platform, struct arena *arena) _must_check_;
void globals_release(struct globals *g);
/* An ARG before the first FROM. */
int globals_define(struct globals *g, const struct dockerfile_instruction *arg, char escape,
		   const struct dockerfile_arg *args, size_t n_args, struct arena *arena,
		   struct err *err) _must_check_;
/* A FROM: a new stage at the end. */
int stages_begin(struct dockerfile *d, const struct dockerfile_instruction *from,
		 const struct globals *g, struct err *err) _must_check_;
