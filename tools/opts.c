/* SPDX-License-Identifier: MIT */
#include "opts.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>

struct table {
	struct option longs[2 * OPT_MAX + 1];
	const struct opt *rows[2 * OPT_MAX];
	char shorts[4 * OPT_MAX + 4];
	int n;
};

/* getopt_long answers 1000 + row, so that letters and rows cannot be confused. */
#define ROW_BASE 1000

static void table_add(struct table *t, const struct opt *opts)
{
	size_t s = strlen(t->shorts);

	for (; opts && opts->name && t->n < 2 * OPT_MAX; opts++) {
		t->rows[t->n] = opts;
		t->longs[t->n] = (struct option){opts->name, opts->arg ? required_argument : 0,
						 NULL, ROW_BASE + t->n};
		t->n++;
		if (opts->letter) {
			t->shorts[s++] = opts->letter;
			if (opts->arg)
				t->shorts[s++] = ':';
		}
	}
	t->shorts[s] = 0;
}

static const struct opt *table_row(const struct table *t, int c)
{
	if (c >= ROW_BASE)
		return t->rows[c - ROW_BASE];
	for (int i = 0; i < t->n; i++)
		if (t->rows[i]->letter == c)
			return t->rows[i];
	return NULL;
}

static int refuse(const struct table *t, int c, char **argv, struct err *err)
{
	const char *what = argv[optind - 1];

	if (c == ':')
		return err_set(err, EINVAL, "option '%s' needs a value", what);
	if (optopt > 0 && optopt < ROW_BASE && !table_row(t, optopt))
		return err_set(err, EINVAL, "there is no option '-%c' (see --help)", optopt);
	return err_set(err, EINVAL, "there is no option '%s' (see --help)", what);
}

/*
 * getopt_long permutes argv: options first, then "--", then operands from before and after it.
 * The first word behind "--" is remembered by its pointer and found again afterwards.
 */
static const char *find_dashes(int argc, char **argv)
{
	for (int i = 1; i < argc; i++)
		if (strcmp(argv[i], "--") == 0)
			return i + 1 < argc ? argv[i + 1] : "";
	return NULL;
}

static int operands_before_dashes(int argc, char **argv, int first, const char *dashes)
{
	if (!dashes)
		return -1;
	for (int i = first; i < argc; i++)
		if (argv[i] == dashes)
			return i - first;
	return argc - first;
}

int opts_parse(const struct opt *common, const struct opt *opts, bool stop_early, int argc,
	       char **argv, struct opt_values *ret, int *ret_first, struct err *err)
{
	struct table t = {0};
	const char *dashes = find_dashes(argc, argv);
	int c;

	/* '+': stop at the first operand. ':': a missing value is ':' and not '?'. */
	strcpy(t.shorts, stop_early ? "+:" : ":");
	table_add(&t, opts);
	table_add(&t, common);
	memset(ret, 0, sizeof(*ret));
	ret->opts = opts;
	optind = 0;
	opterr = 0;
	while ((c = getopt_long(argc, argv, t.shorts, t.longs, NULL)) != -1) {
		const struct opt *row = c == '?' || c == ':' ? NULL : table_row(&t, c);

		if (!row)
			return refuse(&t, c, argv, err);
		if (ret->n == ARRAY_SIZE(ret->given))
			return err_set(err, E2BIG, "too many options");
		ret->given[ret->n++] = (struct opt_value){row, row->arg ? optarg : NULL};
	}
	*ret_first = optind;
	ret->dashes = operands_before_dashes(argc, argv, optind, dashes);
	return 0;
}

bool opts_has(const struct opt_values *o, const char *name)
{
	for (size_t i = 0; i < o->n; i++)
		if (strcmp(o->given[i].opt->name, name) == 0)
			return true;
	return false;
}

const char *opts_get(const struct opt_values *o, const char *name, const char *dflt)
{
	const char *value = dflt;

	for (size_t i = 0; i < o->n; i++)
		if (strcmp(o->given[i].opt->name, name) == 0)
			value = o->given[i].value;
	return value;
}

int opts_word(const struct opt_values *o, const char *name, const char *words, int dflt,
	      int *ret, struct err *err)
{
	const char *value = opts_get(o, name, NULL);
	struct bytes rest = bytes_from_str(words);

	*ret = dflt;
	if (!value)
		return 0;
	for (int i = 0;; i++) {
		struct bytes word = bytes_make(rest.ptr, bytes_find(rest, '|'));

		if (bytes_equal(word, bytes_from_str(value))) {
			*ret = i;
			return 0;
		}
		if (word.len == rest.len)
			break;
		rest = bytes_skip(rest, word.len + 1);
	}
	return err_set(err, EINVAL, "--%s takes %s, not '%s'", name, words, value);
}
