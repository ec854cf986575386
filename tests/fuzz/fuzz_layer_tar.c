/* SPDX-License-Identifier: MIT */
/*
 * A layer's tar as ingest takes it: walked, put into a layer, finished into rows, loaded again
 * and merged with itself. The stream comes in pieces of a size that its length decides.
 */
#include "fuzz.h"

#include "model/attribute.h"
#include "model/layer_internal.h"
#include "model/merge.h"
#include "tar/name.h"
#include "tar/walk.h"

struct walk {
	struct bytes rest;
	size_t piece;
	struct layer_builder *builder;
	struct buf path, link;
	uint64_t size, seen; /* of the present file */
	bool in_file;
};

static int on_read(void *arg, const void **ret, size_t *ret_n, struct err *err)
{
	struct walk *w = arg;

	(void)err;
	*ret = w->rest.ptr;
	*ret_n = MIN(w->piece, w->rest.len);
	w->rest = bytes_skip(w->rest, *ret_n);
	return 0;
}

static int on_finding(void *arg, enum finding f, struct bytes path, const char *detail,
		      struct err *err)
{
	(void)arg, (void)path, (void)detail, (void)err;
	fuzz_check(f < FINDING_COUNT);
	return 0;
}

static int on_entry(void *arg, const struct tar_entry *e, struct err *err)
{
	static const uint32_t types[] = {
	    [TAR_FILE] = S_IFREG,     [TAR_DIR] = S_IFDIR,  [TAR_SYMLINK] = S_IFLNK,
	    [TAR_HARDLINK] = S_IFREG, [TAR_CHAR] = S_IFCHR, [TAR_BLOCK] = S_IFBLK,
	    [TAR_FIFO] = S_IFIFO,
	};
	struct walk *w = arg;
	struct layer_member m = {.mode = types[e->type] | e->mode,
				 .link = e->link,
				 .hard_link = e->type == TAR_HARDLINK,
				 .uid = e->uid,
				 .gid = e->gid,
				 .rdev_major = e->rdev_major,
				 .rdev_minor = e->rdev_minor,
				 .mtime = e->mtime,
				 .mtime_nsec = e->mtime_nsec,
				 .size = e->size,
				 .stored = e->stored,
				 .data = e->offset};
	uint32_t handle;
	int r;

	fuzz_check(!w->in_file && e->mode <= 07777 && e->header <= e->offset);
	buf_clear(&w->path);
	buf_clear(&w->link);
	fuzz_check(name_normalise(e->path, &w->path) >= 0);
	m.path = buf_bytes(&w->path);
	if (m.hard_link) {
		fuzz_check(name_normalise(e->link, &w->link) >= 0);
		m.link = buf_bytes(&w->link);
	}
	r = layer_add(w->builder, &m, &handle, err);
	w->in_file = r == 0 && e->type == TAR_FILE;
	w->size = e->size;
	w->seen = 0;
	return r;
}

static int on_data(void *arg, const void *p, size_t n, uint64_t off, struct err *err)
{
	struct walk *w = arg;

	(void)p, (void)err;
	fuzz_check(w->in_file && off >= w->seen && off + n <= w->size);
	w->seen = off + n;
	return 0;
}

static int on_end(void *arg, struct err *err)
{
	struct walk *w = arg;

	(void)err;
	fuzz_check(w->in_file);
	w->in_file = false;
	return 0;
}

static int load_row(void *arg, const struct entry_row *row, uint32_t handle, struct err *err)
{
	struct entry_row mine = *row;

	(void)handle, (void)err;
	mine.id = ENTRY_ID(1, ENTRY_SEQ(row->id));
	mine.inode = ENTRY_ID(1, ENTRY_SEQ(row->inode));
	return layer_loader_row(arg, &mine);
}

static void check_tree(const struct node *nodes, uint32_t n)
{
	uint32_t next = 1;

	fuzz_check(n > 0 && node_is_dir(&nodes[0]));
	for (uint32_t i = 0; i < n; i++) {
		if (!node_is_dir(&nodes[i]))
			continue;
		for (uint32_t c = 0; c < nodes[i].count; c++, next++) {
			struct bytes name = node_name(&nodes[next]);

			fuzz_check(next < n && nodes[next].parent == i);
			fuzz_check(name.len && bytes_find(name, '/') == name.len);
			fuzz_check(!bytes_equal(name, BYTES(".")));
			fuzz_check(!bytes_equal(name, BYTES("..")));
			fuzz_check(c == 0 || bytes_cmp(node_name(&nodes[next - 1]), name) < 0);
		}
	}
	fuzz_check(next == n);
}

static void merge_with_itself(struct layer *l, uint64_t content)
{
	struct layer *twice[] = {l, l};
	_cleanup_(tree_unrefp) struct tree *t = NULL;
	struct layer_bytes bytes[2];
	struct tree_totals totals;
	struct err err = ERR_INIT;

	fuzz_check(merge_layers(twice, 2, NULL, NULL, &t, &err) == 0);
	check_tree(t->nodes, t->n);
	fuzz_check(attribute_layers(t, bytes, &err) == 0);
	fuzz_check(attribute_totals(t, &totals) == 0);
	fuzz_check(bytes[0].content == 0 && bytes[1].content == content);
	fuzz_check(bytes[1].visible <= content && bytes[1].visible == totals.bytes);
}

static void finish(struct layer_builder *b)
{
	_cleanup_(layer_unrefp) struct layer *l = NULL;
	struct layer_loader loader;
	struct layer_totals totals;
	struct err err = ERR_INIT;

	fuzz_check(layer_loader_init(&loader, 1, 0, &err) == 0);
	fuzz_check(layer_finish(b, load_row, &loader, &totals, &err) == 0);
	fuzz_check(layer_loader_done(&loader, &l) == 0);
	layer_loader_release(&loader);
	fuzz_check(totals.entries == l->n);
	check_tree(l->nodes, l->n);
	merge_with_itself(l, totals.content_bytes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct limits limits = LIMITS_DEFAULT;
	struct walk w = {.rest = bytes_make(data, size), .piece = size % 1000 + 1};
	const struct tar_stream in = {.arg = &w, .read = on_read};
	const struct tar_visitor visitor = {&w, on_entry, on_data, on_end, on_finding};
	_cleanup_(layer_builder_freep) struct layer_builder *b = NULL;
	struct tar_totals totals;
	struct err err = ERR_INIT;
	int r;

	limits.entries = 5000;
	limits.depth = 100;
	fuzz_check(layer_builder_new(&limits, -1, on_finding, NULL, &b, &err) == 0);
	w.builder = b;
	r = tar_walk(&in, &limits, true, &visitor, &totals, &err);
	if (r < 0) {
		fuzz_refused(r, &err);
	} else {
		fuzz_check(totals.bytes <= size && !w.in_file);
		finish(b);
	}
	buf_release(&w.path);
	buf_release(&w.link);
	return 0;
}
