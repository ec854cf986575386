/* SPDX-License-Identifier: MIT */
#include "store/builds.h"

static const char *const words[EVIDENCE_MAX] = {
    [EVIDENCE_USER] = "user",
    [EVIDENCE_LABEL] = "label",
    [EVIDENCE_PROVENANCE] = "provenance",
    [EVIDENCE_CACHE] = "cache",
    [EVIDENCE_CHAIN] = "chain",
    [EVIDENCE_DOCKERFILE] = "dockerfile",
    [EVIDENCE_HISTORY] = "history",
    [EVIDENCE_TAG] = "tag",
    [EVIDENCE_CONTENT] = "content",
    [EVIDENCE_DEFAULT] = "default",
};

const char *evidence_name(enum evidence e)
{
	return e < EVIDENCE_MAX ? words[e] : NULL;
}

enum evidence evidence_parse(const char *word)
{
	for (int e = 0; word && e < EVIDENCE_MAX; e++)
		if (words[e] && strcmp(words[e], word) == 0)
			return (enum evidence)e;
	return EVIDENCE_NONE;
}
