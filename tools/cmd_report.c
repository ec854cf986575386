/* SPDX-License-Identifier: MIT */
#include "cmd.h"

#include "print_report.h"

static const struct opt opts[] = {
    {"format", 0, "text|tsv|json", "default text for summary, tsv for tables"},
    {0},
};

static int run(struct session *s, const struct opt_values *o, int argc, char **argv,
	       struct err *err)
{
	const char *name = argc > 1 ? argv[1] : "summary";
	const struct report *report = report_find(REPORT_IMAGE, name);
	const struct catalog_image *img;
	bool text = report && report->formats & 1u << REPORT_TXT;
	int format, r;

	r = opts_word(o, "format", "text|tsv|json", text ? 0 : 1, &format, err);
	if (r == 0)
		r = session_image(s, argv[0], &img, err);
	if (r < 0)
		return r;
	return print_report(s, REPORT_IMAGE, name, img,
			    format == 0   ? REPORT_TXT
			    : format == 1 ? REPORT_TSV
					  : REPORT_JSON,
			    err);
}

const struct cmd cmd_report = {
    .name = "report",
    .args = "IMAGE [REPORT]",
    .summary = "summary, layers, history or findings of an image",
    .details = "Prints the same bytes as the file in the mount's images/NAME/report/.",
    .opts = opts,
    .min_args = 1,
    .max_args = 2,
    .takes_report = true,
    .run = run,
};
