/* SPDX-License-Identifier: MIT */
#include "cmd.h"

#include "model/builds.h"

DEFINE_VEC(rm_vec, int64_t)

static int remove_all(struct session *s, const struct rm_vec *ids, struct err *err)
{
	_cleanup_(db_freep) struct db *db = NULL;
	int r;

	session_close(s);
	r = db_open(s->paths.db, DB_WRITE, &db, err);
	if (r == 0)
		r = db_begin(db, err);
	for (size_t i = 0; r == 0 && i < ids->n; i++)
		r = images_delete(db, ids->v[i], err);
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
	_cleanup_(rm_vec_release) struct rm_vec ids = {0};
	struct catalog *c;
	int r = session_catalog(s, &c, err);

	(void)o;
	for (int i = 0; r == 0 && i < argc; i++) {
		const struct catalog_image *img;

		r = catalog_resolve(c, bytes_from_str(argv[i]), &img, err);
		if (r == 0 && rm_vec_push(&ids, img->id) < 0)
			r = err_oom(err);
	}
	return r < 0 ? r : remove_all(s, &ids, err);
}

const struct cmd cmd_rm = {
    .name = "rm",
    .args = "IMAGE...",
    .summary = "remove images from the index (the archives stay)",
    .details = "All or none. Layers that no image uses any more are freed by `stagefs gc`.",
    .min_args = 1,
    .max_args = -1,
    .run = run,
};
