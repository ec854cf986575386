/* SPDX-License-Identifier: MIT */
#include "ingest/walk_layer.h"

#include "tar/name.h"

#include <endian.h>

static const uint32_t type_bits[] = {
    [TAR_FILE] = S_IFREG,     [TAR_DIR] = S_IFDIR,  [TAR_SYMLINK] = S_IFLNK,
    [TAR_HARDLINK] = S_IFREG, [TAR_CHAR] = S_IFCHR, [TAR_BLOCK] = S_IFBLK,
    [TAR_FIFO] = S_IFIFO,
};

static int on_finding(void *arg, enum finding f, struct bytes path, const char *detail,
		      struct err *err)
{
	struct walk_layer *w = arg;

	return side_add_finding(&w->side, f, path, detail, err);
}

int walk_layer_init(struct walk_layer *w, struct decoding *decoding, struct progress *progress,
		    const struct limits *limits, int spill_fd, struct err *err)
{
	int r;

	*w = (struct walk_layer){.decoding = decoding, .progress = progress};
	side_init(&w->side, limits);
	r = hashing_new(&w->hashing, err);
	if (r == 0)
		r = layer_builder_new(limits, spill_fd, on_finding, w, &w->builder, err);
	return r;
}

void walk_layer_release(struct walk_layer *w)
{
	hashing_freep(&w->hashing);
	layer_builder_freep(&w->builder);
	side_release(&w->side);
	buf_release(&w->path);
	buf_release(&w->link);
	buf_release(&w->sparse);
}

/* ---- members ---- */

/* Normalised into out; climbing above the root is worth a finding. */
static int normalise(struct walk_layer *w, struct bytes raw, struct buf *out, struct bytes path,
		     struct err *err)
{
	int r;

	buf_clear(out);
	r = name_normalise(raw, out);
	if (r < 0)
		return err_oom(err);
	return r == 1 ? on_finding(w, FINDING_PATH_ESCAPE, path, NULL, err) : 0;
}

static int encode_regions(const struct tar_entry *e, struct buf *out)
{
	buf_clear(out);
	for (size_t i = 0; i < e->n_regions; i++) {
		uint64_t pair[2] = {htole64(e->regions[i].off), htole64(e->regions[i].len)};

		buf_add(out, pair, sizeof(pair));
	}
	return buf_status(out);
}

static int make_member(struct walk_layer *w, const struct tar_entry *e, struct layer_member *m,
		       struct err *err)
{
	int r;

	r = normalise(w, e->path, &w->path, e->path, err);
	if (r == 0 && e->type == TAR_HARDLINK)
		r = normalise(w, e->link, &w->link, e->path, err);
	if (r == 0 && encode_regions(e, &w->sparse) < 0)
		r = err_oom(err);
	if (r < 0)
		return r;
	*m = (struct layer_member){
	    .path = buf_bytes(&w->path),
	    .link = e->type == TAR_HARDLINK ? buf_bytes(&w->link) : e->link,
	    .mode = type_bits[e->type] | e->mode,
	    .hard_link = e->type == TAR_HARDLINK,
	    .uid = e->uid,
	    .gid = e->gid,
	    .rdev_major = e->rdev_major,
	    .rdev_minor = e->rdev_minor,
	    .mtime = e->mtime,
	    .mtime_nsec = e->mtime_nsec,
	    .size = e->size,
	    .stored = e->stored,
	    .data = e->offset,
	    .sparse = e->n_regions ? buf_bytes(&w->sparse) : BYTES_NULL,
	    .has_xattrs = e->n_xattrs > 0 && e->type != TAR_HARDLINK,
	};
	return 0;
}

static int on_entry(void *arg, const struct tar_entry *e, struct err *err)
{
	struct walk_layer *w = arg;
	struct layer_member m;
	int r;

	r = make_member(w, e, &m, err);
	if (r < 0)
		return r;
	r = layer_add(w->builder, &m, &w->handle, err);
	if (r != 0)
		return r;
	/* A hard link's attributes are its target's. */
	if (m.has_xattrs)
		r = side_add_xattrs(&w->side, w->handle, e->xattrs, e->n_xattrs, err);
	if (r < 0)
		return r;
	if (e->type != TAR_FILE || e->size == 0)
		return 1;
	hashing_begin(w->hashing, e->size, e->stored);
	return 0;
}

static int on_data(void *arg, const void *p, size_t n, uint64_t off, struct err *err)
{
	struct walk_layer *w = arg;

	(void)err;
	hashing_data(w->hashing, p, n, off);
	return 0;
}

static int on_end(void *arg, struct err *err)
{
	struct walk_layer *w = arg;
	unsigned char xxh128[16], sha256[32];

	if (!hashing_end(w->hashing, xxh128, sha256))
		return 0;
	return layer_set_hashes(w->builder, w->handle, xxh128, sha256, err);
}

/* ---- the stream ---- */

static int on_read(void *arg, const void **ret_p, size_t *ret_n, struct err *err)
{
	struct walk_layer *w = arg;
	int r;

	r = decoding_next(w->decoding, &w->piece, err);
	if (r == 0)
		r = progress_tick(w->progress, decoding_stored_bytes(w->decoding), err);
	if (r < 0)
		return r;
	w->pos += w->piece.len;
	*ret_p = w->piece.ptr;
	*ret_n = w->piece.len;
	return 0;
}

static bool all_zero(struct bytes b)
{
	return !b.len || (b.ptr[0] == 0 && memcmp(b.ptr, b.ptr + 1, b.len - 1) == 0);
}

/* Padding is zeros; anything else behind the end is worth a finding, and never an entry. */
static int look_behind_end(struct walk_layer *w, uint64_t end, struct err *err)
{
	uint64_t piece_at = w->pos - w->piece.len;
	bool clean = true;
	const void *p;
	size_t n;
	int r;

	if (end > piece_at)
		w->piece = bytes_skip(w->piece, (size_t)MIN(end - piece_at, w->piece.len));
	while (w->piece.len) {
		clean = clean && all_zero(w->piece);
		r = on_read(w, &p, &n, err);
		if (r < 0)
			return r;
	}
	return clean ? 0
		     : side_add_finding(&w->side, FINDING_TRAILING_DATA, BYTES(""),
					"behind the end of the tar", err);
}

int walk_layer_run(struct walk_layer *w, const struct limits *limits, bool allow_empty,
		   struct err *err)
{
	const struct tar_stream stream = {.arg = w, .read = on_read};
	const struct tar_visitor visitor = {
	    .arg = w,
	    .entry = on_entry,
	    .data = on_data,
	    .end = on_end,
	    .finding = on_finding,
	};
	struct tar_totals totals;
	int r;

	r = tar_walk(&stream, limits, allow_empty, &visitor, &totals, err);
	return r < 0 ? r : look_behind_end(w, totals.bytes, err);
}
