/* SPDX-License-Identifier: MIT */
#include "cmd.h"

#include "out.h"
#include "verify_duplicates.h"

#include <unistd.h>

static int check_layer(struct content *content, int64_t layer, const char *name, bool quiet,
		       struct err *err)
{
	_cleanup_(buf_release) struct buf line = BUF_INIT;
	struct err why = ERR_INIT;
	int r = content_verify_layer(content, layer, &why);

	if (r == -ENOENT || r == -ESTALE || r == -EIO || r == -EBADMSG)
		r = 1;
	if (r < 0) {
		*err = why;
		return r;
	}
	if (r == 0 && quiet)
		return 0;
	buf_addf(&line, "%s  %s", r == 0 ? "ok " : "BAD", name);
	if (r)
		buf_addf(&line, ": %s", why.msg);
	buf_add_char(&line, '\n');
	return out_write(buf_bytes(&line), err) < 0 ? -EIO : r;
}

static int check_image(struct content *content, const struct catalog *c,
		       const struct catalog_image *img, bool quiet, struct err *err)
{
	int verdict = 0;

	for (uint32_t i = 0; i < img->n_layers; i++) {
		const struct catalog_stored_layer *l =
		    catalog_stored_layer(c, img->layers[i].layer);
		int r = l ? check_layer(content, l->id, l->name, quiet, err) : 0;

		if (r < 0)
			return r;
		verdict |= r;
	}
	return verdict;
}

/* The verdicts are for the next readers, too; of an index that cannot be written, only ours. */
static int open_content(struct session *s, struct content **ret, struct err *err)
{
	if (!s->content_db && access(s->paths.db, W_OK) == 0 &&
	    db_open(s->paths.db, DB_WRITE, &s->content_db, NULL) < 0)
		s->content_db = NULL;
	return session_content(s, ret, err);
}

static const struct opt opts[] = {
    {"duplicates", 0, NULL, "instead, compare what is called a duplicate, byte by byte"},
    {0},
};

/* Ids, because naming an input indexes it and makes the catalog another one. */
static int check_duplicates(struct session *s, int argc, char **argv, struct err *err)
{
	_cleanup_free_ int64_t *images = calloc((size_t)argc + 1, sizeof(*images));

	if (!images)
		return err_oom(err);
	for (int i = 0; i < argc; i++) {
		const struct catalog_image *img;
		int r = session_image(s, argv[i], &img, err);

		if (r < 0)
			return r;
		images[i] = img->id;
	}
	return verify_duplicates(s, images, (size_t)argc, err);
}

static int check_all(struct session *s, struct content *content, const struct catalog *c,
		     struct err *err)
{
	int verdict = 0;

	for (size_t i = 0; i < c->n_layers; i++) {
		int r = check_layer(content, c->layers[i].id, c->layers[i].name, s->quiet, err);

		if (r < 0)
			return r;
		verdict |= r;
	}
	return verdict;
}

static int check_images(struct session *s, struct content *content, int argc, char **argv,
			struct err *err)
{
	int verdict = 0;

	for (int i = 0; i < argc; i++) {
		const struct catalog_image *img;
		struct catalog *c;
		int r = session_image(s, argv[i], &img, err);

		if (r == 0)
			r = session_catalog(s, &c, err);
		if (r == 0)
			r = session_content(s, &content, err);
		if (r == 0)
			r = check_image(content, c, img, s->quiet, err);
		if (r < 0)
			return r;
		verdict |= r;
	}
	return verdict;
}

static int run(struct session *s, const struct opt_values *o, int argc, char **argv,
	       struct err *err)
{
	struct content *content;
	struct catalog *c;
	int r = session_catalog(s, &c, err);

	if (r == 0)
		r = db_check(s->db, err);
	if (r == 0)
		r = open_content(s, &content, err);
	if (r < 0)
		return r;
	if (opts_has(o, "duplicates"))
		return check_duplicates(s, argc, argv, err);
	return argc ? check_images(s, content, argc, argv, err) : check_all(s, content, c, err);
}

const struct cmd cmd_verify = {
    .name = "verify",
    .args = "[IMAGE...]",
    .summary = "read every stored byte again and compare it with its digests",
    .details = "Also checks the index itself. Exit status 1: something differs or is gone.",
    .opts = opts,
    .min_args = 0,
    .max_args = -1,
    .run = run,
};
