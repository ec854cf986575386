/* SPDX-License-Identifier: MIT */
#include "util/finding.h"

#include <string.h>

static const struct {
	const char *code, *text;
} table[FINDING_COUNT] = {
#define FINDING_ROW(e, code, text) [FINDING_##e] = {code, text},
    FINDINGS(FINDING_ROW)
#undef FINDING_ROW
};

const char *finding_code(enum finding f)
{
	return table[f].code;
}

const char *finding_text(enum finding f)
{
	return table[f].text;
}

enum finding finding_from_code(const char *code)
{
	int f = 0;

	while (f < FINDING_COUNT && strcmp(table[f].code, code) != 0)
		f++;
	return (enum finding)f;
}
