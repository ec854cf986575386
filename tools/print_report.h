/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * A report on standard output: the same bytes as its file in the mount.
 */
#include "index_session.h"
#include "report/report.h"

/* about: image, build or stage are taken from it, by scope; may be NULL for the index. */
int print_report(struct session *s, enum report_scope scope, const char *name,
		 const struct report_ctx *about, enum report_format format,
		 struct err *err) _must_check_;
