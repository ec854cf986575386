/* SPDX-License-Identifier: MIT */
#include "cmd.h"

#include "model/builds.h"
#include "store/documents.h"
#include "util/escape.h"

DEFINE_VEC(rm_vec, int64_t)

struct removal {
	struct rm_vec images, documents;
};

static void removal_release(struct removal *r)
{
	rm_vec_release(&r->images);
	rm_vec_release(&r->documents);
}

/* ---- documents ---- */

struct search {
	struct bytes text;
	struct rm_vec of_input, of_name;
	struct buf inputs; /* those of of_name, each once, as far as neighbours tell */
	char last[160];
	uint32_t n_inputs;
};

static void search_release(struct search *s)
{
	rm_vec_release(&s->of_input);
	rm_vec_release(&s->of_name);
	buf_release(&s->inputs);
}

static int note_document(void *arg, const struct document_row *row)
{
	struct search *s = arg;
	char shown[160];

	if (bytes_equal(row->input, s->text))
		return rm_vec_push(&s->of_input, row->id);
	escape_short(row->input, shown, sizeof(shown));
	if (strcmp(shown, s->last) != 0) {
		strcpy(s->last, shown);
		buf_addf(&s->inputs, " %s", shown);
		s->n_inputs++;
	}
	return rm_vec_push(&s->of_name, row->id);
}

static int take_found(const struct search *s, struct rm_vec *ret, struct err *err)
{
	const struct rm_vec *found = s->of_input.n ? &s->of_input : &s->of_name;
	char shown[160];

	if (!s->of_input.n && s->n_inputs > 1)
		return err_set(err, EEXIST,
			       "%s: documents of several inputs have this name (name the "
			       "input:%s)",
			       escape_short(s->text, shown, sizeof(shown)),
			       buf_str(&s->inputs));
	vec_foreach (id, found)
		if (rm_vec_push(ret, *id) < 0)
			return err_oom(err);
	return found->n > 0;
}

/* 1: found. */
static int search_documents(struct db *db, const char *text, struct rm_vec *ret,
			    struct err *err)
{
	_cleanup_(search_release) struct search s = {.text = bytes_from_str(text)};
	int r = documents_called(db, s.text, note_document, &s, err);

	if (r == 0)
		return take_found(&s, ret, err);
	return r == -ENOMEM ? err_oom(err) : r;
}

/* By the input's absolute path, as the index has it, or as it was said. */
static int find_documents(struct session *s, const char *text, struct rm_vec *ret,
			  struct err *err)
{
	_cleanup_free_ char *path = realpath(text, NULL);
	int r = path ? search_documents(s->db, path, ret, err) : 0;

	return r ? r : search_documents(s->db, text, ret, err);
}

/* ---- all ---- */

static int find(struct session *s, struct catalog *c, const char *text, struct removal *ret,
		struct err *err)
{
	const struct catalog_image *img;
	struct err unknown = ERR_INIT;
	int r = catalog_resolve(c, bytes_from_str(text), &img, &unknown);

	if (r == 0)
		return rm_vec_push(&ret->images, img->id) < 0 ? err_oom(err) : 0;
	if (r == -ENOENT) {
		int found = find_documents(s, text, &ret->documents, err);

		if (found)
			return MIN(found, 0);
	}
	if (err)
		*err = unknown;
	return r;
}

static int remove_rows(struct db *db, const struct removal *what, struct err *err)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < what->documents.n; i++)
		r = document_remove(db, what->documents.v[i], err);
	for (size_t i = 0; r == 0 && i < what->images.n; i++)
		r = images_delete(db, what->images.v[i], err);
	return r;
}

static int remove_all(struct session *s, const struct removal *what, struct err *err)
{
	_cleanup_(db_freep) struct db *db = NULL;
	int r;

	session_close(s);
	r = db_open(s->paths.db, DB_WRITE, &db, err);
	if (r == 0)
		r = db_begin(db, err);
	if (r == 0)
		r = remove_rows(db, what, err);
	/* What was a stage or a base of theirs may be a build of its own now. */
	if (r == 0)
		r = builds_update(db, err);
	if (r >= 0)
		r = db_bump_generation(db, err);
	if (r == 0)
		r = db_commit(db, err);
	if (db)
		db_rollback(db);
	return r;
}

static int run(struct session *s, const struct opt_values *o, int argc, char **argv,
	       struct err *err)
{
	_cleanup_(removal_release) struct removal what = {0};
	struct catalog *c;
	int r = session_catalog(s, &c, err);

	(void)o;
	for (int i = 0; r == 0 && i < argc; i++)
		r = find(s, c, argv[i], &what, err);
	return r < 0 ? r : remove_all(s, &what, err);
}

const struct cmd cmd_rm = {
    .name = "rm",
    .args = "IMAGE...",
    .summary = "remove images and documents about builds from the index (the archives stay)",
    .details = "All or none. A document is named by the input that brought it (the cache,\n"
	       "the JSON file, the Dockerfile) or by its own name; those that are about an\n"
	       "image go with it. Layers that nothing uses any more are freed by `stagefs gc`.",
    .min_args = 1,
    .max_args = -1,
    .run = run,
};
