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
	};
	int r;

	if (file->image && !ctx.image)
		return err_set(err, ESTALE, "the image is no longer in the index");
	r = file->report->render(&ctx, file->format, ret, err);
	return r < 0 ? err_prefix(err, r, "report %s", file->report->name) : buf_status(ret);
}

int render_file(const struct render_from *from, const struct layout_file *file, struct buf *ret,
		struct err *err)
{
	if (file->kind == LAYOUT_FILE_REPORT)
		return render_report(from, file, ret, err);
	return render_document(from, file, ret, err);
}
