/* SPDX-License-Identifier: MIT */
#include "archive/blobs.h"

#include "io/hash.h"
#include "tar/name.h"
#include "util/escape.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <sys/stat.h>

#define PATH_SHOWN 200

static struct archive_blobs *blobs_new(void)
{
	struct archive_blobs *b = calloc(1, sizeof(*b));

	if (b)
		b->dirfd = -1;
	return b;
}

int blobs_open_tar(struct source *file, const struct limits *limits, struct archive_blobs **ret,
		   struct err *err)
{
	_cleanup_(blobs_freep) struct archive_blobs *b = blobs_new();
	int r;

	if (!b)
		return err_oom(err);
	b->file = source_ref(file);
	r = members_read(file, limits, &b->members, err);
	if (r < 0)
		return r;
	*ret = steal_ptr(&b);
	return 0;
}

int blobs_open_dir(int dirfd, struct archive_blobs **ret, struct err *err)
{
	_cleanup_(blobs_freep) struct archive_blobs *b = blobs_new();

	if (!b)
		return err_oom(err);
	b->dirfd = openat(dirfd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (b->dirfd < 0)
		return err_sys(err, errno, "cannot open the directory");
	*ret = steal_ptr(&b);
	return 0;
}

void blobs_free(struct archive_blobs *b)
{
	if (!b)
		return;
	vec_foreach (f, &b->opened) {
		free(f->path);
		source_unref(f->source);
	}
	blob_file_vec_release(&b->opened);
	members_release(&b->members);
	source_unref(b->file);
	closep(&b->dirfd);
	free(b);
}

void blob_place_release(struct blob_place *p)
{
	source_unref(p->source);
	free(p->path);
	*p = (struct blob_place){0};
}

void document_release(struct document *d)
{
	free(d->text);
	*d = (struct document){0};
}

bool blobs_have(const struct archive_blobs *b, const char *name)
{
	struct stat st;

	if (b->file)
		return members_find(&b->members, bytes_from_str(name));
	return fstatat(b->dirfd, name, &st, AT_SYMLINK_NOFOLLOW) == 0;
}

static int find_member(struct archive_blobs *b, struct bytes path, struct blob_place *ret,
		       struct err *err)
{
	const struct member *m = NULL;
	char shown[PATH_SHOWN];
	int r = members_resolve(&b->members, path, &m, err);

	if (r <= 0)
		return r;
	r = source_open_range(b->file, m->offset, m->len, &ret->source, NULL);
	if (r == -ERANGE)
		return err_set(err, EBADMSG, "%s: the archive ends within it",
			       escape_short(path, shown, sizeof(shown)));
	if (r < 0)
		return err_oom(err);
	ret->offset = m->offset;
	ret->len = m->len;
	return 1;
}

/* The directory above the last component of a normalised path; the component in *ret_last. */
static int open_parents(int dirfd, const char *path, const char **ret_last)
{
	_cleanup_close_ int at = openat(dirfd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	const char *slash;

	while (at >= 0 && (slash = strchr(path, '/'))) {
		_cleanup_free_ char *part = strndup(path, (size_t)(slash - path));
		int next;

		if (!part)
			return -ENOMEM;
		next = openat(at, part, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (next < 0)
			return -errno;
		close(at);
		at = next;
		path = slash + 1;
	}
	*ret_last = path;
	return at < 0 ? -errno : steal_fd(&at);
}

/* 1, or 0 if absent. */
static int open_below(const struct archive_blobs *b, const char *path, struct source **ret,
		      struct err *err)
{
	_cleanup_close_ int dir = -1, fd = -1;
	char shown[PATH_SHOWN];
	const char *last;

	escape_short(bytes_from_str(path), shown, sizeof(shown));
	dir = open_parents(b->dirfd, path, &last);
	if (dir < 0) {
		if (dir == -ENOENT)
			return 0;
		return err_sys(err, -dir, "%s: cannot open a directory above it", shown);
	}
	/* O_NONBLOCK: a FIFO must answer, not wait for a writer. */
	fd = openat(dir, last, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0 && errno == ENOENT)
		return 0;
	if (fd < 0 && errno == ELOOP)
		return err_set(err, EBADMSG, "%s: a symbolic link, which is not followed",
			       shown);
	if (fd < 0)
		return err_sys(err, errno, "%s: cannot open", shown);
	if (source_open_fd(steal_fd(&fd), ret, NULL) < 0)
		return err_set(err, EBADMSG, "%s: not a regular file", shown);
	return 1;
}

/* The opened file of this path: the same layer may stand in a thousand images. */
static int open_once(struct archive_blobs *b, const char *path, struct source **ret,
		     struct err *err)
{
	_cleanup_(source_unrefp) struct source *s = NULL;
	struct blob_file f;
	int r;

	vec_foreach (known, &b->opened)
		if (strcmp(known->path, path) == 0) {
			*ret = known->source;
			return 1;
		}
	r = open_below(b, path, &s, err);
	if (r <= 0)
		return r;
	f = (struct blob_file){strdup(path), s};
	if (!f.path || blob_file_vec_push(&b->opened, f) < 0) {
		free(f.path);
		return err_oom(err);
	}
	*ret = steal_ptr(&s);
	return 1;
}

static int find_file(struct archive_blobs *b, struct bytes path, struct blob_place *ret,
		     struct err *err)
{
	_cleanup_(buf_release) struct buf plain = BUF_INIT;
	struct source *s = NULL;
	int r = name_normalise(path, &plain);

	if (r < 0)
		return err_oom(err);
	if (r > 0 || plain.len == 0 || memchr(plain.ptr, 0, plain.len))
		return 0;
	r = open_once(b, plain.ptr, &s, err);
	if (r <= 0)
		return r;
	ret->path = buf_steal(&plain);
	ret->source = source_ref(s);
	ret->offset = 0;
	ret->len = s->size;
	return 1;
}

int blobs_find(struct archive_blobs *b, struct bytes path, struct blob_place *ret,
	       struct err *err)
{
	*ret = (struct blob_place){0};
	return b->file ? find_member(b, path, ret, err) : find_file(b, path, ret, err);
}

/* digest_parse let only hex digits through, so this is one safe path. */
static void digest_path(const struct archive_blobs *b, const struct digest *d, char *out,
			size_t size)
{
	char hex[DIGEST_TEXT_MAX];

	digest_hex(d, hex);
	if (b->flat)
		snprintf(out, size, "%s", hex);
	else
		snprintf(out, size, "blobs/%s/%s", digest_alg_name(d->alg), hex);
}

int blobs_find_digest(struct archive_blobs *b, const struct digest *d, struct blob_place *ret,
		      struct err *err)
{
	char path[DIGEST_TEXT_MAX + 32];
	int r;

	digest_path(b, d, path, sizeof(path));
	r = blobs_find(b, bytes_from_str(path), ret, err);
	if (r != 0 || !b->flat)
		return r;
	/* `dir:` of several platforms: the manifests below the list are named like this. */
	strcat(path, ".manifest.json");
	return blobs_find(b, bytes_from_str(path), ret, err);
}

static int read_place(const struct blob_place *p, const struct limits *limits,
		      struct document *ret, struct err *err)
{
	uint64_t max = limits->json_bytes;
	size_t n;
	int r;

	if (p->len > max)
		return err_set(err, EFBIG,
			       "a document of %" PRIu64
			       " bytes, over limit json-bytes (%" PRIu64 ")",
			       p->len, max);
	ret->text = malloc(p->len + 1);
	if (!ret->text)
		return err_oom(err);
	r = source_pread(p->source, ret->text, p->len, 0, &n, err);
	if (r < 0) {
		document_release(ret);
		return r;
	}
	ret->text[n] = 0;
	ret->len = n;
	return 1;
}

int blobs_read(struct archive_blobs *b, struct bytes path, const struct limits *limits,
	       struct document *ret, struct err *err)
{
	_cleanup_(blob_place_release) struct blob_place p = {0};
	char shown[PATH_SHOWN];
	int r = blobs_find(b, path, &p, err);

	if (r <= 0)
		return r;
	r = read_place(&p, limits, ret, err);
	return r < 0 ? err_prefix(err, r, "%s", escape_short(path, shown, sizeof(shown))) : r;
}

int document_verify(const struct document *doc, const struct digest *d, struct err *err)
{
	struct digest got = digest_of(d->alg, bytes_make(doc->text, doc->len));
	char want_text[DIGEST_TEXT_MAX], got_text[DIGEST_TEXT_MAX];

	if (digest_equal(&got, d))
		return 0;
	return err_set(err, EBADMSG, "its bytes have the digest %s, not %s",
		       digest_format(&got, got_text), digest_format(d, want_text));
}

static int read_verified(const struct blob_place *p, const struct digest *d, int64_t size,
			 const struct limits *limits, struct document *ret, struct err *err)
{
	int r;

	if (size >= 0 && (uint64_t)size != p->len)
		return err_set(err, EBADMSG, "it has %" PRIu64 " bytes, declared are %" PRId64,
			       p->len, size);
	r = read_place(p, limits, ret, err);
	if (r < 0)
		return r;
	r = document_verify(ret, d, err);
	if (r < 0)
		document_release(ret);
	return r < 0 ? r : 1;
}

int blobs_read_digest(struct archive_blobs *b, const struct digest *d, int64_t size,
		      const struct limits *limits, struct document *ret, struct err *err)
{
	_cleanup_(blob_place_release) struct blob_place p = {0};
	char path[DIGEST_TEXT_MAX + 32];
	int r = blobs_find_digest(b, d, &p, err);

	if (r <= 0)
		return r;
	r = read_verified(&p, d, size, limits, ret, err);
	digest_path(b, d, path, sizeof(path));
	return r < 0 ? err_prefix(err, r, "%s", path) : r;
}
