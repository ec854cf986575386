/* SPDX-License-Identifier: MIT */
/*
 * stagefs build: an image for every stage of a Dockerfile, out of the build cache, saved and
 * indexed with the Dockerfile. The engine does the building; nothing here knows its API.
 */
#include "cmd.h"

#include "evidence_options.h"
#include "model/dockerfile.h"
#include "out.h"

#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

extern char **environ;

static const struct opt opts[] = {
    {"tag", 't', "NAME", "name of the final image (default: the directory's)"},
    {"file", 'f', "FILE", "the Dockerfile (default: DIR/Dockerfile)"},
    {"target", 0, "STAGE", "the stage to end in (default: the last)"},
    {"build-arg", 0, "NAME=VALUE", "as for docker build; may be repeated"},
    {"engine", 0, "docker|podman", "default: the first of them that is installed"},
    {"print", 0, NULL, "print the commands, run nothing"},
    {0},
};

DEFINE_VEC(word_vec, char *)

struct building {
	struct session *s;
	const struct opt_values *o;
	const char *engine, *context, *file;
	struct buf tag;    /* of the final image */
	size_t repository; /* length of it in `tag` */
	struct dockerfile *dockerfile;
	struct word_vec tags; /* owned; of all images */
	char **more;          /* the engine's own arguments, behind "--" */
	int n_more;
	struct err *err;
};

static void words_release(struct word_vec *v)
{
	vec_foreach (w, v)
		free(*w);
	word_vec_release(v);
}

static void building_release(struct building *b)
{
	words_release(&b->tags);
	buf_release(&b->tag);
	dockerfile_free(b->dockerfile);
}

static int add_word(struct word_vec *v, const char *a, const char *rest)
{
	char *word = NULL;

	if (asprintf(&word, "%s%s", a, rest) < 0)
		return -ENOMEM;
	if (word_vec_push(v, word) == 0)
		return 0;
	free(word);
	return -ENOMEM;
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

static int read_dockerfile(struct building *b)
{
	_cleanup_(buf_release) struct buf path = BUF_INIT, text = BUF_INIT;
	_cleanup_(arg_vec_release) struct arg_vec args = {0};
	FILE *f;
	char part[4096];
	size_t n;
	int r;

	if (b->file)
		buf_add_str(&path, b->file);
	else
		buf_addf(&path, "%s/Dockerfile", b->context);
	f = fopen(buf_str(&path), "re");
	if (!f)
		return err_sys(b->err, errno, "%s", buf_str(&path));
	while ((n = fread(part, 1, sizeof(part), f)) > 0 && text.len <= DOCKERFILE_MAX_BYTES)
		buf_add(&text, part, n);
	fclose(f);
	if (buf_status(&text) < 0 || read_args(b->o, &args) < 0)
		return err_oom(b->err);
	r = dockerfile_parse(buf_bytes(&text), args.v, args.n, BYTES_NULL, &b->dockerfile,
			     b->err);
	return r < 0 ? err_prefix(b->err, r, "%s", buf_str(&path)) : 0;
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

/* "docker build --target deps -t app:deps --build-arg A=b DIR" */
static int build_command(struct building *b, const char *target, const char *tag,
			 struct word_vec *ret)
{
	int r = add_word(ret, b->engine, "");

	if (r == 0)
		r = add_word(ret, "build", "");
	if (r == 0 && b->file)
		r = add_word(ret, "--file=", b->file);
	if (r == 0 && target)
		r = add_word(ret, "--target=", target);
	if (r == 0)
		r = add_word(ret, "--tag=", tag);
	for (size_t i = 0; r == 0 && i < b->o->n; i++)
		if (strcmp(b->o->given[i].opt->name, "build-arg") == 0)
			r = add_word(ret, "--build-arg=", b->o->given[i].value);
	for (int i = 0; r == 0 && i < b->n_more; i++)
		r = add_word(ret, b->more[i], "");
	return r < 0 ? r : add_word(ret, b->context, "");
}

static void add_quoted(struct buf *out, const char *word)
{
	bool plain =
	    *word && !word[strspn(word, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUV"
					"WXYZ0123456789-_=./:@%+,")];

	if (plain) {
		buf_add_str(out, word);
		return;
	}
	buf_add_char(out, '\'');
	for (; *word; word++) {
		if (*word == '\'')
			buf_add_str(out, "'\\''");
		else
			buf_add_char(out, *word);
	}
	buf_add_char(out, '\'');
}

static int print_words(const struct word_vec *words, const char *end, struct err *err)
{
	_cleanup_(buf_release) struct buf line = BUF_INIT;

	vec_foreach (w, words) {
		if (line.len)
			buf_add_char(&line, ' ');
		add_quoted(&line, *w);
	}
	buf_add_str(&line, end);
	return buf_status(&line) < 0 ? err_oom(err) : out_write(buf_bytes(&line), err);
}

/* out: where its standard output goes; -1: to our standard error, results are not talk. */
static int spawn(struct word_vec *words, int out, pid_t *ret, struct err *err)
{
	posix_spawn_file_actions_t actions;
	int r;

	if (word_vec_push(words, NULL) < 0)
		return err_oom(err);
	words->n--;
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, out < 0 ? 2 : out, 1);
	r = posix_spawnp(ret, words->v[0], &actions, NULL, words->v, environ);
	posix_spawn_file_actions_destroy(&actions);
	return r ? err_sys(err, r, "%s", words->v[0]) : 0;
}

static int wait_for(pid_t pid, const struct word_vec *words, struct err *err)
{
	int status;

	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return err_sys(err, errno, "%s", words->v[0]);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return 0;
	return err_set(err, EIO, "%s %s failed (its own messages are above)", words->v[0],
		       words->v[1]);
}

static int build_one(struct building *b, const char *target, const char *tag)
{
	_cleanup_(words_release) struct word_vec words = {0};
	pid_t pid;
	int r;

	if (build_command(b, target, tag, &words) < 0 || add_word(&b->tags, tag, "") < 0)
		return err_oom(b->err);
	if (opts_has(b->o, "print"))
		return print_words(&words, "\n", b->err);
	r = spawn(&words, -1, &pid, b->err);
	return r < 0 ? r : wait_for(pid, &words, b->err);
}

/* Stages before the last one that is wanted: the cache has them when that one is built. */
static int build_stages(struct building *b)
{
	const char *target = opts_get(b->o, "target", NULL);
	uint32_t last;
	int r = 0;

	if (dockerfile_target(b->dockerfile, bytes_from_str(target), &last) < 0)
		return err_set(b->err, ENOENT, "the Dockerfile has no stage '%s'", target);
	for (uint32_t k = 0; r == 0 && k < b->dockerfile->stages.n; k++) {
		const struct dockerfile_stage *st = &b->dockerfile->stages.v[k];
		_cleanup_(buf_release) struct buf name = BUF_INIT, tag = BUF_INIT;

		if (k == last)
			continue;
		if (st->name.len)
			buf_add_bytes(&name, st->name);
		else
			buf_addf(&name, "%u", k);
		buf_add(&tag, b->tag.ptr, b->repository);
		buf_addf(&tag, st->name.len ? ":%s" : ":stage-%s", buf_str(&name));
		if (buf_status(&name) < 0 || buf_status(&tag) < 0)
			return err_oom(b->err);
		r = build_one(b, buf_str(&name), buf_str(&tag));
	}
	return r < 0 ? r : build_one(b, target, buf_str(&b->tag));
}

/* ---- into the index ---- */

static int save_command(struct building *b, struct word_vec *ret)
{
	int r = add_word(ret, b->engine, "");

	if (r == 0)
		r = add_word(ret, "save", "");
	if (r == 0 && strcmp(b->engine, "podman") == 0)
		r = add_word(ret, "--multi-image-archive", "");
	vec_foreach (t, &b->tags)
		if (r == 0)
			r = add_word(ret, *t, "");
	return r;
}

/* What the engine saves is our standard input. */
static int index_saved(struct building *b, struct word_vec *save, struct ingest_image_vec *ret)
{
	char dash[] = "-", *input = dash;
	int pipes[2], r, ended;
	pid_t pid;

	if (pipe2(pipes, O_CLOEXEC) < 0)
		return err_sys(b->err, errno, "pipe");
	r = spawn(save, pipes[1], &pid, b->err);
	close(pipes[1]);
	if (r == 0 && dup2(pipes[0], STDIN_FILENO) < 0)
		r = err_sys(b->err, errno, "dup2");
	close(pipes[0]);
	if (r < 0)
		return r;
	r = session_index(b->s, &input, 1, NULL, ret, b->err);
	close(STDIN_FILENO);
	ended = wait_for(pid, save, r < 0 ? NULL : b->err);
	return r < 0 ? r : ended;
}

static int save_and_index(struct building *b)
{
	_cleanup_(ingest_image_vec_release) struct ingest_image_vec images = {0};
	_cleanup_(words_release) struct word_vec save = {0};
	int r;

	if (save_command(b, &save) < 0)
		return err_oom(b->err);
	if (opts_has(b->o, "print")) {
		_cleanup_(buf_release) struct buf end = BUF_INIT;

		buf_add_str(&end, " | stagefs index --dockerfile=");
		if (b->file)
			add_quoted(&end, b->file);
		else
			buf_addf(&end, "%s/Dockerfile", b->context);
		buf_add_str(&end, " -\n");
		return print_words(&save, buf_str(&end), b->err);
	}
	r = index_saved(b, &save, &images);
	if (r == 0)
		r = evidence_dockerfile(b->s, b->dockerfile->text, BYTES_NULL, &images,
					buf_str(&b->tag), b->err);
	return r;
}

static const char *find_engine(const struct opt_values *o, struct err *err)
{
	static const char *const engines[] = {"docker", "podman"};
	int which;

	if (opts_word(o, "engine", "docker|podman", -1, &which, err) < 0)
		return NULL;
	if (which >= 0)
		return engines[which];
	for (size_t i = 0; i < ARRAY_SIZE(engines); i++) {
		_cleanup_free_ char *path =
		    strdup(getenv("PATH") ? getenv("PATH") : "/usr/bin");

		for (char *dir = path ? strtok(path, ":") : NULL; dir;
		     dir = strtok(NULL, ":")) {
			char file[4096];

			snprintf(file, sizeof(file), "%s/%s", dir, engines[i]);
			if (access(file, X_OK) == 0)
				return engines[i];
		}
	}
	if (opts_has(o, "print"))
		return engines[0];
	err_set(err, ENOENT,
		"neither docker nor podman is installed (--print shows what would be "
		"run)");
	return NULL;
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

	b.file = opts_get(o, "file", NULL);
	b.engine = find_engine(o, err);
	if (!b.engine)
		return -ENOENT;
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
