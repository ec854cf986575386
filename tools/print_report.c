/* SPDX-License-Identifier: MIT */
#include "print_report.h"

#include "out.h"

#include <string.h>

static int unknown(enum report_scope scope, const char *name, struct err *err)
{
	_cleanup_(buf_release) struct buf names = BUF_INIT;

	for (const struct report *const *r = reports; *r; r++)
		if ((*r)->scope == scope)
			buf_addf(&names, " %s", (*r)->name);
	return err_set(err, EINVAL, "there is no report '%s' (there are:%s)", name,
		       buf_str(&names));
}

int print_report(struct session *s, enum report_scope scope, const char *name,
		 const struct report_ctx *about, enum report_format format, struct err *err)
{
	_cleanup_(buf_release) struct buf out = BUF_INIT;
	const struct report *report = report_find(scope, name);
	struct report_ctx ctx = {0};
	struct catalog *c;
	int r;

	if (about)
		ctx = *about;
	if (!report)
		return unknown(scope, name, err);
	if (!(report->formats & 1u << format))
		return err_set(err, EINVAL, "report '%s' has no format %s", name,
			       report_format_ext(format));
	r = session_catalog(s, &c, err);
	if (r == 0)
		r = session_forest(s, &ctx.forest, err);
	if (r < 0)
		return r;
	ctx.catalog = c;
	ctx.db = s->db;
	r = report->render(&ctx, format, &out, err);
	return r < 0 ? r : out_write(buf_bytes(&out), err);
}
