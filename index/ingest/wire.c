/* SPDX-License-Identifier: MIT */
#include "ingest/wire.h"

#define HEADER_BYTES 8
#define FLUSH_BYTES  KIB(128)
#define READ_BYTES   KIB(256)
#define LENGTH_NULL  UINT32_MAX

/* ---- sending ---- */

void wire_out_release(struct wire_out *o)
{
	buf_release(&o->buf);
}

void wire_begin(struct wire_out *o, enum wire_type type)
{
	o->frame = o->buf.len;
	wire_put_u32(o, type);
	wire_put_u32(o, 0);
}

void wire_put_u32(struct wire_out *o, uint32_t v)
{
	buf_add(&o->buf, &v, sizeof(v));
}

void wire_put_u64(struct wire_out *o, uint64_t v)
{
	buf_add(&o->buf, &v, sizeof(v));
}

void wire_put_bytes(struct wire_out *o, struct bytes b)
{
	if (!b.ptr) {
		wire_put_u32(o, LENGTH_NULL);
		return;
	}
	wire_put_u32(o, (uint32_t)b.len);
	buf_add(&o->buf, b.ptr, b.len);
}

void wire_put_digest(struct wire_out *o, const struct digest *d)
{
	wire_put_u32(o, d->alg);
	buf_add(&o->buf, d->raw, digest_raw_len(d->alg));
}

int wire_end(struct wire_out *o, struct err *err)
{
	size_t len = o->buf.len - o->frame - HEADER_BYTES;
	uint32_t len32 = (uint32_t)len;

	if (buf_status(&o->buf) < 0)
		return err_oom(err);
	if (len >= LENGTH_NULL) {
		o->buf.len = o->frame;
		return err_set(err, EFBIG, "a document or name of %zu bytes is too large", len);
	}
	memcpy(o->buf.ptr + o->frame + 4, &len32, sizeof(len32));
	return o->buf.len >= FLUSH_BYTES ? wire_flush(o, err) : 0;
}

int wire_flush(struct wire_out *o, struct err *err)
{
	const char *p = o->buf.ptr;
	size_t left = o->buf.len;

	if (buf_status(&o->buf) < 0)
		return err_oom(err);
	while (left) {
		ssize_t n = write(o->fd, p, left);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_sys(err, errno, "cannot write to the index writer");
		p += n;
		left -= (size_t)n;
	}
	buf_clear(&o->buf);
	return 0;
}

/* ---- receiving ---- */

void wire_in_release(struct wire_in *in)
{
	buf_release(&in->buf);
}

/* Drops what was handed out, so that the buffer holds one unfinished frame at most. */
static void compact(struct wire_in *in)
{
	if (!in->pos)
		return;
	memmove(in->buf.ptr, in->buf.ptr + in->pos, in->buf.len - in->pos);
	in->buf.len -= in->pos;
	in->pos = 0;
}

/* Reads more: 1, 0 at the end of the pipe. */
static int fill(struct wire_in *in, struct err *err)
{
	ssize_t n;

	compact(in);
	if (buf_reserve(&in->buf, READ_BYTES) < 0)
		return err_oom(err);
	do
		n = read(in->fd, in->buf.ptr + in->buf.len, READ_BYTES);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return err_sys(err, errno, "cannot read from the parser process");
	in->buf.len += (size_t)n;
	return n > 0;
}

/* Has n unread bytes: 1, 0 when the pipe ended before. */
static int need(struct wire_in *in, size_t n, struct err *err)
{
	int r = 1;

	while (r > 0 && in->buf.len - in->pos < n)
		r = fill(in, err);
	return r;
}

int wire_receive(struct wire_in *in, enum wire_type *ret_type, struct wire_cursor *ret,
		 struct err *err)
{
	uint32_t head[2];
	int r;

	r = need(in, HEADER_BYTES, err);
	if (r <= 0)
		return r;
	memcpy(head, in->buf.ptr + in->pos, sizeof(head));
	if (head[0] < WIRE_ARCHIVE || head[0] >= WIRE_TYPE_END)
		return err_set(err, EBADMSG, "the parser process sent an unknown message (%u)",
			       head[0]);
	if (head[1] > in->max_frame)
		return err_set(err, EBADMSG, "the parser process sent a message of %u bytes",
			       head[1]);
	r = need(in, HEADER_BYTES + (size_t)head[1], err);
	if (r <= 0)
		return r;
	*ret_type = head[0];
	*ret = (struct wire_cursor){in->buf.ptr + in->pos + HEADER_BYTES, head[1], false};
	in->pos += HEADER_BYTES + (size_t)head[1];
	return 1;
}

static const char *take(struct wire_cursor *c, size_t n)
{
	const char *p = c->p;

	if (c->bad || n > c->left) {
		c->bad = true;
		return NULL;
	}
	c->p += n;
	c->left -= n;
	return p;
}

uint32_t wire_get_u32(struct wire_cursor *c)
{
	const char *p = take(c, sizeof(uint32_t));
	uint32_t v = 0;

	if (p)
		memcpy(&v, p, sizeof(v));
	return v;
}

uint64_t wire_get_u64(struct wire_cursor *c)
{
	const char *p = take(c, sizeof(uint64_t));
	uint64_t v = 0;

	if (p)
		memcpy(&v, p, sizeof(v));
	return v;
}

struct bytes wire_get_bytes(struct wire_cursor *c)
{
	uint32_t len = wire_get_u32(c);
	const char *p;

	if (c->bad || len == LENGTH_NULL)
		return BYTES_NULL;
	p = take(c, len);
	return p ? bytes_make(p, len) : BYTES_NULL;
}

struct bytes wire_get_text(struct wire_cursor *c)
{
	struct bytes b = wire_get_bytes(c);

	if (bytes_find(b, '\0') < b.len)
		c->bad = true;
	return b;
}

void wire_get_digest(struct wire_cursor *c, struct digest *ret)
{
	uint32_t alg = wire_get_u32(c);
	const char *p;

	*ret = (struct digest){0};
	if (alg > DIGEST_SHA512) {
		c->bad = true;
		return;
	}
	p = take(c, digest_raw_len(alg));
	if (!p)
		return;
	ret->alg = alg;
	memcpy(ret->raw, p, digest_raw_len(alg));
}

bool wire_get_bool(struct wire_cursor *c)
{
	uint32_t v = wire_get_u32(c);

	if (v > 1)
		c->bad = true;
	return v == 1;
}

int wire_got_all(const struct wire_cursor *c, enum wire_type type, struct err *err)
{
	if (c->bad || c->left)
		return err_set(err, EBADMSG,
			       "the parser process sent a malformed message (type %d)", type);
	return 0;
}
