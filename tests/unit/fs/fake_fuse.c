/* SPDX-License-Identifier: MIT */
/* libfuse's replies, kept instead of sent: the executable's symbols come before the library's.
 */
#include "fs_fixture.h"

#include <string.h>

/* A test that waits longer than this has hung. */
#define PATIENCE 20

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t replied = PTHREAD_COND_INITIALIZER;

struct fake_req *fake_req(struct fixture *f)
{
	struct fake_req *r = calloc(1, sizeof(*r));

	assert_non_null(r);
	r->ctx = &f->ctx;
	return r;
}

fuse_req_t fake_fuse_req(struct fake_req *r)
{
	return (fuse_req_t)(void *)r;
}

static struct fake_req *begin(fuse_req_t req)
{
	pthread_mutex_lock(&lock);
	return (struct fake_req *)(void *)req;
}

static int end(struct fake_req *r, enum reply kind)
{
	int refuse = r->refuse;

	r->reply = kind;
	r->replies++;
	pthread_cond_broadcast(&replied);
	pthread_mutex_unlock(&lock);
	return refuse;
}

void fake_wait(struct fake_req *r, enum reply want)
{
	struct timespec until;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += PATIENCE;
	pthread_mutex_lock(&lock);
	while (r->replies == 0)
		if (pthread_cond_timedwait(&replied, &lock, &until) != 0)
			break;
	pthread_mutex_unlock(&lock);
	if (r->replies != 1 || r->reply != want)
		fail_msg("%d replies, kind %d instead of %d, errno %d", r->replies, r->reply,
			 want, r->err);
}

void fake_free(struct fake_req *r)
{
	free(r);
}

void *fuse_req_userdata(fuse_req_t req)
{
	return ((struct fake_req *)(void *)req)->ctx;
}

int fuse_reply_err(fuse_req_t req, int err)
{
	struct fake_req *r = begin(req);

	r->err = err;
	return end(r, REPLY_ERR);
}

void fuse_reply_none(fuse_req_t req)
{
	end(begin(req), REPLY_NONE);
}

int fuse_reply_entry(fuse_req_t req, const struct fuse_entry_param *e)
{
	struct fake_req *r = begin(req);

	r->entry = *e;
	return end(r, REPLY_ENTRY);
}

int fuse_reply_attr(fuse_req_t req, const struct stat *st, double timeout)
{
	struct fake_req *r = begin(req);

	r->st = *st;
	r->timeout = timeout;
	return end(r, REPLY_ATTR);
}

static int reply_bytes(fuse_req_t req, const char *p, size_t n, enum reply kind)
{
	struct fake_req *r = begin(req);

	r->size = n;
	if (n)
		memcpy(r->buf, p, MIN(n, sizeof(r->buf)));
	return end(r, kind);
}

int fuse_reply_buf(fuse_req_t req, const char *buf, size_t size)
{
	return reply_bytes(req, buf, size, REPLY_BUF);
}

int fuse_reply_readlink(fuse_req_t req, const char *link)
{
	return reply_bytes(req, link, strlen(link), REPLY_LINK);
}

int fuse_reply_xattr(fuse_req_t req, size_t count)
{
	struct fake_req *r = begin(req);

	r->size = count;
	return end(r, REPLY_XATTR);
}

int fuse_reply_statfs(fuse_req_t req, const struct statvfs *s)
{
	struct fake_req *r = begin(req);

	r->statfs = *s;
	return end(r, REPLY_STATFS);
}
