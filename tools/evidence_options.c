/* SPDX-License-Identifier: MIT */
#include "evidence_options.h"

#include "model/builds.h"
#include "model/dockerfile.h"
#include "store/documents.h"
#include "store/images.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

/* ---- reading ---- */

static void saying_release(struct saying *s)
{
	buf_release(&s->text);
	buf_release(&s->args);
}

void evidence_release(struct saying_vec *said)
{
	vec_foreach (s, said)
		saying_release(s);
	saying_vec_release(said);
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
static int read_dockerfile(struct saying *s, struct err *err)
{
	_cleanup_(dockerfile_freep) struct dockerfile *d = NULL;
	int r = read_file(s->value, &s->text, err);

	if (r < 0)
		return r;
	r = dockerfile_parse(buf_bytes(&s->text), NULL, 0, BYTES_NULL, &d, err);
	return r < 0 ? err_prefix(err, r, "%s", s->value) : 0;
}

/* "[BUILD/]NAME=IMAGE", none of them empty. */
static int check_stage(const char *value, struct err *err)
{
	const char *eq = strchr(value, '=');

	if (eq && eq > value && eq[-1] != '/' && value[0] != '/' && eq[1])
		return 0;
	return err_set(err, EINVAL, "--stage %s: expected [BUILD/]NAME=IMAGE", value);
}

int evidence_arguments(const struct opt_values *o, struct buf *ret)
{
	for (size_t i = 0; i < o->n; i++) {
		if (strcmp(o->given[i].opt->name, "build-arg") != 0)
			continue;
		buf_add_str(ret, o->given[i].value);
		buf_add_char(ret, 0);
	}
	return buf_status(ret);
}

int evidence_read(const struct opt_values *o, struct saying_vec *ret, struct err *err)
{
	int r = 0;

	if (opts_has(o, "build-arg") && !opts_has(o, "dockerfile"))
		return err_set(err, EINVAL, "--build-arg is for --dockerfile");
	for (size_t i = 0; r == 0 && i < o->n; i++) {
		const char *name = o->given[i].opt->name;
		struct saying s = {.value = o->given[i].value};

		s.dockerfile = strcmp(name, "dockerfile") == 0;
		if (!s.dockerfile && strcmp(name, "stage") != 0)
			continue;
		r = s.dockerfile ? read_dockerfile(&s, err) : check_stage(s.value, err);
		if (r == 0 && s.dockerfile && evidence_arguments(o, &s.args) < 0)
			r = err_oom(err);
		if (saying_vec_push(ret, s) < 0) {
			saying_release(&s);
			return err_oom(err);
		}
	}
	return r;
}

/* ---- keeping ---- */

struct keeping {
	struct db *db;
	const struct catalog *catalog;
	const struct ingest_image_vec *images;
	bool changed;
	struct err *err;
};

static int add(struct keeping *k, struct document_row *row)
{
	int64_t id;
	int r;

	row->indexed = time(NULL);
	r = document_add(k->db, row, &id, k->err);
	k->changed |= r > 0;
	return MIN(r, 0);
}

/* The Dockerfile and the arguments of its build; they go together, also when removed. */
static int add_dockerfile(struct keeping *k, struct document_row *row, struct bytes args)
{
	struct document_row with_args = *row;
	int r = add(k, row);

	if (r < 0 || !args.len)
		return r;
	with_args.kind = DOCUMENT_ARGUMENTS;
	with_args.body = args;
	return add(k, &with_args);
}

static int keep_dockerfile(struct keeping *k, const struct saying *s)
{
	_cleanup_free_ char *path = realpath(s->value, NULL);
	const char *slash = strrchr(s->value, '/');
	struct document_row row = {.kind = DOCUMENT_DOCKERFILE,
				   .body = buf_bytes(&s->text),
				   .name = bytes_from_str(slash ? slash + 1 : s->value),
				   .input = bytes_from_str(path ? path : s->value)};
	int r = 0;

	if (!k->images->n)
		return add_dockerfile(k, &row, buf_bytes(&s->args));
	vec_foreach (id, k->images) {
		const struct catalog_image *img = catalog_image(k->catalog, *id);

		if (r < 0 || !img)
			continue;
		row.subject = bytes_from_str(img->config_digest);
		r = add_dockerfile(k, &row, buf_bytes(&s->args));
	}
	return r;
}

/* The last name that an image got. */
struct latest {
	int64_t image, event;
	struct buf name;
};

static int note_name(void *arg, const struct name_row *row)
{
	struct latest *l = arg;

	if (row->image != l->image || row->event < l->event)
		return 0;
	l->event = row->event;
	buf_clear(&l->name);
	buf_add_str(&l->name, row->reference);
	return buf_status(&l->name);
}

/* "NAME", or "BUILD/NAME" with BUILD's reference, however the user spelled it. */
static int stage_name(struct keeping *k, struct bytes said, struct buf *ret)
{
	const char *slash = memrchr(said.ptr, '/', said.len);
	struct latest latest = {.name = BUF_INIT};
	const struct catalog_image *build;
	size_t len = slash ? (size_t)(slash - said.ptr) : 0;
	int r = 0;

	if (slash) {
		r = catalog_resolve(k->catalog, bytes_make(said.ptr, len), &build, k->err);
		if (r < 0)
			return r;
		latest.image = build->id;
		r = names_each(k->db, note_name, &latest, k->err);
		buf_add_bytes(ret, latest.name.len ? buf_bytes(&latest.name)
						   : bytes_make(said.ptr, len));
		buf_release(&latest.name);
		buf_add_char(ret, '/');
		said = bytes_skip(said, len + 1);
	}
	buf_add_bytes(ret, said);
	return r < 0 || buf_status(ret) == 0 ? r : err_oom(k->err);
}

static int keep_stage(struct keeping *k, const struct saying *s)
{
	const char *eq = strchr(s->value, '=');
	_cleanup_(buf_release) struct buf name = BUF_INIT;
	struct document_row row = {.kind = DOCUMENT_STAGE};
	const struct catalog_image *img;
	int r = catalog_resolve(k->catalog, bytes_from_str(eq + 1), &img, k->err);

	if (r == 0)
		r = stage_name(k, bytes_make(s->value, (size_t)(eq - s->value)), &name);
	if (r < 0)
		return err_prefix(k->err, r, "--stage %s", s->value);
	row.name = buf_bytes(&name);
	row.body = row.input = bytes_from_str(eq + 1);
	row.subject = bytes_from_str(img->config_digest);
	return add(k, &row);
}

/* The builds that follow from it, in the same transaction. */
static int finish(struct keeping *k)
{
	int r = k->changed ? builds_update(k->db, k->err) : 0;

	if (r >= 0 && k->changed)
		r = db_bump_generation(k->db, k->err);
	return r < 0 ? r : db_commit(k->db, k->err);
}

static int keep_all(struct keeping *k, const struct saying_vec *said)
{
	int r = db_begin(k->db, k->err);

	vec_foreach (s, said)
		if (r == 0)
			r = s->dockerfile ? keep_dockerfile(k, s) : keep_stage(k, s);
	if (r == 0)
		r = finish(k);
	db_rollback(k->db);
	return r;
}

int evidence_keep(struct session *s, const struct saying_vec *said,
		  const struct ingest_image_vec *images, struct err *err)
{
	_cleanup_(db_freep) struct db *db = NULL;
	struct keeping k = {.images = images, .err = err};
	struct catalog *c;
	int r;

	if (!said->n)
		return 0;
	r = session_catalog(s, &c, err);
	if (r == 0)
		r = db_open(s->paths.db, DB_WRITE, &db, err);
	if (r < 0)
		return r;
	k.db = db;
	k.catalog = c;
	r = keep_all(&k, said);
	session_close(s);
	return r;
}

/* One of these images by its name; podman keeps what has no registry under localhost/. */
static int image_called(const struct catalog *c, const struct ingest_image_vec *images,
			const char *name, const struct catalog_image **ret, struct err *err)
{
	static const char *const registries[] = {"", "localhost/"};

	for (size_t k = 0; k < ARRAY_SIZE(registries); k++) {
		_cleanup_(buf_release) struct buf whole = BUF_INIT;

		buf_addf(&whole, "%s%s", registries[k], name);
		if (buf_status(&whole) < 0)
			return err_oom(err);
		if (catalog_resolve(c, buf_bytes(&whole), ret, NULL) < 0)
			continue;
		vec_foreach (id, images)
			if (*id == (*ret)->id)
				return 0;
	}
	return err_set(err, ENOENT, "what was saved holds no image %s", name);
}

int evidence_dockerfile(struct session *s, struct bytes text, struct bytes args,
			const struct ingest_image_vec *images, const char *final,
			struct err *err)
{
	_cleanup_(db_freep) struct db *db = NULL;
	struct keeping k = {.images = images, .err = err};
	struct document_row row = {.kind = DOCUMENT_DOCKERFILE,
				   .body = text,
				   .name = BYTES("Dockerfile"),
				   .input = bytes_from_str(final)};
	const struct catalog_image *img;
	struct catalog *c;
	int r = session_catalog(s, &c, err);

	if (r == 0)
		r = image_called(c, images, final, &img, err);
	if (r == 0)
		r = db_open(s->paths.db, DB_WRITE, &db, err);
	if (r < 0)
		return r;
	k.db = db;
	row.subject = bytes_from_str(img->config_digest);
	r = db_begin(db, err);
	if (r == 0)
		r = add_dockerfile(&k, &row, args);
	if (r == 0)
		r = finish(&k);
	db_rollback(db);
	session_close(s);
	return r;
}
