/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * Reports about builds: the index is bx_webapp() (tests/unit/model/builds_fixture.h), read with
 * the helpers of report_fixture.h.
 */
#include "builds_fixture.h"
#include "report_fixture.h"

/* With the build loaded. */
int stages_setup(void **state);
/* The report of a stage, or of its build (REPORT_BUILD), image (REPORT_IMAGE: production). */
struct buf stages_render(struct bx *x, enum report_scope scope, const char *stage,
			 const char *name, enum report_format format);
