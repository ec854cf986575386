/* SPDX-License-Identifier: MIT */
#include "ingest/infile.h"

#include "content/cachedir.h"
#include "ingest/spool.h"
#include "io/hash.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>

void infile_release(struct infile *in)
{
	source_unref(in->file);
	source_unref(in->stored);
	closep(&in->dirfd);
	free(in->path);
	*in = INFILE_INIT;
}

void infile_drop_spool(const struct infile *in)
{
	if (in->made)
		unlink(in->path);
}

void infile_cache_key(const struct identity *id, char out[65])
{
	unsigned char raw[32];
	char text[160];
	int n =
	    snprintf(text, sizeof(text),
		     "archive %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRId64 " %" PRId64, id->dev,
		     id->ino, id->size, id->mtime_ns, id->ctime_ns);

	sha256_of(text, (size_t)n, raw);
	hex_encode(raw, sizeof(raw), out);
}

/* The kind is told before the path: what a pipe of the shell has for a name leads nowhere. */
static int check_kind(const struct stat *st, struct err *err)
{
	if (S_ISREG(st->st_mode) || S_ISDIR(st->st_mode))
		return 0;
	return err_set(err, EINVAL,
		       "neither a file nor a directory (name - to read standard input)");
}

/* O_NONBLOCK: opening a FIFO must answer, not wait for a writer. */
static int open_named(const char *name, struct infile *in, int *ret_fd, struct err *err)
{
	struct stat st;
	int r;

	*ret_fd = open(name, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (*ret_fd < 0 || fstat(*ret_fd, &st) < 0)
		return err_sys(err, errno, "cannot open");
	r = check_kind(&st, err);
	if (r < 0)
		return r;
	in->path = realpath(name, NULL);
	return in->path ? 0 : err_sys(err, errno, "cannot find its absolute path");
}

static int open_any(const char *name, const struct ingest_opts *opts, struct infile *in,
		    int *ret_fd, struct err *err)
{
	_cleanup_free_ char *path = NULL;
	int r;

	in->dash = strcmp(name, "-") == 0;
	if (!in->dash)
		return open_named(name, in, ret_fd, err);
	r = spool_stream(STDIN_FILENO, opts->spool_dir, &path, ret_fd, err);
	if (r < 0)
		return r;
	in->made = r == 1;
	in->path = realpath(path, NULL);
	return in->path ? 0 : err_sys(err, errno, "cannot find the spool file");
}

/* Compressed as a whole: archives need random access, so they are decoded once. A bare layer
 * is its own blob: its codec is the layer's. */
static int decode_outer(const struct ingest_opts *opts, struct infile *in, struct err *err)
{
	_cleanup_(cachedir_freep) struct cachedir *cache = NULL;
	char magic[CODEC_MAGIC_BYTES], key[65];
	struct decoding what;
	size_t n;
	int r;

	r = source_pread(in->stored, magic, sizeof(magic), 0, &n, err);
	if (r < 0)
		return r;
	in->codec = opts->layer ? CODEC_NONE : codec_detect(magic, n);
	if (in->codec == CODEC_NONE) {
		in->file = source_ref(in->stored);
		return 0;
	}
	if (in->codec == CODEC_BZIP2)
		return err_set(err, EINVAL,
			       "the archive is compressed with bzip2 (bunzip2 it first)");
	r = cachedir_new(opts->cache_dir, opts->cache_bytes, &cache, err);
	if (r < 0)
		return r;
	infile_cache_key(&in->identity, key);
	what = (struct decoding){in->stored, in->codec, opts->limits, NULL};
	return cachedir_decode(cache, key, &what, &in->file, err);
}

static int take_file(int *fd, const struct ingest_opts *opts, struct infile *in,
		     struct err *err)
{
	int r;

	r = source_open_fd(steal_fd(fd), &in->stored, err);
	return r < 0 ? r : decode_outer(opts, in, err);
}

static int open_input(const char *name, const struct ingest_opts *opts, struct infile *in,
		      struct err *err)
{
	_cleanup_close_ int fd = -1;
	struct stat st;
	int r;

	r = open_any(name, opts, in, &fd, err);
	if (r < 0)
		return r;
	if (fstat(fd, &st) < 0)
		return err_sys(err, errno, "cannot stat");
	in->identity = identity_of(&st);
	if (S_ISDIR(st.st_mode)) {
		in->dirfd = steal_fd(&fd);
		return 0;
	}
	if (!S_ISREG(st.st_mode))
		return err_set(
		    err, EINVAL,
		    "neither a file nor a directory (name - to read standard input)");
	return take_file(&fd, opts, in, err);
}

int infile_open(const char *name, const struct ingest_opts *opts, struct infile *ret,
		struct err *err)
{
	int r;

	*ret = INFILE_INIT;
	r = open_input(name, opts, ret, err);
	if (r < 0) {
		infile_drop_spool(ret);
		infile_release(ret);
	}
	return r;
}

int infile_check_unchanged(const struct infile *in, struct err *err)
{
	struct identity now;
	struct stat st;

	if (!in->stored || in->stored->fd < 0)
		return 0;
	if (fstat(in->stored->fd, &st) < 0)
		return err_sys(err, errno, "cannot stat");
	now = identity_of(&st);
	if (!identity_equal(&now, &in->identity))
		return err_set(err, ESTALE, "the file changed while it was read (try again)");
	return 0;
}
