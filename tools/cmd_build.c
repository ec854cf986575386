/* SPDX-License-Identifier: MIT */
/*
 * stagefs build: an image for every stage of a Dockerfile, out of the build cache, saved and
 * indexed with the Dockerfile. The engine does the building; nothing here knows its API.
 *
 * Engines build a --target by its name only, so a stage without one is built from a Dockerfile
 * on standard input in which its FROM line ends in "AS stage-<index>". Names are no part of
 * what the cache knows a step by: the layers are those of the plain build.
 */
#include "cmd.h"

#include "engine.h"
#include "evidence_options.h"
#include "model/dockerfile.h"
#include "out.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

static const struct opt opts[] = {
    {"tag", 't', "NAME", "name of the final image (default: the directory's)"},
    {"file", 'f', "FILE", "the Dockerfile (default: DIR/Dockerfile)"},
    {"target", 0, "STAGE", "the stage to end in (default: the last)"},
    {"build-arg", 0, "NAME=VALUE", "as for docker build; may be repeated"},
    {"engine", 0, "docker|podman", "default: the first of them that is installed"},
    {"print", 0, NULL, "print the commands, run nothing"},
    {0},
};

struct building {
	struct session *s;
	const struct opt_values *o;
	const char *engine, *context;
	struct buf file;   /* path of the Dockerfile */
	struct buf tag;    /* of the final image */
	size_t repository; /* length of it in `tag` */
	struct dockerfile *dockerfile;
	struct word_vec tags; /* owned; of all images */
	char **more;          /* the engine's own arguments, behind "--" */
	int n_more;
	struct err *err;
};

static void building_release(struct building *b)
{
	words_release(&b->tags);
	buf_release(&b->tag);
	buf_release(&b->file);
	dockerfile_free(b->dockerfile);
}

/* ---- the Dockerfile ---- */

DEFINE_VEC(arg_vec, struct dockerfile_arg)

static int read_args(const struct opt_values *o, struct arg_vec *ret)
{
	for (size_t i = 0; i < o->n; i++) {
		const char *value = o->given[i].value, *eq;
		struct dockerfile_arg a;

		if (strcmp(o->given[i].opt->name, "build-arg") != 0)
			continue;
		eq = strchr(value, '=');
		a.name = bytes_make(value, eq ? (size_t)(eq - value) : strlen(value));
		a.value = eq ? bytes_from_str(eq + 1) : BYTES_NULL;
		if (arg_vec_push(ret, a) < 0)
			return -ENOMEM;
	}
	return 0;
}

/* -f, else DIR/Dockerfile; podman reads DIR/Containerfile first. */
static int choose_file(struct building *b)
{
	const char *given = opts_get(b->o, "file", NULL);
	struct stat st;

	if (stat(b->context, &st) < 0)
		return err_sys(b->err, errno, "%s", b->context);
	if (!S_ISDIR(st.st_mode))
		return err_set(b->err, ENOTDIR, "%s: the context must be a directory",
			       b->context);
	if (given) {
		buf_add_str(&b->file, given);
	} else if (strcmp(b->engine, "podman") == 0) {
		buf_addf(&b->file, "%s/Containerfile", b->context);
		if (buf_status(&b->file) == 0 && access(buf_str(&b->file), F_OK) < 0)
			buf_clear(&b->file);
	}
	if (!b->file.len)
		buf_addf(&b->file, "%s/Dockerfile", b->context);
	return buf_status(&b->file) < 0 ? err_oom(b->err) : 0;
}

static int read_dockerfile(struct building *b)
{
	_cleanup_(buf_release) struct buf text = BUF_INIT;
	_cleanup_(arg_vec_release) struct arg_vec args = {0};
	const char *path = buf_str(&b->file);
	FILE *f = fopen(path, "re");
	char part[4096];
	size_t n;
	int r = 0;

	if (!f)
		return err_sys(b->err, errno, "%s", path);
	while ((n = fread(part, 1, sizeof(part), f)) > 0 && text.len <= DOCKERFILE_MAX_BYTES)
		buf_add(&text, part, n);
	if (ferror(f))
		r = err_sys(b->err, errno, "%s", path);
	fclose(f);
	if (r < 0)
		return r;
	if (buf_status(&text) < 0 || read_args(b->o, &args) < 0)
		return err_oom(b->err);
	r = dockerfile_parse(buf_bytes(&text), args.v, args.n, BYTES_NULL, &b->dockerfile,
			     b->err);
	return r < 0 ? err_prefix(b->err, r, "%s", path) : 0;
}

static const struct dockerfile_stage *stage_at(const struct building *b, uint32_t k)
{
	return &b->dockerfile->stages.v[k];
}

static bool is_last(const struct building *b, uint32_t k)
{
	return k + 1 == b->dockerfile->stages.n;
}

/* A stage that --target cannot name and that a build without --target does not end in. */
static bool needs_name(const struct building *b, uint32_t k)
{
	return !stage_at(b, k)->name.len && !is_last(b, k);
}

/* The last line of a FROM, from 1: the escape character at its end continues it. */
static uint32_t from_line(const struct building *b, uint32_t k, struct bytes *ret)
{
	struct bytes rest = b->dockerfile->text;
	uint32_t line = 0;

	for (;;) {
		size_t n = bytes_find(rest, '\n');

		*ret = bytes_make(rest.ptr, n);
		while (ret->len && strchr(" \t\r", ret->ptr[ret->len - 1]))
			ret->len--;
		if (++line >= stage_at(b, k)->line0 &&
		    (!ret->len || ret->ptr[ret->len - 1] != b->dockerfile->escape))
			return line;
		if (n == rest.len)
			return line;
		rest = bytes_skip(rest, n + 1);
	}
}

/* The Dockerfile with a name for stage k, in a file that a child can read. */
static int named_dockerfile(struct building *b, uint32_t k, const char *name, int *ret)
{
	_cleanup_(buf_release) struct buf text = BUF_INIT;
	struct bytes whole = b->dockerfile->text, line;
	size_t at;

	from_line(b, k, &line);
	at = (size_t)(line.ptr + line.len - whole.ptr);
	buf_add(&text, whole.ptr, at);
	buf_addf(&text, " AS %s", name);
	buf_add_bytes(&text, bytes_skip(whole, at));
	if (buf_status(&text) < 0)
		return err_oom(b->err);
	*ret = memfd_create("Dockerfile", MFD_CLOEXEC);
	if (*ret < 0 || write(*ret, text.ptr, text.len) != (ssize_t)text.len ||
	    lseek(*ret, 0, SEEK_SET) < 0)
		return err_sys(b->err, errno, "a Dockerfile with names");
	return 0;
}

/* BuildKit's FILE.dockerignore is not read where the Dockerfile comes by standard input. */
static int check_ignore(struct building *b, uint32_t k)
{
	_cleanup_(buf_release) struct buf path = BUF_INIT;

	buf_addf(&path, "%s.dockerignore", buf_str(&b->file));
	if (buf_status(&path) < 0)
		return err_oom(b->err);
	if (access(buf_str(&path), F_OK) < 0)
		return 0;
	return err_set(b->err, ENOTSUP,
		       "%s: line %u: a stage without a name cannot be built with a "
		       "%s (give it a name: FROM ... AS NAME)",
		       buf_str(&b->file), stage_at(b, k)->line0, buf_str(&path));
}

/* ---- names ---- */

static int choose_tag(struct building *b)
{
	const char *tag = opts_get(b->o, "tag", NULL), *slash, *colon;
	_cleanup_free_ char *real = NULL;

	if (!tag) {
		real = realpath(b->context, NULL);
		if (!real)
			return err_sys(b->err, errno, "%s", b->context);
		slash = strrchr(real, '/');
		for (const char *c = slash + 1; *c; c++) /* references are lower case */
			buf_add_char(&b->tag, *c >= 'A' && *c <= 'Z' ? (char)(*c | 0x20) : *c);
		tag = NULL;
	} else {
		buf_add_str(&b->tag, tag);
	}
	slash = strrchr(buf_str(&b->tag), '/');
	colon = strchr(slash ? slash : buf_str(&b->tag), ':');
	b->repository = colon ? (size_t)(colon - b->tag.ptr) : b->tag.len;
	if (!colon)
		buf_add_str(&b->tag, ":latest");
	return buf_status(&b->tag) < 0 ? err_oom(b->err) : 0;
}

/* ---- commands ---- */

/* "docker build --target=deps --tag=app:deps --build-arg=A=b DIR"; target may be NULL. */
static int build_command(struct building *b, const char *target, bool by_stdin, const char *tag,
			 struct word_vec *ret)
{
	int r = words_add(ret, b->engine, "");

	if (r == 0)
		r = words_add(ret, "build", "");
	if (r == 0 && by_stdin)
		r = words_add(ret, "--file=-", "");
	else if (r == 0 && opts_has(b->o, "file"))
		r = words_add(ret, "--file=", buf_str(&b->file));
	if (r == 0 && target)
		r = words_add(ret, "--target=", target);
	if (r == 0)
		r = words_add(ret, "--tag=", tag);
	for (size_t i = 0; r == 0 && i < b->o->n; i++)
		if (strcmp(b->o->given[i].opt->name, "build-arg") == 0)
			r = words_add(ret, "--build-arg=", b->o->given[i].value);
	for (int i = 0; r == 0 && i < b->n_more; i++)
		r = words_add(ret, b->more[i], "");
	return r < 0 ? r : words_add(ret, b->context, "");
}

static int print_words(const struct building *b, const struct buf *before,
		       const struct word_vec *words, const char *end)
{
	_cleanup_(buf_release) struct buf line = BUF_INIT;

	buf_add_bytes(&line, buf_bytes(before));
	words_show(&line, words);
	buf_add_str(&line, end);
	return buf_status(&line) < 0 ? err_oom(b->err) : out_write(buf_bytes(&line), b->err);
}

static int print_build(struct building *b, uint32_t k, const char *name,
		       const struct word_vec *words)
{
	_cleanup_(buf_release) struct buf before = BUF_INIT;
	struct bytes line;

	if (needs_name(b, k)) {
		buf_addf(&before, "sed '%us/[[:space:]]*$/ AS %s/' ", from_line(b, k, &line),
			 name);
		words_quote(&before, buf_str(&b->file));
		buf_add_str(&before, " | ");
	}
	return buf_status(&before) < 0 ? err_oom(b->err) : print_words(b, &before, words, "\n");
}

static int run_build(struct building *b, uint32_t k, const char *name, struct word_vec *words)
{
	_cleanup_(buf_release) struct buf what = BUF_INIT;
	int in = -1, r = 0;
	pid_t pid;

	buf_addf(&what, "%s build of stage '%s'", b->engine, name);
	if (buf_status(&what) < 0)
		return err_oom(b->err);
	if (needs_name(b, k)) {
		r = check_ignore(b, k);
		if (r == 0)
			r = named_dockerfile(b, k, name, &in);
	}
	if (r == 0)
		r = engine_start(words, in, -1, &pid, b->err);
	if (in >= 0)
		close(in);
	return r < 0 ? r : engine_wait(pid, buf_str(&what), b->err);
}

static int build_one(struct building *b, uint32_t k, const char *name, const char *tag)
{
	_cleanup_(words_release) struct word_vec words = {0};
	bool plain = is_last(b, k) && !opts_has(b->o, "target");

	if (build_command(
		b, plain || !(stage_at(b, k)->name.len || needs_name(b, k)) ? NULL : name,
		needs_name(b, k), tag, &words) < 0 ||
	    words_add(&b->tags, tag, "") < 0)
		return err_oom(b->err);
	return opts_has(b->o, "print") ? print_build(b, k, name, &words)
				       : run_build(b, k, name, &words);
}

/* Stage k as an image NAME:STAGE, the one that is wanted as NAME:TAG. */
static int build_stage(struct building *b, uint32_t k, bool wanted)
{
	_cleanup_(buf_release) struct buf name = BUF_INIT, tag = BUF_INIT;

	buf_add_bytes(&name, stage_at(b, k)->name);
	if (!name.len)
		buf_addf(&name, "stage-%u", k);
	buf_add(&tag, b->tag.ptr, wanted ? b->tag.len : b->repository);
	if (!wanted)
		buf_addf(&tag, ":%s", buf_str(&name));
	if (!wanted && bytes_equal(buf_bytes(&tag), buf_bytes(&b->tag)))
		buf_add_str(&tag, "-stage"); /* the wanted one has that name */
	if (buf_status(&name) < 0 || buf_status(&tag) < 0)
		return err_oom(b->err);
	return build_one(b, k, buf_str(&name), buf_str(&tag));
}

/* The one that is wanted comes last: the cache has most of it by then. */
static int build_stages(struct building *b)
{
	const char *target = opts_get(b->o, "target", NULL);
	uint32_t wanted;
	int r = 0;

	if (dockerfile_target(b->dockerfile, bytes_from_str(target), &wanted) < 0)
		return err_set(b->err, ENOENT, "%s has no stage '%s'", buf_str(&b->file),
			       target);
	for (uint32_t k = 0; r == 0 && k < b->dockerfile->stages.n; k++)
		if (k != wanted)
			r = build_stage(b, k, false);
	return r < 0 ? r : build_stage(b, wanted, true);
}

/* ---- into the index ---- */

static int save_command(struct building *b, struct word_vec *ret)
{
	int r = words_add(ret, b->engine, "");

	if (r == 0)
		r = words_add(ret, "save", "");
	if (r == 0 && strcmp(b->engine, "podman") == 0)
		r = words_add(ret, "--multi-image-archive", "");
	vec_foreach (t, &b->tags)
		if (r == 0)
			r = words_add(ret, *t, "");
	return r;
}

/* What the engine saves is our standard input. */
static int index_saved(struct building *b, struct word_vec *save, struct ingest_image_vec *ret)
{
	_cleanup_(buf_release) struct buf what = BUF_INIT;
	struct err saving = ERR_INIT;
	char dash[] = "-", *input = dash;
	int pipes[2], r, ended;
	pid_t pid;

	if (pipe2(pipes, O_CLOEXEC) < 0)
		return err_sys(b->err, errno, "pipe");
	r = engine_start(save, -1, pipes[1], &pid, b->err);
	close(pipes[1]);
	if (r == 0 && dup2(pipes[0], STDIN_FILENO) < 0)
		r = err_sys(b->err, errno, "dup2");
	close(pipes[0]);
	if (r < 0)
		return r;
	r = session_index(b->s, &input, 1, NULL, ret, b->err);
	close(STDIN_FILENO);
	buf_addf(&what, "%s save", b->engine);
	ended = engine_wait(pid, buf_str(&what), &saving);
	if (ended <
	    0) { /* then what came out of it is no archive, and nobody's fault but its */
		*b->err = saving;
		return ended;
	}
	return r;
}

static int print_save(struct building *b, const struct word_vec *save)
{
	static const struct buf nothing = BUF_INIT;
	_cleanup_(buf_release) struct buf end = BUF_INIT;

	buf_add_str(&end, " | stagefs index --dockerfile=");
	words_quote(&end, buf_str(&b->file));
	for (size_t i = 0; i < b->o->n; i++) {
		if (strcmp(b->o->given[i].opt->name, "build-arg") != 0)
			continue;
		buf_add_str(&end, " --build-arg=");
		words_quote(&end, b->o->given[i].value);
	}
	buf_add_str(&end, " -\n");
	return buf_status(&end) < 0 ? err_oom(b->err)
				    : print_words(b, &nothing, save, buf_str(&end));
}

/* As index does: the names of what was indexed. */
static int print_names(struct building *b, const struct ingest_image_vec *images)
{
	struct catalog *c;
	int r = session_catalog(b->s, &c, b->err);

	vec_foreach (id, images) {
		_cleanup_(buf_release) struct buf line = BUF_INIT;
		const struct catalog_image *img = r == 0 ? catalog_image(c, *id) : NULL;

		if (!img)
			continue;
		buf_addf(&line, "%s\n", img->name);
		r = buf_status(&line) < 0 ? err_oom(b->err)
					  : out_write(buf_bytes(&line), b->err);
	}
	return r;
}

static int save_and_index(struct building *b)
{
	_cleanup_(buf_release) struct buf args = BUF_INIT;
	_cleanup_(ingest_image_vec_release) struct ingest_image_vec images = {0};
	_cleanup_(words_release) struct word_vec save = {0};
	int r;

	if (save_command(b, &save) < 0)
		return err_oom(b->err);
	if (opts_has(b->o, "print"))
		return print_save(b, &save);
	if (evidence_arguments(b->o, &args) < 0)
		return err_oom(b->err);
	r = index_saved(b, &save, &images);
	if (r == 0)
		r = evidence_dockerfile(b->s, b->dockerfile->text, buf_bytes(&args), &images,
					buf_str(&b->tag), b->err);
	return r < 0 ? r : print_names(b, &images);
}

static const char *choose_engine(const struct opt_values *o, struct err *err)
{
	static const char *const engines[] = {"docker", "podman"};
	const char *found;
	int which;

	if (opts_word(o, "engine", "docker|podman", -1, &which, err) < 0)
		return NULL;
	found = which >= 0 ? engines[which] : engine_find();
	if (!found && opts_has(o, "print"))
		return engines[0];
	if (!found)
		err_set(err, ENOENT,
			"neither docker nor podman is installed (--print shows what would be "
			"run)");
	return found;
}

static int run(struct session *s, const struct opt_values *o, int argc, char **argv,
	       struct err *err)
{
	_cleanup_(building_release) struct building b = {.s = s,
							 .o = o,
							 .context = argv[0],
							 .more = argv + 1,
							 .n_more = argc - 1,
							 .err = err};
	int r;

	b.engine = choose_engine(o, err);
	if (!b.engine)
		return -ENOENT;
	r = choose_file(&b);
	if (r == 0)
		r = read_dockerfile(&b);
	if (r == 0)
		r = choose_tag(&b);
	if (r == 0)
		r = build_stages(&b);
	return r < 0 ? r : save_and_index(&b);
}

const struct cmd cmd_build = {
    .name = "build",
    .args = "DIR [-- ARG...]",
    .summary = "build every stage of a Dockerfile with docker or podman, and index them",
    .details = "One image for each stage, NAME:STAGE, out of the build cache; ARGs go to each\n"
	       "build as they are. The images are saved and indexed with the Dockerfile.",
    .opts = opts,
    .min_args = 1,
    .max_args = -1,
    .run = run,
};
