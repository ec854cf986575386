/* SPDX-License-Identifier: MIT */
#include "cmd.h"

#include "evidence_options.h"
#include "out.h"

static const struct opt opts[] = {
    {"layer", 0, NULL, "INPUT is a bare layer or root file system tar (docker export)"},
    {"verify", 0, NULL, "also hash layers that are known from another archive"},
    {"dockerfile", 0, "FILE", "the Dockerfile that the images of these inputs were built from"},
    {"build-arg", 0, "NAME=VALUE", "an ARG it was built with; may be repeated"},
    {"stage", 0, "NAME=IMAGE", "IMAGE is stage NAME of its build (BUILD/NAME: of that one)"},
    {"limit", 0, "NAME=VALUE", "change a limit on untrusted input (K, M, G)"},
    {0},
};

static int run(struct session *s, const struct opt_values *o, int argc, char **argv,
	       struct err *err)
{
	_cleanup_(ingest_image_vec_release) struct ingest_image_vec ids = {0};
	struct catalog *c;
	_cleanup_(evidence_release) struct saying_vec said = {0};
	int r = evidence_read(o, &said, err);

	if (r == 0)
		r = session_index(s, argv, argc, o, &ids, err);
	if (r == 0)
		r = evidence_keep(s, &said, &ids, err);
	if (r == 0)
		r = session_catalog(s, &c, err);
	if (r < 0)
		return r;
	vec_foreach (id, &ids) {
		const struct catalog_image *img = catalog_image(c, *id);
		_cleanup_(buf_release) struct buf line = BUF_INIT;

		if (!img)
			continue;
		buf_addf(&line, "%s\n", img->name);
		r = out_write(buf_bytes(&line), err);
		if (r < 0)
			return r;
	}
	return 0;
}

const struct cmd cmd_index = {
    .name = "index",
    .args = "INPUT...",
    .summary =
	"read archives and evidence about builds into the index; print the images' names",
    .details =
	"A layer is read once, however many archives hold it. Every blob is checked\n"
	"against its digest, every layer against its DiffID. A bad archive leaves the\n"
	"index as it was. Provenances, BuildKit caches, .dockerbuild and metadata files are\n"
	"inputs, too.",
    .opts = opts,
    .min_args = 1,
    .max_args = -1,
    .run = run,
};
