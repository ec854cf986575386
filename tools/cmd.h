/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * struct cmd: one subcommand of `stagefs`, a const in its own file. The table drives dispatch,
 * --help and completion; nothing about a command is said twice.
 *
 * run() answers 0 (fine), 1 (a negative verdict), or -errno with the message in err: main
 * prints "stagefs: <message>" and exits with 0, 1 or 2. No command calls exit().
 */
#include "index_session.h"
#include "opts.h"

struct cmd {
	const char *name;
	const char *args;       /* "IMAGE [PATH]" */
	const char *summary;    /* one line, lower case, no full stop */
	const char *details;    /* more lines for `stagefs help NAME`; may be NULL */
	const struct opt *opts; /* ended by {0}; NULL: only the common ones */
	int min_args, max_args; /* max_args < 0: any number */
	bool takes_report;      /* an operand is a report of an image: --help lists them */
	int (*run)(struct session *s, const struct opt_values *o, int argc, char **argv,
		   struct err *err);
};

extern const struct cmd *const cmds[]; /* NULL-terminated, in the order of --help */
