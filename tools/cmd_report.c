/* SPDX-License-Identifier: MIT */
#include "cmd.h"

#include "print_report.h"

#include <string.h>

static const struct opt opts[] = {
    {"format", 0, "text|tsv|json", "default text for summary, tsv for tables"},
    {0},
};

static int run(struct session *s, const struct opt_values *o, int argc, char **argv,
	       struct err *err)
{
	static const enum report_format formats[] = {REPORT_TXT, REPORT_TSV, REPORT_JSON};
	enum report_scope scope = strchr(argv[0], '#') ? REPORT_STAGE : REPORT_IMAGE;
	const char *name = argc > 1 ? argv[1] : "summary";
	const struct report *report = report_find(scope, name);
	struct report_ctx about = {0};
	bool text = report && report->formats & 1u << REPORT_TXT;
	int format, r;

	r = opts_word(o, "format", "text|tsv|json", text ? 0 : 1, &format, err);
	if (r == 0)
		r = session_stage(s, argv[0], &about.image, &about.stage, err);
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
