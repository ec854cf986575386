/* SPDX-License-Identifier: MIT */
#include "report_fixture.h"

#include "model/builds.h"
#include "store/images.h"
#include "store/layers.h"
#include "util/finding.h"

#include <stdio.h>

#define DIFF_A "sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define DIFF_B "sha256:bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"

struct line {
	uint32_t seq, parent;
	const char *name;
	uint32_t mode, inode; /* inode: sequence of the first name */
	uint64_t size;
};

static const struct line layer_a[] = {
    {0, 0, "", S_IFDIR | 0755, 0, 0},      {1, 0, "bin", S_IFDIR | 0755, 1, 0},
    {2, 0, "etc", S_IFDIR | 0755, 2, 0},   {3, 0, NASTY, S_IFREG | 0644, 3, 7},
    {4, 1, "sh", S_IFREG | 0755, 4, 1000}, {5, 1, "sh2", S_IFREG | 0755, 4, 1000},
    {6, 2, "a", S_IFREG | 0644, 6, 100},
};

static const struct line layer_b[] = {
    {0, 0, "", S_IFDIR | 0755, 0, 0},
    {1, 0, "etc", S_IFDIR | 0755, 1, 0},
    {2, 1, "a", S_IFREG | 0644, 2, 40},
    {3, 1, "b", S_IFREG | 0644, 3, 10},
};

static int64_t put_layer(struct report_index *x, const char *diff_id, const struct line *lines,
			 size_t n, uint64_t tar, uint64_t content)
{
	struct layer_row row = {.tar_bytes = tar, .content_bytes = content, .entries = n};

	assert_ok(layers_stage(x->db, diff_id, "r", &row.id, &x->err), &x->err);
	for (size_t i = 0; i < n; i++) {
		static const unsigned char hash[32] = {1};
		const struct line *l = &lines[i];
		struct entry_row e = {.id = ENTRY_ID(row.id, l->seq),
				      .parent = l->parent,
				      .name = bytes_from_str(l->name),
				      .inode = ENTRY_ID(row.id, l->inode),
				      .mode = l->mode,
				      .nlink = l->size == 1000 ? 2 : 1,
				      .size = l->size,
				      .stored = l->size,
				      .data = l->size ? 512 : -1};

		if (l->size) {
			e.xxh128 = bytes_make(hash, 16);
			e.sha256 = bytes_make(hash, 32);
		}
		assert_ok(entries_insert(x->db, &e, &x->err), &x->err);
	}
	assert_ok(layers_finish(x->db, &row, &x->err), &x->err);
	assert_ok(layers_publish(x->db, row.id, &x->err), &x->err);
	return row.id;
}

static void put_history(struct report_index *x, int64_t image, uint32_t ord, int64_t position,
			const char *by)
{
	struct history_row h = {.ord = ord,
				.position = position,
				.created = "2026-01-02T03:04:05Z",
				.created_by = bytes_from_str(by),
				.comment = BYTES("buildkit.dockerfile.v0"),
				.empty_layer = position == 0};

	assert_ok(history_insert(x->db, image, &h, &x->err), &x->err);
}

static int64_t put_image(struct report_index *x, const char *digest, const int64_t *layers,
			 size_t n)
{
	static const char *const diff_ids[] = {DIFF_A, DIFF_B}, *const codecs[] = {"none",
										   "gzip"};
	static const int64_t sizes[] = {3000, 150};
	struct image_row row = {.config_digest = digest,
				.platform = "linux/amd64",
				.created = "2026-01-02T03:04:05Z",
				.format = "docker-archive"};
	int64_t id;

	assert_ok(images_put(x->db, &row, &id, &x->err), &x->err);
	for (size_t i = 0; i < n; i++) {
		struct image_layer_row l = {.position = (uint32_t)i + 1,
					    .layer = layers[i],
					    .diff_id = diff_ids[i],
					    .codec = codecs[i],
					    .blob_bytes = sizes[i]};

		assert_ok(image_layers_insert(x->db, id, &l, &x->err), &x->err);
	}
	put_history(x, id, 0, 1, "ADD rootfs.tar / # buildkit");
	if (n > 1) {
		put_history(x, id, 1, 0, "ENV A=b");
		put_history(x, id, 2, 2, NASTY_RUN);
	}
	return id;
}

static void put_name(struct report_index *x, const char *reference, int64_t image)
{
	struct name_row name = {.reference = reference, .image = image};

	assert_ok(names_next_event(x->db, &name.event, &x->err), &x->err);
	assert_ok(names_put(x->db, &name, &x->err), &x->err);
}

static void fill(struct report_index *x)
{
	int64_t layers[2], app, base;

	assert_ok(db_begin(x->db, &x->err), &x->err);
	layers[0] = put_layer(x, DIFF_A, layer_a, ARRAY_SIZE(layer_a), 3000, 1107);
	layers[1] = put_layer(x, DIFF_B, layer_b, ARRAY_SIZE(layer_b), 2000, 50);
	assert_ok(findings_insert(x->db, layers[1], 0, finding_code((enum finding)0),
				  BYTES(NASTY), "why", &x->err),
		  &x->err);
	app = put_image(x, "sha256:0101", layers, 2);
	base = put_image(x, "sha256:0202", layers, 1);
	put_name(x, "app:1", app);
	put_name(x, "app:latest", app);
	put_name(x, "base:1", base);
	assert_true(builds_update(x->db, &x->err) >= 0);
	assert_ok(db_commit(x->db, &x->err), &x->err);
}

const struct catalog_image *report_image(const struct report_index *x, const char *name)
{
	for (size_t i = 0; i < x->catalog->n_images; i++)
		if (strcmp(x->catalog->images[i].name, name) == 0)
			return &x->catalog->images[i];
	fail_msg("no image %s", name);
	return NULL;
}

int report_setup(void **state)
{
	struct report_index *x = calloc(1, sizeof(*x));

	*state = x;
	snprintf(x->dir, sizeof(x->dir), "/tmp/stagefs-report-XXXXXX");
	assert_non_null(mkdtemp(x->dir));
	snprintf(x->path, sizeof(x->path), "%s/index.db", x->dir);
	assert_ok(db_open(x->path, DB_WRITE, &x->db, &x->err), &x->err);
	fill(x);
	assert_ok(db_open(x->path, DB_READ, &x->forest_db, &x->err), &x->err);
	assert_ok(forest_new(x->forest_db, MIB(64), &x->forest), &x->err);
	assert_ok(catalog_load(x->db, NULL, 0, &x->catalog, &x->err), &x->err);
	x->ctx = (struct report_ctx){.catalog = x->catalog,
				     .forest = x->forest,
				     .db = x->db,
				     .image = report_image(x, "app:1")};
	return 0;
}

int report_teardown(void **state)
{
	struct report_index *x = *state;
	char command[128];

	catalog_unref(x->catalog);
	forest_free(x->forest);
	db_free(x->forest_db);
	db_free(x->db);
	snprintf(command, sizeof(command), "rm -rf '%s'", x->dir);
	free(x);
	return system(command);
}

struct buf report_render(struct report_index *x, enum report_scope scope, const char *name,
			 enum report_format format)
{
	const struct report *r = report_find(scope, name);
	struct buf out = BUF_INIT;

	assert_non_null(r);
	assert_true(r->formats & 1u << format);
	x->ctx.stage =
	    scope == REPORT_STAGE ? catalog_stage_of(x->catalog, x->ctx.image) : NULL;
	x->ctx.build =
	    scope == REPORT_BUILD ? catalog_stage_of(x->catalog, x->ctx.image)->build : NULL;
	assert_ok(r->render(&x->ctx, format, &out, &x->err), &x->err);
	for (size_t i = 0; i < out.len; i++) {
		unsigned char c = (unsigned char)out.ptr[i];

		if ((c < 0x20 && c != '\n' && c != '\t') || c == 0x7f)
			fail_msg("control byte %02x at %zu", c, i);
	}
	return out;
}

/* ---- reading TSV ---- */

static struct bytes line_of(const struct buf *tsv, size_t row)
{
	struct bytes rest = buf_bytes(tsv);

	for (; row; row--)
		rest = bytes_skip(rest, bytes_find(rest, '\n') + 1);
	return bytes_make(rest.ptr, bytes_find(rest, '\n'));
}

static struct bytes cell_of(struct bytes line, size_t column)
{
	for (; column; column--) {
		size_t tab = bytes_find(line, '\t');

		assert_true(tab < line.len);
		line = bytes_skip(line, tab + 1);
	}
	return bytes_make(line.ptr, bytes_find(line, '\t'));
}

static size_t column_of(struct bytes header, const char *name)
{
	size_t n = 0;

	for (;; n++)
		if (bytes_equal(cell_of(header, n), bytes_from_str(name)))
			return n;
}

static size_t count(struct bytes line, char c)
{
	size_t n = 0;

	for (size_t i = 0; i < line.len; i++)
		n += line.ptr[i] == c;
	return n;
}

size_t tsv_rows(const struct buf *tsv)
{
	size_t rows = count(buf_bytes(tsv), '\n') - 1;

	for (size_t i = 1; i <= rows; i++)
		assert_int_equal(count(line_of(tsv, i), '\t'), count(line_of(tsv, 0), '\t'));
	return rows;
}

static int hex(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

char *tsv_cell(const struct buf *tsv, size_t row, const char *column, size_t *ret_len)
{
	struct bytes c = cell_of(line_of(tsv, row), column_of(line_of(tsv, 0), column));
	char *out = malloc(c.len + 1);
	size_t n = 0;

	assert_true(row <= tsv_rows(tsv));
	for (size_t i = 0; i < c.len; i++) {
		if (c.ptr[i] != '\\') {
			out[n++] = c.ptr[i];
			continue;
		}
		assert_true(++i < c.len);
		if (c.ptr[i] == 'x') {
			assert_true(i + 2 < c.len);
			out[n++] = (char)(hex(c.ptr[i + 1]) << 4 | hex(c.ptr[i + 2]));
			i += 2;
		} else {
			out[n++] = c.ptr[i] == 'n' ? '\n' : c.ptr[i] == 't' ? '\t' : '\\';
		}
	}
	out[n] = 0;
	*ret_len = n;
	return out;
}

void assert_tsv(const struct buf *tsv, size_t row, const char *column, const char *want)
{
	size_t n;
	char *got = tsv_cell(tsv, row, column, &n);

	if (n != strlen(want) || memcmp(got, want, n) != 0)
		fail_msg("row %zu, %s: \"%s\", not \"%s\"", row, column, got, want);
	free(got);
}

json_t *json_rows(const struct buf *text, const char *schema, json_t **ret_root)
{
	json_error_t error;
	json_t *root = json_loadb(text->ptr, text->len, JSON_REJECT_DUPLICATES, &error);

	if (!root)
		fail_msg("%s at %d", error.text, error.position);
	assert_string_equal(json_string_value(json_object_get(root, "schema")), schema);
	*ret_root = root;
	return json_object_get(root, "rows");
}
