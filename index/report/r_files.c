/* SPDX-License-Identifier: MIT */
/*
 * The regular files of an image, each stored file once, by the first of its names.
 */
#include "report/report_internal.h"

#include "model/hashes.h"
#include "model/origin.h"
#include "util/digest.h"

#define XXH128_BYTES 16

static const struct column columns[] = {
    {"path", COLUMN_TEXT},   {"size", COLUMN_NUMBER},      {"names", COLUMN_NUMBER},
    {"layer", COLUMN_TEXT},  {"instruction", COLUMN_TEXT}, {"stage", COLUMN_TEXT},
    {"origin", COLUMN_TEXT}, {"xxh128", COLUMN_TEXT},      {"copies", COLUMN_NUMBER},
};

struct file {
	struct bytes path;
	uint32_t node, names;
};
DEFINE_VEC(file_vec, struct file)

struct files {
	const struct report_ctx *ctx;
	const struct catalog_stage *stage; /* NULL: not known */
	struct origins *origins;           /* with stage */
	struct tree *tree;
	struct file_vec rows;
	struct arena paths;
	struct hashes hashes;
	struct layer_copies **copies; /* by position, from 0; NULL for an absent layer */
	struct err *err;
};

static void files_release(struct files *f)
{
	for (uint32_t i = 0; f->copies && i < f->tree->n_layers; i++)
		layer_copies_unref(f->copies[i]);
	free(f->copies);
	hashes_release(&f->hashes);
	origins_free(f->origins);
	tree_unref(f->tree);
	file_vec_release(&f->rows);
	arena_release(&f->paths);
}

/* ---- one row a stored file ---- */

static int add_name(void *arg, uint32_t index, struct bytes path)
{
	struct files *f = arg;
	struct file row = {.node = index, .names = 1};

	if (!S_ISREG(f->tree->nodes[index].mode))
		return 0;
	row.path = arena_bytes(&f->paths, path);
	return row.path.ptr ? file_vec_push(&f->rows, row) : -ENOMEM;
}

static int by_entry(const void *pa, const void *pb, void *arg)
{
	const struct node *nodes = arg;
	const struct file *a = pa, *b = pb;
	int64_t x = nodes[a->node].inode, y = nodes[b->node].inode;

	return x == y ? bytes_cmp(a->path, b->path) : x < y ? -1 : 1;
}

static void join_names(struct files *f)
{
	const struct node *nodes = f->tree->nodes;
	size_t n = 0;

	if (f->rows.n)
		qsort_r(f->rows.v, f->rows.n, sizeof(*f->rows.v), by_entry, f->tree->nodes);
	for (size_t i = 0; i < f->rows.n; i++) {
		if (n && nodes[f->rows.v[n - 1].node].inode == nodes[f->rows.v[i].node].inode)
			f->rows.v[n - 1].names++;
		else
			f->rows.v[n++] = f->rows.v[i];
	}
	f->rows.n = n;
}

static int open_copies(struct files *f)
{
	const struct tree *t = f->tree;
	int r = 0;

	f->copies = calloc(t->n_layers + 1, sizeof(struct layer_copies *));
	if (!f->copies)
		return err_oom(f->err);
	for (uint32_t i = 0; r == 0 && i < t->n_layers; i++)
		if (t->layers[i])
			r = forest_copies(f->ctx->forest, f->ctx->db, t->layers[i]->id,
					  f->ctx->catalog->generation, &f->copies[i], f->err);
	return r;
}

/* ---- writing ---- */

static int by_size(const void *pa, const void *pb, void *arg)
{
	const struct node *nodes = arg;
	const struct file *a = pa, *b = pb;
	uint64_t x = nodes[a->node].size, y = nodes[b->node].size;

	return x == y ? bytes_cmp(a->path, b->path) : x < y ? 1 : -1;
}

/* The position, from 1, of the layer that stores a node; 0: none does. */
static uint32_t position_of(const struct files *f, const struct node *n)
{
	for (uint32_t i = f->tree->n_layers; i > 0; i--)
		if (f->tree->layers[i - 1] &&
		    f->tree->layers[i - 1]->id == ENTRY_LAYER(n->inode))
			return i;
	return 0;
}

static void add_origin(const struct files *f, const struct file *row, uint32_t position,
		       struct table *t)
{
	const struct catalog_stage *maker =
	    f->stage && position ? catalog_stage_maker(f->stage, position) : NULL;
	uint32_t word = f->origins ? f->origins->nodes[row->node].word : ORIGIN_NOWHERE;

	table_str(t, maker ? maker->name : NULL);
	table_str(t, word != ORIGIN_NOWHERE ? f->origins->words[word].name : NULL);
}

/* position: of the layer that stores it, from 1; 0: none does. */
static int add_content(struct files *f, const struct node *n, uint32_t position,
		       struct table *t)
{
	uint32_t copies =
	    position ? layer_copies_at(f->copies[position - 1], ENTRY_SEQ(n->inode)) : 0;
	char hex[2 * XXH128_BYTES + 1];
	const unsigned char *hash;
	int r = hashes_of(&f->hashes, n, &hash, f->err);

	if (r < 0)
		return r;
	if (!hash || !copies) {
		table_unknown(t);
		table_unknown(t);
		return 0;
	}
	hex_encode(hash, XXH128_BYTES, hex);
	table_str(t, hex);
	table_number(t, copies);
	return 0;
}

static int add_row(struct files *f, const struct file *row, struct table *t)
{
	const struct node *n = &f->tree->nodes[row->node];
	uint32_t position = position_of(f, n);
	const struct catalog_layer *l = position ? &f->ctx->image->layers[position - 1] : NULL;
	int r = report_path_cell(t, f->tree->nodes, row->node);

	table_number(t, n->size);
	table_number(t, row->names);
	table_str(t, l ? l->nn : NULL);
	table_text(t, l ? l->instruction : BYTES_NULL);
	add_origin(f, row, position, t);
	return r < 0 ? err_oom(f->err) : add_content(f, n, position, t);
}

static int open_tree(struct files *f)
{
	const struct catalog_image *img = f->ctx->image;
	const struct catalog_stage *s = catalog_stage_of(f->ctx->catalog, img);
	int r;

	if (!s || !s->n_layers || s->n_layers != img->n_layers)
		return forest_tree(f->ctx->forest, img->id, img->n_layers, &f->tree, f->err);
	r = origins_make(f->ctx->forest, f->ctx->catalog, s, &f->origins, f->err);
	if (r == 0) {
		f->stage = s;
		f->tree = tree_ref(f->origins->tree);
	}
	return r;
}

static int write_rows(struct files *f, enum report_format format, struct buf *out)
{
	struct table t;
	int r = 0;

	if (f->rows.n)
		qsort_r(f->rows.v, f->rows.n, sizeof(*f->rows.v), by_size, f->tree->nodes);
	table_begin(&t, "files", columns, ARRAY_SIZE(columns), format == REPORT_JSON, out);
	for (size_t i = 0; r == 0 && i < f->rows.n; i++)
		r = add_row(f, &f->rows.v[i], &t);
	return r < 0 ? r : table_end(&t) < 0 ? err_oom(f->err) : 0;
}

static int render(const struct report_ctx *ctx, enum report_format format, struct buf *out,
		  struct err *err)
{
	_cleanup_(files_release) struct files f = {
	    .ctx = ctx, .hashes = {.forest = ctx->forest}, .err = err};
	int r = open_tree(&f);

	if (r < 0)
		return r;
	if (tree_walk(f.tree->nodes, f.tree->n, add_name, &f) < 0)
		return err_oom(err);
	join_names(&f);
	r = open_copies(&f);
	return r < 0 ? r : write_rows(&f, format, out);
}

const struct report report_files = {
    "files", REPORT_IMAGE, REPORT_TABLE,
    "every file of the image: size, layer, instruction, stage, origin, hash, copies", render};
