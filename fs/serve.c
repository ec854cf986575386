/* SPDX-License-Identifier: MIT */
#include "fs/serve.h"

#include "fs/ops.h"
#include "fs/stderr.h"
#include "fs/vfile.h"
#include "fs/worker.h"
#include "util/log.h"

#include <stdio.h>

#define TREE_BYTES    MIB(256)
#define SPAN_BYTES    MIB(64)
#define CACHE_BYTES   GIB(4)
#define VFILE_BYTES   MIB(64)
#define READERS_MIN   2
#define READERS_MAX   8
#define STOP_PATIENCE 700 /* milliseconds for reads under way when the mount ends */
#define MAX_IDLE      10

struct server {
	struct fs_ctx ctx;
	struct fuse_session *session;
	bool allow_other, mounted, signals, abandoned;
};

/* ---- the index ---- */

/* Content records what it finds out about archives; where it may not write, it reads. */
static int open_content_db(const char *path, struct db **ret, struct err *err)
{
	if (access(path, W_OK) == 0 && db_open(path, DB_WRITE, ret, NULL) == 0)
		return 0;
	return db_open(path, DB_READ, ret, err);
}

static int open_dbs(struct fs_ctx *ctx, const char *path, struct err *err)
{
	int r = db_open(path, DB_READ, &ctx->forest_db, err);

	if (r == 0)
		r = db_open(path, DB_READ, &ctx->xattr_db, err);
	if (r == 0)
		r = db_open(path, DB_READ, &ctx->render_db, err);
	return r < 0 ? r : open_content_db(path, &ctx->content_db, err);
}

static int open_content(struct fs_ctx *ctx, const struct mount_opts *opts, struct err *err)
{
	struct content_opts c = {
	    .db = ctx->content_db,
	    .cache_dir = opts->cache_dir,
	    .cache_bytes = opts->cache_bytes ? opts->cache_bytes : CACHE_BYTES,
	    .span_bytes = SPAN_BYTES,
	    .verify_always = opts->verify_always,
	    .from_twins = opts->inodes_content,
	};

	return content_new(&c, &ctx->content, err);
}

static int open_growth(struct fs_ctx *ctx, const struct mount_opts *opts, struct err *err)
{
	_cleanup_(db_freep) struct db *db = NULL;
	int r = db_open(opts->db_path, DB_READ, &db, err);

	if (r == 0)
		r = growth_new(db, ctx->forest, opts->images, opts->n_images, &ctx->growth,
			       err);
	if (r == 0)
		db = NULL;
	return r;
}

static int open_ctx(struct fs_ctx *ctx, const struct mount_opts *opts, struct err *err)
{
	int r = open_dbs(ctx, opts->db_path, err);

	if (r == 0)
		r = forest_new(ctx->forest_db, opts->tree_bytes ? opts->tree_bytes : TREE_BYTES,
			       &ctx->forest);
	if (r == 0)
		r = open_growth(ctx, opts, err);
	if (r == 0)
		r = open_content(ctx, opts, err);
	if (r == 0)
		r = vfile_cache_new(VFILE_BYTES, &ctx->vfiles);
	if (r < 0)
		return r;
	ctx->inodes_content = opts->inodes_content;
	ctx->uid = geteuid();
	ctx->gid = getegid();
	clock_gettime(CLOCK_REALTIME, &ctx->started);
	return 0;
}

static void close_ctx(struct fs_ctx *ctx)
{
	vfile_cache_freep(&ctx->vfiles);
	growth_freep(&ctx->growth);
	content_freep(&ctx->content);
	forest_freep(&ctx->forest);
	db_freep(&ctx->content_db);
	db_freep(&ctx->render_db);
	db_freep(&ctx->xattr_db);
	db_freep(&ctx->forest_db);
	pthread_mutex_destroy(&ctx->xattr_lock);
	pthread_key_delete(ctx->read_buf);
}

int server_new(const struct mount_opts *opts, struct server **ret, struct err *err)
{
	_cleanup_(server_freep) struct server *s = calloc(1, sizeof(*s));
	int r;

	if (!s)
		return err_oom(err);
	r = fs_buffer_key_create(&s->ctx.read_buf);
	if (r < 0) {
		free(steal_ptr(&s));
		return err_sys(err, -r, "thread key");
	}
	pthread_mutex_init(&s->ctx.xattr_lock, NULL);
	s->allow_other = opts->allow_other;
	r = open_ctx(&s->ctx, opts, err);
	if (r < 0)
		return r;
	*ret = steal_ptr(&s);
	return 0;
}

/* ---- the mount ---- */

/*
 * default_permissions where others than the one who mounted may enter. By himself alone, he
 * could read the archive anyway: enforcing the image's modes would only hide files from him.
 */
static void mount_options(const struct server *s, char *out, size_t size)
{
	bool enforce = s->allow_other || geteuid() == 0;

	snprintf(out, size, "ro,nosuid,nodev,fsname=stagefs,subtype=stagefs%s%s",
		 enforce ? ",default_permissions" : "", s->allow_other ? ",allow_other" : "");
}

static struct fuse_session *new_session(struct server *s)
{
	char options[256], name[] = "stagefs", o[] = "-o";
	char *argv[] = {name, o, options, NULL};
	struct fuse_args args = FUSE_ARGS_INIT(3, argv);
	struct fuse_session *session;

	mount_options(s, options, sizeof(options));
	session = fuse_session_new(&args, &fs_ops, sizeof(fs_ops), &s->ctx);
	fuse_opt_free_args(&args);
	return session;
}

static int mount_session(struct server *s, const char *path)
{
	s->session = new_session(s);
	if (!s->session)
		return -EINVAL;
	if (fuse_session_mount(s->session, path) < 0)
		return errno ? -errno : -EIO;
	s->mounted = true;
	return 0;
}

int server_mount(struct server *s, const char *path, struct err *err)
{
	_cleanup_(stderr_capture_end) struct stderr_capture said = STDERR_CAPTURE_INIT;
	const char *text;
	int r = stderr_capture_begin(&said, err);

	if (r < 0)
		return r;
	errno = 0;
	r = mount_session(s, path);
	text = stderr_capture_text(&said);
	if (r == 0)
		return 0;
	if (*text)
		return err_set(err, -r, "%s: cannot mount: %s", path, text);
	return err_sys(err, -r, "%s: cannot mount", path);
}

/* ---- the loop ---- */

_printf_(2, 0) static void fuse_says(enum fuse_log_level level, const char *format, va_list ap)
{
	char line[512];
	size_t n;

	if (level > FUSE_LOG_WARNING)
		return;
	vsnprintf(line, sizeof(line), format, ap);
	n = strlen(line);
	while (n > 0 && line[n - 1] == '\n')
		line[--n] = 0;
	log_line("%s", line);
}

static int start_workers(struct fs_ctx *ctx, struct err *err)
{
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);
	long readers = MAX(READERS_MIN, MIN(cpus, READERS_MAX));
	int r = worker_pool_new(1, &ctx->renderer, err);

	return r < 0 ? r : worker_pool_new((unsigned)readers, &ctx->readers, err);
}

/* False: a thread is still reading; its buffers and databases must be left to it. */
static bool stop_workers(struct fs_ctx *ctx)
{
	struct worker_pool *pools[] = {ctx->readers, ctx->renderer};
	bool stopped = true;

	for (size_t i = 0; i < ARRAY_SIZE(pools); i++)
		if (pools[i] && worker_pool_stop(pools[i], STOP_PATIENCE) < 0)
			stopped = false;
	if (!stopped)
		return false;
	worker_pool_free(steal_ptr(&ctx->readers));
	worker_pool_free(steal_ptr(&ctx->renderer));
	return true;
}

/* Ends by signal, which is success, by umount, likewise, or by an error. */
static int loop(struct server *s, struct err *err)
{
	struct fuse_loop_config config = {.clone_fd = 1, .max_idle_threads = MAX_IDLE};
	int r = fuse_session_loop_mt(s->session, &config);

	return r < 0 ? err_sys(err, -r, "reading requests") : 0;
}

int server_loop(struct server *s, void (*ready)(void *arg), void *arg, struct err *err)
{
	int r;

	fuse_set_log_func(fuse_says);
	if (fuse_set_signal_handlers(s->session) < 0)
		return err_set(err, EIO, "cannot handle signals");
	s->signals = true;
	r = start_workers(&s->ctx, err);
	if (r == 0 && ready)
		ready(arg);
	if (r == 0)
		r = loop(s, err);
	s->abandoned = !stop_workers(&s->ctx);
	return r;
}

void server_free(struct server *s)
{
	if (!s)
		return;
	if (s->signals)
		fuse_remove_signal_handlers(s->session);
	if (s->mounted)
		fuse_session_unmount(s->session);
	/* The process ends next: what a stuck read still uses goes with it. */
	if (s->abandoned)
		return;
	if (s->session)
		fuse_session_destroy(s->session);
	close_ctx(&s->ctx);
	free(s);
}
