/* SPDX-License-Identifier: MIT */
#include "builds_fixture.h"

#include "store/documents.h"
#include "store/images.h"

#include <stdio.h>
#include <string.h>

#define NODES_MAX 64

const char bx_webapp_dockerfile[] = "FROM busybox AS base\n"
				    "FROM base AS deps\n"
				    "COPY package.json /app/\n"
				    "RUN npm install\n"
				    "FROM deps AS build\n"
				    "COPY src /app/src/\n"
				    "RUN npm run build\n"
				    "FROM base AS production\n"
				    "COPY package.json /app/\n"
				    "COPY --from=deps /app/nm/left.js /app/nm/\n"
				    "COPY --from=build /app/dist /app/dist\n";

int bx_setup(void **state)
{
	struct bx *x = calloc(1, sizeof(*x));

	*state = x;
	snprintf(x->dir, sizeof(x->dir), "/tmp/stagefs-builds-XXXXXX");
	assert_non_null(mkdtemp(x->dir));
	snprintf(x->path, sizeof(x->path), "%s/index.db", x->dir);
	assert_ok(db_open(x->path, DB_WRITE, &x->db, &x->err), &x->err);
	return 0;
}

static void unload(struct bx *x)
{
	catalog_unref(x->catalog);
	forest_free(x->forest);
	db_free(x->forest_db);
	x->catalog = NULL;
	x->forest = NULL;
	x->forest_db = NULL;
}

int bx_teardown(void **state)
{
	struct bx *x = *state;
	char command[128];

	unload(x);
	db_free(x->db);
	snprintf(command, sizeof(command), "rm -rf '%s'", x->dir);
	free(x);
	return system(command);
}

/* ---- layers ---- */

struct entry {
	char path[100];
	uint64_t size;
	int content, mtime, parent;
	bool dir;
};

struct entries {
	struct entry v[NODES_MAX];
	int n;
};

static int find(const struct entries *e, const char *path)
{
	for (int i = 0; i < e->n; i++)
		if (strcmp(e->v[i].path, path) == 0)
			return i;
	return -1;
}

static void add(struct entries *e, const char *path, uint64_t size, int content, int mtime,
		bool dir)
{
	struct entry *n = &e->v[e->n];
	char parent[100];
	char *slash;

	snprintf(parent, sizeof(parent), "%s", path);
	slash = strrchr(parent, '/');
	if (slash) {
		*slash = 0;
		if (find(e, parent) < 0) {
			add(e, parent, 0, 0, 0, true);
			n = &e->v[e->n];
		}
	}
	assert_true(e->n < NODES_MAX);
	*n = (struct entry){.size = size, .content = content, .mtime = mtime, .dir = dir};
	snprintf(n->path, sizeof(n->path), "%s", path);
	e->n++;
}

static int depth(const char *path)
{
	int n = 1;

	for (; *path; path++)
		n += *path == '/';
	return n;
}

static int compare(const void *pa, const void *pb)
{
	const struct entry *a = pa, *b = pb;
	int d = (*a->path ? depth(a->path) : 0) - (*b->path ? depth(b->path) : 0);

	return d ? d : strcmp(a->path, b->path);
}

static void parse_files(const char *files, struct entries *e)
{
	char path[100];
	unsigned long long size;
	int content, mtime, n;

	add(e, "", 0, 0, 0, true);
	for (; sscanf(files, " %99[^=]=%llu:%d@%d%n", path, &size, &content, &mtime, &n) == 4;
	     files += n)
		add(e, path, size, content, mtime, false);
	qsort(e->v, (size_t)e->n, sizeof(*e->v), compare);
}

static void put_entries(struct bx *x, int64_t layer, const struct entries *e)
{
	for (int i = 0; i < e->n; i++) {
		const struct entry *f = &e->v[i];
		const char *slash = strrchr(f->path, '/');
		unsigned char hash[32] = {0};
		char parent[100] = "";
		struct entry_row row = {.id = ENTRY_ID(layer, i),
					.inode = ENTRY_ID(layer, i),
					.name = bytes_from_str(slash ? slash + 1 : f->path),
					.mode = f->dir ? 0040755 : 0100644,
					.mtime = f->mtime,
					.nlink = 1,
					.size = f->size,
					.stored = f->size,
					.data = f->size ? 512 : -1};

		if (slash)
			snprintf(parent, sizeof(parent), "%.*s", (int)(slash - f->path),
				 f->path);
		row.parent = (uint32_t)find(e, parent);
		memcpy(hash, &f->content, sizeof(f->content));
		if (f->size) {
			row.xxh128 = bytes_make(hash, 16);
			row.sha256 = bytes_make(hash, 32);
		}
		assert_ok(entries_insert(x->db, &row, &x->err), &x->err);
	}
}

int64_t bx_layer(struct bx *x, const char *diff_id, const char *files)
{
	struct layer_row row = {.tar_bytes = 1};
	struct entries e = {.n = 0};

	parse_files(files, &e);
	for (int i = 0; i < e.n; i++)
		row.content_bytes += e.v[i].size;
	row.entries = (uint64_t)e.n;
	assert_ok(layers_stage(x->db, diff_id, "r", &row.id, &x->err), &x->err);
	put_entries(x, row.id, &e);
	assert_ok(layers_finish(x->db, &row, &x->err), &x->err);
	assert_ok(layers_publish(x->db, row.id, &x->err), &x->err);
	return row.id;
}

/* ---- images ---- */

static uint32_t put_layers(struct bx *x, int64_t image, const char *layers)
{
	uint32_t n = 0;
	char diff_id[100];
	int used;

	for (; sscanf(layers, " %99s%n", diff_id, &used) == 1; layers += used) {
		struct layer_row known = {0};
		struct image_layer_row row = {
		    .position = ++n, .diff_id = diff_id, .blob_bytes = 7, .codec = "gzip"};

		assert_true(layers_find(x->db, diff_id, &known, &x->err) >= 0);
		row.layer = known.id;
		assert_ok(image_layers_insert(x->db, image, &row, &x->err), &x->err);
	}
	return n;
}

static void put_history(struct bx *x, int64_t image, const char *history)
{
	int64_t position = 0;

	for (uint32_t ord = 0; history && *history; ord++) {
		size_t n = strcspn(history, "|");
		struct bytes text = bytes_make(history, n);
		struct history_row row = {
		    .ord = ord, .comment = BYTES("buildkit.dockerfile.v0"), .created = ""};

		row.empty_layer = bytes_starts_with(text, BYTES("-"));
		if (row.empty_layer)
			text = bytes_skip(text, 1);
		if (bytes_starts_with(text, BYTES("I:"))) {
			text = bytes_skip(text, 2);
			row.comment = BYTES("Imported from -");
		} else if (bytes_starts_with(text, BYTES("C:"))) {
			text = bytes_skip(text, 2);
			row.comment = BYTES_NULL;
		} else if (bytes_starts_with(text, BYTES("F:"))) {
			size_t end = bytes_find(bytes_skip(text, 2), ';');

			row.comment = bytes_make("FROM localhost/base:1", 21);
			text = bytes_skip(text, end + 3);
		}
		row.created_by = text;
		row.position = row.empty_layer ? 0 : ++position;
		assert_ok(history_insert(x->db, image, &row, &x->err), &x->err);
		history += n + (history[n] == '|');
	}
}

int64_t bx_image(struct bx *x, const char *name, const char *layers, const char *history)
{
	static int serial;
	char digest[100], created[40];
	struct image_row row = {.config_digest = digest,
				.platform = "linux/amd64",
				.created = created,
				.format = "oci",
				.config = BYTES("{}")};
	struct name_row tag = {.reference = name};

	snprintf(digest, sizeof(digest), "sha256:%064d", ++serial);
	snprintf(created, sizeof(created), "2026-01-01T00:00:%02dZ", serial % 60);
	assert_ok(images_put(x->db, &row, &tag.image, &x->err), &x->err);
	put_layers(x, tag.image, layers);
	put_history(x, tag.image, history);
	assert_ok(names_next_event(x->db, &tag.event, &x->err), &x->err);
	assert_ok(names_put(x->db, &tag, &x->err), &x->err);
	return tag.image;
}

void bx_dockerfile(struct bx *x, int64_t image, const char *text)
{
	struct document_row row = {.kind = DOCUMENT_DOCKERFILE,
				   .body = bytes_from_str(text),
				   .name = BYTES("Dockerfile"),
				   .input = BYTES("Dockerfile")};
	struct image_row img;
	int64_t id;

	assert_int_equal(images_get(x->db, image, &img, &x->err), 1);
	row.subject = bytes_from_str(img.config_digest);
	assert_true(document_add(x->db, &row, &id, &x->err) >= 0);
}

void bx_webapp(struct bx *x)
{
	bx_layer(x, "sha256:01", "bin/sh=1000:1@1");
	bx_layer(x, "sha256:02", "app/package.json=41:2@2");
	bx_layer(x, "sha256:03", "app/nm/left.js=42:3@3 app/nm/tsc.js=500:4@3");
	bx_layer(x, "sha256:04", "app/src/i.ts=30:5@4");
	bx_layer(x, "sha256:05", "app/dist/o.js=77:6@5");
	bx_layer(x, "sha256:06", "app/nm/left.js=42:3@3");
	bx_layer(x, "sha256:07", "app/dist/o.js=77:6@5");
	bx_image(x, "webapp:deps", "sha256:01 sha256:02 sha256:03",
		 "I:|COPY package.json /app/|RUN npm install");
	bx_image(
	    x, "webapp:build", "sha256:01 sha256:02 sha256:03 sha256:04 sha256:05",
	    "I:|COPY package.json /app/|RUN npm install|COPY src /app/src/|RUN npm run build");
	bx_image(x, "webapp:production", "sha256:01 sha256:02 sha256:06 sha256:07",
		 "I:|COPY package.json /app/|COPY /app/nm/left.js /app/nm/|"
		 "COPY /app/dist /app/dist");
}

void bx_load(struct bx *x)
{
	unload(x);
	assert_ok(db_begin(x->db, &x->err), &x->err);
	assert_true(builds_update(x->db, &x->err) >= 0);
	assert_ok(db_bump_generation(x->db, &x->err), &x->err);
	assert_ok(db_commit(x->db, &x->err), &x->err);
	assert_ok(db_open(x->path, DB_READ, &x->forest_db, &x->err), &x->err);
	assert_int_equal(forest_new(x->forest_db, MIB(64), &x->forest), 0);
	assert_ok(catalog_load(x->db, NULL, 0, &x->catalog, &x->err), &x->err);
}

/* ---- reading them ---- */

const struct catalog_build *bx_build(const struct bx *x, const char *name)
{
	for (size_t i = 0; i < x->catalog->n_builds; i++)
		if (strcmp(x->catalog->builds[i].name, name) == 0)
			return &x->catalog->builds[i];
	fail_msg("no build %s", name);
	return NULL;
}

const struct catalog_stage *bx_stage(const struct bx *x, const char *build, const char *stage)
{
	const struct catalog_build *b = bx_build(x, build);

	for (uint32_t k = 0; k < b->n_stages; k++)
		if (strcmp(b->stages[k].name, stage) == 0)
			return &b->stages[k];
	fail_msg("no stage %s", stage);
	return NULL;
}

static void add_edge(struct buf *out, const struct catalog_build *b, const struct build_edge *e)
{
	static const char *const sources[] = {"@unknown", "@context"};

	buf_addf(out, "  %u %s%.*s -> %.*s <- %s (%s)\n", e->position,
		 e->kind == EDGE_MOUNT ? "mount " : "", (int)e->src.len,
		 e->src.len ? e->src.ptr : "", (int)e->dst.len, e->dst.len ? e->dst.ptr : "",
		 e->source == SOURCE_STAGE   ? b->stages[e->source_stage].name
		 : e->source == SOURCE_IMAGE ? e->source_ref
					     : sources[e->source],
		 evidence_name(e->by));
}

char *bx_text(const struct catalog_build *b)
{
	struct buf out = BUF_INIT;

	for (uint32_t k = 0; k < b->n_stages; k++) {
		const struct build_stage *s = b->stages[k].s;

		buf_addf(&out, "%s%s on %s ", s->name,
			 s->target   ? "!"
			 : s->needed ? ""
				     : "?",
			 s->base_kind == BASE_STAGE     ? b->stages[s->base_stage].name
			 : s->base_kind == BASE_SCRATCH ? "scratch"
			 : s->base_ref                  ? s->base_ref
							: "?");
		if (s->base_known)
			buf_addf(&out, "%u/", s->base_layers);
		else
			buf_add_str(&out, "?/");
		buf_addf(&out, "%u by %s\n", s->n_layers,
			 s->n_layers ? evidence_name(s->layers_by) : "nobody");
		for (uint32_t e = 0; e < s->n_edges; e++)
			add_edge(&out, b, &s->edges[e]);
	}
	return buf_steal(&out);
}

void assert_build(const struct bx *x, const char *build, const char *want)
{
	_cleanup_free_ char *got = bx_text(bx_build(x, build));

	assert_string_equal(got, want);
}
