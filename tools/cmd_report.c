/* SPDX-License-Identifier: MIT */
#include "cmd.h"

#include "print_report.h"

#include <string.h>

static const struct opt opts[] = {
    {"format", 0, "text|tsv|json|ncdu", "default text for summary, tsv for tables"},
    {"build", 0, NULL, "a report of the build that IMAGE belongs to: stages, duplicates"},
    {"index", 0, NULL, "a report of the whole index, without IMAGE: duplicates, images, ..."},
    {0},
};

static enum report_scope scope_of(const struct opt_values *o, const char *image)
{
	if (opts_has(o, "index"))
		return REPORT_INDEX;
	if (opts_has(o, "build"))
		return REPORT_BUILD;
	return session_names_stage(image) ? REPORT_STAGE : REPORT_IMAGE;
}

static int find_subject(struct session *s, enum report_scope scope, const char *image,
			struct report_ctx *ret, struct err *err)
{
	int r;

	if (scope == REPORT_INDEX)
		return 0;
	r = session_stage(s, image, &ret->image, &ret->stage, err);
	if (r < 0 || scope != REPORT_BUILD)
		return r;
	if (!ret->stage)
		return err_set(err, ENOENT, "%s: its stages are not known (index it again)",
			       image);
	ret->build = ret->stage->build;
	return 0;
}

/* What a report is printed as unless another format is asked for: its first. */
static int default_format(enum report_scope scope, const char *name)
{
	const struct report *report = report_find(scope, name);
	int format = 0;

	while (report && !(report->formats & 1u << format))
		format++;
	return format;
}

/* What is printed where no report is named. */
static const char *default_report(const struct opt_values *o, enum report_scope scope)
{
	if (strcmp(opts_get(o, "format", ""), "ncdu") == 0)
		return "tree";
	return scope == REPORT_BUILD ? "stages" : "summary";
}

static int run(struct session *s, const struct opt_values *o, int argc, char **argv,
	       struct err *err)
{
	static const enum report_format formats[] = {REPORT_TXT, REPORT_TSV, REPORT_JSON,
						     REPORT_NCDU};
	enum report_scope scope = scope_of(o, argv[0]);
	int named = scope == REPORT_INDEX ? 0 : 1, format, r;
	const char *name = argc > named ? argv[named] : default_report(o, scope);
	struct report_ctx about = {0};

	if (opts_has(o, "index") && (argc > 1 || opts_has(o, "build")))
		return err_set(err, EINVAL, "--index is without IMAGE");
	r = opts_word(o, "format", "text|tsv|json|ncdu", default_format(scope, name), &format,
		      err);
	if (r == 0)
		r = find_subject(s, scope, argv[0], &about, err);
	if (r < 0)
		return r;
	return print_report(s, scope, name, &about, formats[format], err);
}

const struct cmd cmd_report = {
    .name = "report",
    .args = "IMAGE [REPORT]",
    .summary = "what an image, or a stage of its build, is made of",
    .details = "Prints the same bytes as the file in the mount's images/NAME/report/ or\n"
	       "stages/NAME/STAGE/report/; IMAGE#STAGE names a stage of the image's build.",
    .opts = opts,
    .min_args = 1,
    .max_args = 2,
    .takes_report = true,
    .run = run,
};
