/* SPDX-License-Identifier: MIT */
#include "fs/render.h"

static int render_document(const struct render_from *from, const struct layout_file *file,
			   struct buf *ret, struct err *err)
{
	struct image_row row;
	int r = images_get(from->db, file->image, &row, err);

	if (r < 0)
		return r;
	if (r == 0)
		return err_set(err, ESTALE, "the image is no longer in the index");
	return buf_add_bytes(ret, file->kind == LAYOUT_FILE_CONFIG ? row.config : row.manifest);
}

static int render_report(const struct render_from *from, const struct layout_file *file,
			 struct buf *ret, struct err *err)
{
	struct report_ctx ctx = {
	    .catalog = from->catalog,
	    .forest = from->forest,
	    .db = from->db,
	    .image = file->image ? catalog_image(from->catalog, file->image) : NULL,
	    .build = file->build ? catalog_build(from->catalog, file->build) : NULL,
	    .stage = file->stage ? catalog_stage(from->catalog, file->stage) : NULL,
	};
	int r;

	if ((file->image && !ctx.image) || (file->build && !ctx.build) ||
	    (file->stage && !ctx.stage))
		return err_set(err, ESTALE, "what it is about is no longer in the index");
	r = file->report->render(&ctx, file->format, ret, err);
	return r < 0 ? err_prefix(err, r, "report %s", file->report->name) : buf_status(ret);
}

static int render_of_build(const struct render_from *from, const struct layout_file *file,
			   struct buf *ret, struct err *err)
{
	const struct catalog_build *b = catalog_build(from->catalog, file->build);
	const struct catalog_stage *s = catalog_stage(from->catalog, file->stage);

	if (file->kind == LAYOUT_FILE_DOCKERFILE ? !b : !s)
		return err_set(err, ESTALE, "the build is no longer in the index");
	return file->kind == LAYOUT_FILE_DOCKERFILE ? buf_add_bytes(ret, b->b->dockerfile)
						    : report_missing_stage(s, ret);
}

int render_file(const struct render_from *from, const struct layout_file *file, struct buf *ret,
		struct err *err)
{
	if (file->kind == LAYOUT_FILE_REPORT)
		return render_report(from, file, ret, err);
	if (file->kind == LAYOUT_FILE_DOCKERFILE || file->kind == LAYOUT_FILE_MISSING)
		return render_of_build(from, file, ret, err);
	return render_document(from, file, ret, err);
}
