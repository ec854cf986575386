/* SPDX-License-Identifier: MIT */
#include "index_session.h"

#include "mountpath.h"
#include "out.h"
#include "util/escape.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define CACHE_BYTES_DEFAULT  GIB(4)
#define SPAN_BYTES_DEFAULT   MIB(96)
#define FOREST_BYTES_DEFAULT MIB(256)

const struct opt session_opts[] = {
    {"db", 0, "FILE", "the layer index to use (else $STAGEFS_DB, else the user's own)"},
    {"platform", 0, "OS/ARCH", "which image, where one name has several platforms"},
    {"quiet", 'q', NULL, "no progress, no remarks"},
    {"help", 'h', NULL, "this text"},
    {0},
};

int session_init(struct session *s, const struct opt_values *o, struct err *err)
{
	*s = (struct session){.limits = LIMITS_DEFAULT, .cache_bytes = CACHE_BYTES_DEFAULT};
	process_raise_files(&s->files_before);
	s->quiet = opts_has(o, "quiet");
	s->platform = opts_get(o, "platform", NULL);
	for (size_t i = 0; i < o->n; i++) {
		int r = 0;

		if (strcmp(o->given[i].opt->name, "limit") == 0)
			r = limits_set(&s->limits, o->given[i].value, err);
		if (r < 0)
			return r;
	}
	return paths_find(opts_get(o, "db", NULL), &s->paths, err);
}

void session_close(struct session *s)
{
	catalog_unref(steal_ptr(&s->catalog));
	content_free(steal_ptr(&s->content));
	forest_free(steal_ptr(&s->forest));
	db_free(steal_ptr(&s->content_db));
	db_free(steal_ptr(&s->db));
}

void session_release(struct session *s)
{
	session_close(s);
	paths_release(&s->paths);
}

int session_open(struct session *s, struct err *err)
{
	if (s->db)
		return 0;
	if (access(s->paths.db, F_OK) < 0)
		return err_set(err, ENOENT,
			       "there is no index yet at %s (make one: stagefs index "
			       "ARCHIVE)",
			       s->paths.db);
	return db_open(s->paths.db, DB_READ, &s->db, err);
}

int session_catalog(struct session *s, struct catalog **ret, struct err *err)
{
	int r = session_open(s, err);

	if (r == 0 && !s->catalog)
		r = catalog_load(s->db, NULL, 0, &s->catalog, err);
	*ret = s->catalog;
	return r;
}

int session_forest(struct session *s, struct forest **ret, struct err *err)
{
	int r = session_open(s, err);

	if (r == 0 && !s->forest && forest_new(s->db, FOREST_BYTES_DEFAULT, &s->forest) < 0)
		r = err_oom(err);
	*ret = s->forest;
	return r;
}

int session_content(struct session *s, struct content **ret, struct err *err)
{
	struct content_opts opts = {.cache_dir = s->paths.cache,
				    .cache_bytes = s->cache_bytes,
				    .span_bytes = SPAN_BYTES_DEFAULT};
	int r = session_open(s, err);

	if (r == 0 && !s->content_db)
		r = db_open(s->paths.db, DB_READ, &s->content_db, err);
	opts.db = s->content_db;
	if (r == 0 && !s->content)
		r = content_new(&opts, &s->content, err);
	*ret = s->content;
	return r;
}

/* ", 3 things", or without the comma where it is the first. */
static void count(struct buf *line, uint64_t n, const char *one, const char *several)
{
	bool first = bytes_ends_with(buf_bytes(line), BYTES(": "));

	buf_addf(line, "%s%llu %s", first ? "" : ", ", (unsigned long long)n,
		 n == 1 ? one : several);
}

/* Images are counted even if there are none, unless documents were what the input is for. */
static void remark(const struct session *s, const char *input, const struct ingest_result *r)
{
	_cleanup_(buf_release) struct buf line = BUF_INIT;
	uint32_t documents = r->caches + r->provenances;
	char shown[200];

	if (s->quiet)
		return;
	buf_addf(&line, "%s: ", escape_short(bytes_from_str(input), shown, sizeof(shown)));
	if (r->images.n || !documents)
		count(&line, r->images.n, "image", "images");
	if (r->caches)
		count(&line, r->caches, "BuildKit cache", "BuildKit caches");
	if (r->provenances)
		count(&line, r->provenances, "provenance", "provenances");
	if (r->images.n || r->caches || !documents) {
		count(&line, r->layers_new, "new layer", "new layers");
		buf_addf(&line, ", %u known", r->layers_known);
	}
	if (r->findings)
		count(&line, r->findings, "finding", "findings");
	if (r->notes[0])
		buf_addf(&line, "; %s", r->notes);
	if (buf_status(&line) == 0)
		fprintf(stderr, "%s\n", buf_str(&line));
}

static int add_images(struct ingest_image_vec *all, const struct ingest_image_vec *some)
{
	vec_foreach (id, some) {
		bool known = false;

		vec_foreach (have, all)
			known |= *have == *id;
		if (!known && ingest_image_vec_push(all, *id) < 0)
			return -ENOMEM;
	}
	return 0;
}

static int index_one(struct session *s, struct db *db, const char *input,
		     const struct ingest_opts *opts, struct ingest_image_vec *ret,
		     struct err *err)
{
	_cleanup_(ingest_result_release) struct ingest_result result = {0};
	struct progress bar;
	struct ingest_opts with_bar = *opts;
	int r;

	progress_init(&bar, s->quiet);
	with_bar.progress = progress_event;
	with_bar.progress_arg = &bar;
	r = ingest_input(db, input, &with_bar, &result, err);
	progress_end(&bar);
	if (r < 0)
		return r;
	remark(s, input, &result);
	return add_images(ret, &result.images) < 0 ? err_oom(err) : 0;
}

int session_index(struct session *s, char **inputs, int n, const struct opt_values *o,
		  struct ingest_image_vec *ret, struct err *err)
{
	_cleanup_(db_freep) struct db *db = NULL;
	struct ingest_opts opts = {.limits = &s->limits,
				   .spool_dir = s->paths.spool,
				   .cache_dir = s->paths.cache,
				   .cache_bytes = s->cache_bytes,
				   .layer = o && opts_has(o, "layer"),
				   .verify = o && opts_has(o, "verify")};
	int r = db_open(s->paths.db, DB_WRITE, &db, err);

	session_close(s);
	for (int i = 0; r == 0 && i < n; i++)
		r = index_one(s, db, inputs[i], &opts, ret, err);
	return r;
}

/* Is the text an input rather than a name? Names of images are not looked up as files first. */
static bool is_input(const char *text)
{
	struct stat st;

	return strcmp(text, "-") == 0 || stat(text, &st) == 0;
}

static int image_of_input(struct session *s, const char *input,
			  const struct catalog_image **ret, struct err *err)
{
	_cleanup_(ingest_image_vec_release) struct ingest_image_vec ids = {0};
	_cleanup_free_ char *arg = strdup(input);
	struct catalog *c;
	int r;

	if (!arg)
		return err_oom(err);
	r = session_index(s, &arg, 1, NULL, &ids, err);
	if (r == 0)
		r = session_catalog(s, &c, err);
	if (r < 0)
		return r;
	if (ids.n == 0)
		return err_set(err, ENOENT, "%s: holds no image", input);
	if (ids.n > 1) {
		_cleanup_(buf_release) struct buf names = BUF_INIT;

		vec_foreach (id, &ids) {
			const struct catalog_image *i = catalog_image(c, *id);

			buf_addf(&names, " %s", i ? i->name : "?");
		}
		return err_set(err, EEXIST, "%s: holds %zu images (name one:%s)", input, ids.n,
			       buf_str(&names));
	}
	*ret = catalog_image(c, ids.v[0]);
	return *ret ? 0 : err_set(err, ENOENT, "%s: its image is gone from the index", input);
}

/* With --platform, the sibling of an image under the same name. */
static int choose_platform(struct session *s, struct catalog *c,
			   const struct catalog_image **img, struct err *err)
{
	_cleanup_(buf_release) struct buf name = BUF_INIT;

	if (!s->platform || strcmp((*img)->platform, s->platform) == 0)
		return 0;
	buf_addf(&name, "%.*s@", (int)strcspn((*img)->name, "@"), (*img)->name);
	for (const char *p = s->platform; *p; p++)
		buf_add_char(&name, *p == '/' ? '-' : *p);
	if (buf_status(&name) < 0)
		return err_oom(err);
	return catalog_resolve(c, buf_bytes(&name), img, err);
}

int session_image(struct session *s, const char *text, const struct catalog_image **ret,
		  struct err *err)
{
	_cleanup_(mountpath_release) struct mountpath mount;
	struct err unknown = ERR_INIT;
	struct catalog *c = NULL;
	const char *from_mount;
	int r;

	if (mountpath_parse(text, &mount) < 0)
		return err_oom(err);
	from_mount = mount.stage ? NULL : mount.image;
	if (access(s->paths.db, F_OK) == 0) {
		r = session_catalog(s, &c, err);
		if (r < 0)
			return r;
		r = catalog_resolve(c, bytes_from_str(from_mount ? from_mount : text), ret,
				    &unknown);
		if (r == 0)
			return choose_platform(s, c, ret, err);
		if (r == -EEXIST || from_mount) {
			if (err)
				*err = unknown;
			return r;
		}
	}
	if (is_input(text))
		return image_of_input(s, text, ret, err);
	if (!c)
		return session_open(s, err);
	if (err)
		*err = unknown;
	return -ENOENT;
}

/* "B#S" of a path in a mount's stages/, or the text itself as far as it can name a stage. */
static int stage_text(const char *text, struct buf *ret)
{
	_cleanup_(mountpath_release) struct mountpath mount;

	if (mountpath_parse(text, &mount) < 0)
		return -ENOMEM;
	if (mount.stage)
		return buf_addf(ret, "%s#%s", mount.image, mount.stage);
	return is_input(text) ? 0 : buf_add_str(ret, text);
}

bool session_names_stage(const char *text)
{
	_cleanup_(buf_release) struct buf full = BUF_INIT;

	return stage_text(text, &full) == 0 && strrchr(buf_str(&full), '#');
}

/* Builds that no final image names are called by their own directory. */
static const struct catalog_stage *stage_of_build(const struct catalog *c, struct bytes build,
						  const char *stage)
{
	for (size_t i = 0; i < c->n_builds; i++)
		for (uint32_t k = 0; k < c->builds[i].n_stages; k++)
			if (bytes_equal(bytes_from_str(c->builds[i].name), build) &&
			    strcmp(c->builds[i].stages[k].name, stage) == 0)
				return &c->builds[i].stages[k];
	return NULL;
}

static int named_stage(struct session *s, const char *full, const char *hash,
		       const struct catalog_image **ret_image,
		       const struct catalog_stage **ret_stage, struct err *err)
{
	_cleanup_free_ char *image = strndup(full, (size_t)(hash - full));
	_cleanup_(buf_release) struct buf exact = BUF_INIT;
	struct catalog *c = NULL;
	int r = image ? 0 : err_oom(err);

	if (r == 0 && access(s->paths.db, F_OK) == 0)
		r = session_catalog(s, &c, err);
	if (r < 0)
		return r;
	*ret_stage = c ? stage_of_build(c, bytes_from_str(image), hash + 1) : NULL;
	if (!*ret_stage) {
		r = session_image(s, image, ret_image, err);
		if (r == 0)
			r = session_catalog(s, &c, err);
		if (r < 0)
			return r;
		buf_addf(&exact, "%s%s", (*ret_image)->name, hash);
		if (buf_status(&exact) < 0)
			return err_oom(err);
		r = catalog_resolve_stage(c, buf_bytes(&exact), ret_stage, err);
	}
	*ret_image =
	    r == 0 && (*ret_stage)->s->image ? catalog_image(c, (*ret_stage)->s->image) : NULL;
	return r;
}

int session_stage(struct session *s, const char *text, const struct catalog_image **ret_image,
		  const struct catalog_stage **ret_stage, struct err *err)
{
	_cleanup_(buf_release) struct buf full = BUF_INIT;
	struct catalog *c;
	const char *hash;
	int r;

	if (stage_text(text, &full) < 0)
		return err_oom(err);
	hash = strrchr(buf_str(&full), '#');
	if (hash)
		return named_stage(s, buf_str(&full), hash, ret_image, ret_stage, err);
	r = session_image(s, text, ret_image, err);
	if (r == 0)
		r = session_catalog(s, &c, err);
	if (r == 0)
		*ret_stage = catalog_stage_of(c, *ret_image);
	return r;
}
