/* SPDX-License-Identifier: MIT */
#include "evidence_options.h"

#include "model/builds.h"
#include "model/dockerfile.h"
#include "store/documents.h"
#include "util/escape.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

struct saying {
	struct session *s;
	struct db *db;
	const struct catalog *catalog;
	const struct ingest_image_vec *images;
	bool changed;
	struct err *err;
};

static int add(struct saying *e, struct document_row *row)
{
	int64_t id;
	int r;

	row->indexed = time(NULL);
	r = document_add(e->db, row, &id, e->err);
	e->changed |= r > 0;
	return MIN(r, 0);
}

static int read_file(const char *path, struct buf *ret, struct err *err)
{
	FILE *f = strcmp(path, "-") == 0 ? stdin : fopen(path, "re");
	char part[8192];
	size_t n;
	int r = 0;

	if (!f)
		return err_sys(err, errno, "%s", path);
	while (r == 0 && (n = fread(part, 1, sizeof(part), f)) > 0) {
		r = buf_add(ret, part, n);
		if (ret->len > DOCKERFILE_MAX_BYTES)
			r = err_set(err, EFBIG, "%s: longer than 4 MiB", path);
	}
	if (r == 0 && ferror(f))
		r = err_sys(err, errno, "%s", path);
	if (f != stdin)
		fclose(f);
	return r == -ENOMEM ? err_oom(err) : r;
}

/* What cannot be read is refused here, where the user can see it. */
static int check_dockerfile(const char *path, const struct buf *text, struct err *err)
{
	_cleanup_(dockerfile_freep) struct dockerfile *d = NULL;
	int r = dockerfile_parse(buf_bytes(text), NULL, 0, BYTES_NULL, &d, err);

	return r < 0 ? err_prefix(err, r, "%s", path) : 0;
}

static int add_dockerfile(struct saying *e, const char *path)
{
	_cleanup_(buf_release) struct buf text = BUF_INIT;
	int r = read_file(path, &text, e->err);

	if (r == 0)
		r = check_dockerfile(path, &text, e->err);
	if (r == 0 && !e->images->n)
		return err_set(e->err, EINVAL,
			       "%s: the inputs hold no image that it could be of", path);
	vec_foreach (id, e->images) {
		const struct catalog_image *img = catalog_image(e->catalog, *id);
		struct document_row row = {.kind = DOCUMENT_DOCKERFILE,
					   .body = buf_bytes(&text),
					   .name = bytes_from_str(path),
					   .input = bytes_from_str(path)};

		if (r < 0 || !img)
			continue;
		row.subject = bytes_from_str(img->config_digest);
		r = add(e, &row);
	}
	return r;
}

/* "[BUILD/]NAME=IMAGE" */
static int add_stage(struct saying *e, const char *value)
{
	const char *eq = strchr(value, '=');
	const struct catalog_image *img;
	struct document_row row = {.kind = DOCUMENT_STAGE};
	int r;

	if (!eq || eq == value || !eq[1])
		return err_set(e->err, EINVAL, "--stage %s: expected [BUILD/]NAME=IMAGE",
			       value);
	r = catalog_resolve(e->catalog, bytes_from_str(eq + 1), &img, e->err);
	if (r < 0)
		return err_prefix(e->err, r, "--stage %s", value);
	row.name = bytes_make(value, (size_t)(eq - value));
	row.body = row.input = bytes_from_str(eq + 1);
	row.subject = bytes_from_str(img->config_digest);
	return add(e, &row);
}

/* The builds that follow from it, in the same transaction. */
static int finish(struct saying *e)
{
	int r = e->changed ? builds_update(e->db, e->err) : 0;

	if (r >= 0 && e->changed)
		r = db_bump_generation(e->db, e->err);
	return r < 0 ? r : db_commit(e->db, e->err);
}

static int add_all(struct saying *e, const struct opt_values *o)
{
	int r = db_begin(e->db, e->err);

	for (size_t i = 0; r == 0 && i < o->n; i++) {
		if (strcmp(o->given[i].opt->name, "dockerfile") == 0)
			r = add_dockerfile(e, o->given[i].value);
		else if (strcmp(o->given[i].opt->name, "stage") == 0)
			r = add_stage(e, o->given[i].value);
	}
	if (r == 0)
		r = finish(e);
	db_rollback(e->db);
	return r;
}

int evidence_options(struct session *s, const struct opt_values *o,
		     const struct ingest_image_vec *images, struct err *err)
{
	_cleanup_(db_freep) struct db *db = NULL;
	struct saying e = {.s = s, .images = images, .err = err};
	struct catalog *c;
	int r;

	if (!opts_has(o, "dockerfile") && !opts_has(o, "stage"))
		return 0;
	r = session_catalog(s, &c, err);
	if (r == 0)
		r = db_open(s->paths.db, DB_WRITE, &db, err);
	if (r < 0)
		return r;
	e.db = db;
	e.catalog = c;
	r = add_all(&e, o);
	session_close(s);
	return r;
}

int evidence_dockerfile(struct session *s, struct bytes text,
			const struct ingest_image_vec *images, const char *final,
			struct err *err)
{
	_cleanup_(db_freep) struct db *db = NULL;
	struct saying e = {.s = s, .images = images, .err = err};
	struct document_row row = {.kind = DOCUMENT_DOCKERFILE,
				   .body = text,
				   .name = BYTES("Dockerfile"),
				   .input = bytes_from_str(final)};
	const struct catalog_image *img;
	struct catalog *c;
	int r = session_catalog(s, &c, err);

	if (r == 0)
		r = catalog_resolve(c, bytes_from_str(final), &img, err);
	if (r == 0)
		r = db_open(s->paths.db, DB_WRITE, &db, err);
	if (r < 0)
		return r;
	e.db = db;
	row.subject = bytes_from_str(img->config_digest);
	r = db_begin(db, err);
	if (r == 0)
		r = add(&e, &row);
	if (r == 0)
		r = finish(&e);
	db_rollback(db);
	session_close(s);
	return r;
}
