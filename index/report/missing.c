/* SPDX-License-Identifier: MIT */
/* MISSING.txt of a stage that is known by name only. */
#include "report/report.h"

#include "util/escape.h"

#include <stdio.h>
#include <string.h>

/* "app" of "ghcr.io/acme/app:1.2"; what a stage's image would be called. */
static struct bytes repository_of(const char *name)
{
	struct bytes b = bytes_from_str(name);
	size_t cut = b.len;

	for (size_t i = b.len; i-- > 0 && b.ptr[i] != '/' && b.ptr[i] != '+';)
		if (b.ptr[i] == ':')
			cut = i;
	b.len = cut;
	return b;
}

int report_missing_stage(const struct catalog_stage *s, struct buf *ret)
{
	struct bytes repository = repository_of(s->build->name);
	char name[200], repo[200], unnamed[32];

	escape_short(bytes_from_str(s->name), name, sizeof(name));
	escape_short(repository, repo, sizeof(repo));
	/* In the mount '/' is '+', which no reference may hold. */
	for (char *c = repo; *c; c++)
		*c = *c == '+' ? '/' : *c;
	snprintf(unnamed, sizeof(unnamed), "stage-%u", s->index);
	buf_addf(
	    ret,
	    "No input holds the layers of stage %s: it is known by name only.\n\n"
	    "Any of these supplies them (the build cache makes them cheap; run them where the\n"
	    "Dockerfile is):\n\n",
	    name);
	if (strcmp(s->name, unnamed) != 0) /* --target takes no numbers */
		buf_addf(ret,
			 "  docker build --target %s -t %s:%s .\n"
			 "  docker save %s:%s | stagefs index -\n\n"
			 "or, for all stages at once,\n\n",
			 name, repo, name, repo, name);
	buf_addf(ret,
		 "  stagefs build -t %s .\n\n"
		 "or the build cache of all stages:\n\n"
		 "  docker buildx build --cache-to type=local,mode=max,dest=cache .\n"
		 "  stagefs index cache\n",
		 repo);
	if (!s->s->needed)
		buf_add_str(ret, "\nThe target of the build does not need this stage: a plain "
				 "build does not\nmake it.\n");
	return buf_status(ret);
}
