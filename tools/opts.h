/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * Option tables: each command lists its options once; parsing (getopt_long), --help and the
 * shell completions read the same table.
 */
#include "util/bytes.h"
#include "util/err.h"

struct opt {
	const char *name; /* long name without dashes */
	char letter;      /* 0: none */
	const char *arg;  /* name of its argument, NULL: a flag */
	const char *help;
};

#define OPT_MAX 32

/* Values by table position; a repeated option keeps all values in order. */
struct opt_values {
	const struct opt *opts;
	struct opt_value {
		const struct opt *opt;
		const char *value; /* NULL for flags */
	} given[256];
	size_t n;
	int dashes; /* operands that stood before "--"; -1: there was no "--" */
};

/*
 * Parses argv[1..] by both tables (common may be NULL). Options may stand anywhere; "--" ends
 * them, and with stop_early the first operand does. *ret_first is the index of the first
 * operand in the (permuted) argv. -EINVAL with a message for what is not in the tables.
 */
int opts_parse(const struct opt *common, const struct opt *opts, bool stop_early, int argc,
	       char **argv, struct opt_values *ret, int *ret_first,
	       struct err *err) _must_check_;
bool opts_has(const struct opt_values *o, const char *name);
/* The last value given, or dflt. */
const char *opts_get(const struct opt_values *o, const char *name, const char *dflt);
/* One of the listed words ("a|b|c") or dflt; -EINVAL otherwise. *ret is its position. */
int opts_word(const struct opt_values *o, const char *name, const char *words, int dflt,
	      int *ret, struct err *err) _must_check_;
