/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * What the files of the Dockerfile parser share. Strings that they hand out are slices of the
 * text that was given or live in the arena. Failures are -EINVAL and -ENOMEM with a message,
 * without a line number unless said: dockerfile.c puts it before.
 */
#include "model/dockerfile.h"
#include "util/buf.h"

/*
 * What expansions of one file may cost together: comparisons, bytes of values, cells of pattern
 * matching. A file of thousands of ARGs needs some thousand; a bomb of them ends here.
 */
#define DOCKERFILE_MAX_WORK ((size_t)1 << 25)
/* ${a:-${b:-...}} */
#define DOCKERFILE_MAX_NESTING 64

struct dockerfile_budget {
	size_t work; /* what is left */
};
int dockerfile_spend(struct dockerfile_budget *b, size_t work, struct err *err) _must_check_;

/* dockerfile_lines.c: physical lines, directives, logical lines. */
struct dockerfile_reader {
	struct bytes rest;
	uint32_t line0, line; /* where the last logical line began; physical lines taken */
	bool directives;      /* still at the top */
	unsigned seen;        /* directives, by their bits */
	char escape;
	struct bytes syntax;
};
void dockerfile_reader_init(struct dockerfile_reader *r, struct bytes text);
/* 1 and a line that is not empty, 0 at the end. */
int dockerfile_read_line(struct dockerfile_reader *r, struct arena *arena, struct bytes *ret,
			 struct err *err) _must_check_;
/* The next physical line with its newline; false at the end. */
bool dockerfile_take_line(struct dockerfile_reader *r, struct bytes *ret);

/* dockerfile_heredoc.c */
/* The heredocs that a line of ADD, COPY or RUN announces, without content. A line that a shell
 * could not split has none. */
int dockerfile_find_heredocs(struct bytes line, struct arena *arena,
			     struct dockerfile_heredoc_vec *ret, struct err *err) _must_check_;
/* Takes the body of h off r. */
int dockerfile_read_heredoc(struct dockerfile_reader *r, struct arena *arena,
			    struct dockerfile_heredoc *h, struct err *err) _must_check_;
/* "<<NAME", "3<<-NAME", without quotes: is it this heredoc? */
bool dockerfile_is_heredoc(struct bytes word, const struct dockerfile_heredoc *h);

/* dockerfile_words.c: pure splitting. */
bool dockerfile_is_space(char c); /* \t \v \f \r and blank */
struct bytes dockerfile_trim_left(struct bytes s);
struct bytes dockerfile_trim(struct bytes s); /* all white space of Unicode */
struct bytes dockerfile_to_case(struct bytes s, int (*fn)(int), struct arena *arena);
bool dockerfile_is(struct bytes s, const char *name); /* any case */
/* The next word off *s, up to white space; empty at the end. */
struct bytes dockerfile_next_word(struct bytes *s);
/* The flags off *rest. */
int dockerfile_split_flags(struct bytes *rest, struct arena *arena,
			   struct dockerfile_flag_vec *ret) _must_check_;
/* The value of the last flag of that name: "" where it has none, NULL where it is not given. */
struct bytes dockerfile_flag_value(const struct dockerfile_instruction *i, const char *name);
/* Words as they stand, where quotes and escapes keep white space in a word. */
int dockerfile_split_words(struct bytes s, char escape, struct bytes_vec *ret) _must_check_;
/* The word without its quotes and escapes; as it is if a quote is not closed. */
int dockerfile_unquote(struct bytes word, char escape, struct arena *arena,
		       struct bytes *ret) _must_check_;

/* dockerfile_args.c: what stands behind keyword and flags. */
/* Fills args and json from text. */
int dockerfile_parse_args(struct dockerfile_instruction *i, char escape, struct arena *arena,
			  struct err *err) _must_check_;
int dockerfile_parse_mounts(struct dockerfile_instruction *i, struct arena *arena) _must_check_;

/* dockerfile_scope.c: variables by name. */
struct dockerfile_scope {
	struct dockerfile_arg *v;
	uint32_t *slots; /* position in v + 1, 0: free */
	size_t n, cap, n_slots;
};
void dockerfile_scope_release(struct dockerfile_scope *s);
/* Defines or redefines. name and value are borrowed. */
int dockerfile_scope_set(struct dockerfile_scope *s, struct bytes name, struct bytes value,
			 struct dockerfile_budget *b, struct err *err) _must_check_;
/* 1 and the value, 0: not set. */
int dockerfile_scope_get(const struct dockerfile_scope *s, struct bytes name, struct bytes *ret,
			 struct dockerfile_budget *b, struct err *err) _must_check_;

/* dockerfile_expand.c */
int dockerfile_expand_in(struct bytes text, char escape, const struct dockerfile_scope *vars,
			 struct dockerfile_budget *b, struct arena *arena, struct bytes *ret,
			 struct err *err) _must_check_;
/*
 * The words of a shell command, escape character backslash; variables stay as they are written,
 * quotes and escapes where the flags say so. "<<" and the white space behind it belong to the
 * word that follows. -EINVAL where quotes or braces are not closed.
 */
enum { DOCKERFILE_RAW_QUOTES = 1, DOCKERFILE_RAW_ESCAPES = 2 };
int dockerfile_shell_words(struct bytes text, unsigned flags, struct arena *arena,
			   struct bytes_vec *ret, struct err *err) _must_check_;

/* dockerfile_pattern.c: '*', '?' and backslash, over characters, as of ${v#p} and ${v/p/r}. */
int dockerfile_pattern_trim(struct bytes pattern, struct bytes value, bool suffix, bool longest,
			    struct dockerfile_budget *b, struct bytes *ret,
			    struct err *err) _must_check_;
int dockerfile_pattern_replace(struct bytes pattern, struct bytes value,
			       struct bytes replacement, bool all, struct dockerfile_budget *b,
			       struct buf *out, struct err *err) _must_check_;

/* dockerfile_stages.c */
/* The meta ARGs and what is predefined. The message has its line. */
int dockerfile_global_scope(const struct dockerfile *d, const struct dockerfile_arg *args,
			    size_t n_args, struct bytes platform, struct arena *arena,
			    struct dockerfile_scope *ret, struct dockerfile_budget *b,
			    struct err *err) _must_check_;
/* A FROM whose text and flags are read: the stage, names not yet looked up. */
int dockerfile_parse_from(const struct dockerfile_instruction *from, struct arena *arena,
			  struct dockerfile_stage *ret, struct err *err) _must_check_;
/* Expands bases and platforms, sorts the names, finds the base stages. The message has its
 * line. */
int dockerfile_link_stages(struct dockerfile *d, const struct dockerfile_scope *global,
			   struct dockerfile_budget *b, struct err *err) _must_check_;
/* The last stage of that name, in any case, before `before`; UINT32_MAX. */
uint32_t dockerfile_stage_named(const struct dockerfile *d, uint32_t before, struct bytes name);
