/* SPDX-License-Identifier: MIT */
#include "tar/check.h"

#include "tar/body.h"
#include "tar/header.h"
#include "util/escape.h"

#include <inttypes.h>

void check_init(struct check *c, const struct tar_stream *in, const struct limits *limits)
{
	*c = (struct check){.feed.in = in, .limits = limits};
}

void check_release(struct check *c)
{
	buf_release(&c->head);
	buf_release(&c->scratch);
	buf_release(&c->path);
	ext_release(&c->ext);
	sparse_release(&c->map);
}

int check_refuse(const struct check *c, struct err *err, const char *what)
{
	char path[256];

	if (c->m.entry.path.len)
		escape_short(c->m.entry.path, path, sizeof(path));
	return err_set(err, EBADMSG, "%s: %s at offset %" PRIu64,
		       c->m.entry.path.len ? path : "tar", what, c->member_at);
}

/* -ENOMEM gets its message, -EBADMSG the reason. */
int check_refuse_or_oom(const struct check *c, int r, const char *why, struct err *err)
{
	return r == -ENOMEM ? err_oom(err) : check_refuse(c, err, why);
}

static void add_finding(struct check *c, struct check_finding f)
{
	for (size_t i = 0; i < c->m.n_findings; i++)
		if (c->m.findings[i].what == f.what && c->m.findings[i].detail == f.detail)
			return;
	if (c->m.n_findings < CHECK_FINDINGS)
		c->m.findings[c->m.n_findings++] = f;
}

void check_note(struct check *c, enum finding what, const char *detail)
{
	add_finding(c, (struct check_finding){what, detail, false});
}

static void note_layer(struct check *c, enum finding what, const char *detail)
{
	add_finding(c, (struct check_finding){what, detail, true});
}

static void skip(struct check *c, enum finding what, const char *detail)
{
	check_note(c, what, detail);
	c->m.skip = true;
}

/* ---- raw blocks ---- */

/* Appends n bytes to out; a stream that ends there is refused. */
static int take(struct check *c, size_t n, struct buf *out, struct err *err)
{
	int r = feed_append(&c->feed, n, out, err);

	return r > 0 ? check_refuse(c, err, "header is cut off") : r;
}

/* One more block of the member's headers; *ret points to it until the next one. */
int check_block(struct check *c, const char **ret, struct err *err)
{
	int r = take(c, CHECK_BLOCK, &c->head, err);

	*ret = r < 0 ? NULL : c->head.ptr + c->head.len - CHECK_BLOCK;
	return r;
}

/* A block into head, or 0 at the clean end of the stream. */
static int next_block(struct check *c, const char **ret, struct err *err)
{
	size_t before = c->head.len;
	int r = feed_append(&c->feed, CHECK_BLOCK, &c->head, err);

	if (r < 0)
		return r;
	if (r > 0)
		return c->head.len == before ? 0 : check_refuse(c, err, "header is cut off");
	*ret = c->head.ptr + before;
	return 1;
}

/* Body of an extended header: its size is known to be below the limit. */
static int take_body(struct check *c, uint64_t size, struct buf *out, struct bytes *ret,
		     struct err *err)
{
	size_t at = out->len;
	int r = take(c, (size_t)size + header_padding(size), out, err);

	*ret = r < 0 || !size ? BYTES_NULL : bytes_make(out->ptr + at, (size_t)size);
	return r;
}

/* ---- extended headers ---- */

static int ext_size(struct check *c, uint64_t size, struct err *err)
{
	if (size > c->limits->ext_header)
		return check_refuse(c, err, "extended header over limit ext-header");
	return 0;
}

static int read_global(struct check *c, uint64_t size, struct err *err)
{
	const char *why = NULL;
	struct bytes content;
	int r;

	/* libarchive need not see it: nothing in it counts. */
	c->head.len -= CHECK_BLOCK;
	buf_clear(&c->scratch);
	r = take_body(c, size, &c->scratch, &content, err);
	if (r < 0)
		return r;
	r = ext_judge_global(content, &why);
	if (r < 0)
		return check_refuse(c, err, why);
	if (r == 1)
		note_layer(c, FINDING_PAX_GLOBAL, NULL);
	if (r == 2)
		note_layer(c, FINDING_PAX_ODD, "global header without records");
	return 0;
}

static int read_ext(struct check *c, char type, uint64_t size, struct err *err)
{
	const char *why = NULL;
	struct bytes content;
	int r = ext_size(c, size, err);

	if (r < 0)
		return r;
	if (type == 'g')
		return read_global(c, size, err);
	if (c->ext.headers >= CHECK_EXT_CHAIN)
		return check_refuse(c, err, "more than 16 extended headers for one member");
	r = take_body(c, size, &c->head, &content, err);
	if (r < 0)
		return r;
	r = type == 'x' ? ext_add_pax(&c->ext, content, c->limits, &why)
			: ext_add_gnu(&c->ext, type, content);
	return r < 0 ? check_refuse_or_oom(c, r, why, err) : 0;
}

/* ---- the main header ---- */

static int settle_path(struct check *c, const char *block, struct err *err)
{
	const struct ext *x = &c->ext;
	const struct ext_text *from = x->sparse && x->sparse_name.set ? &x->sparse_name
				      : x->long_name.set              ? &x->long_name
								      : &x->path;

	if (x->long_name.set && x->path.set)
		check_note(c, FINDING_PAX_ODD, "GNU long name and pax path");
	if (!from->set && header_path(block, &c->path, &c->m.entry.path) < 0)
		return err_oom(err);
	if (from->set)
		c->m.entry.path = buf_bytes(&from->text);
	if (c->m.entry.path.len > c->limits->path_bytes)
		return check_refuse(c, err, "path over limit path-bytes");
	if (!c->m.entry.path.len)
		skip(c, FINDING_NAME_EMPTY, NULL);
	else if (bytes_find(c->m.entry.path, 0) < c->m.entry.path.len)
		skip(c, FINDING_NAME_NUL, "path");
	return 0;
}

static void settle_link(struct check *c, const char *block)
{
	const struct ext_text *from = c->ext.long_link.set ? &c->ext.long_link : &c->ext.link;
	struct tar_entry *e = &c->m.entry;

	if (e->type != TAR_SYMLINK && e->type != TAR_HARDLINK)
		return;
	e->link = from->set ? buf_bytes(&from->text) : header_link(block);
	if (bytes_find(e->link, 0) < e->link.len)
		skip(c, FINDING_NAME_NUL, "link target");
	else if (!e->link.len || (e->type == TAR_SYMLINK && e->link.len > 4095))
		skip(c, FINDING_LINK_INVALID, NULL);
	else if (e->link.len > c->limits->path_bytes)
		skip(c, FINDING_LINK_INVALID, "limit path-bytes");
}

/* The pax value where there is one, else the header's. */
static enum number_state number_of(const struct check *c, enum ext_number_key key,
				   const char *block, size_t at, size_t width, int64_t *ret)
{
	const struct ext_number *n = &c->ext.num[key];

	if (!n->set)
		return field_number(block + at, width, ret);
	*ret = n->v;
	return n->state;
}

static void settle_owner(struct check *c, enum ext_number_key key, const char *block, size_t at,
			 uint32_t *ret)
{
	const char *which = key == EXT_UID ? "uid" : "gid";
	enum number_state state;
	int64_t v;

	state = number_of(c, key, block, at, 8, &v);
	if (state == NUMBER_JUNK) {
		skip(c, FINDING_ID_INVALID, which);
	} else if (state == NUMBER_RANGE || v < 0 || v > UINT32_MAX) {
		check_note(c, FINDING_ID_RANGE, which);
		*ret = 65534;
	} else {
		*ret = (uint32_t)v;
	}
}

static void settle_mtime(struct check *c, const char *block)
{
	struct tar_entry *e = &c->m.entry;
	enum number_state state;

	state = number_of(c, EXT_MTIME, block, HEADER_MTIME, 12, &e->mtime);
	e->mtime_nsec = c->ext.num[EXT_MTIME].nsec;
	if (state == NUMBER_JUNK)
		skip(c, FINDING_MTIME_INVALID, NULL);
	if (e->mtime >= HEADER_TIME_MIN && e->mtime <= HEADER_TIME_MAX)
		return;
	check_note(c, FINDING_MTIME_RANGE, NULL);
	e->mtime = e->mtime < 0 ? HEADER_TIME_MIN : HEADER_TIME_MAX;
	e->mtime_nsec = 0;
}

static void settle_mode(struct check *c, const char *block)
{
	struct tar_entry *e = &c->m.entry;
	int64_t v;

	if (field_number(block + HEADER_MODE, 8, &v) != NUMBER_OK || v < 0) {
		skip(c, FINDING_MODE_INVALID, NULL);
		return;
	}
	e->mode = (uint32_t)(v & 07777);
	/* Old docker writes the file type too: no news. */
	if (v != e->mode && v != (e->mode | header_type_bits(e->type)))
		check_note(c, FINDING_MODE_WIDE, NULL);
}

static void settle_rdev(struct check *c, enum ext_number_key key, const char *block, size_t at,
			uint32_t *ret)
{
	enum number_state state;
	int64_t v = 0;

	if (header_has_rdev(block) || c->ext.num[key].set) {
		state = number_of(c, key, block, at, 8, &v);
		if (state != NUMBER_OK || v < 0 || v > UINT32_MAX)
			check_note(c, FINDING_RDEV_RANGE,
				   key == EXT_DEVMAJOR ? "major" : "minor");
	}
	*ret = (uint32_t)v;
}

static void settle_device(struct check *c, const char *block)
{
	struct tar_entry *e = &c->m.entry;

	if (e->type != TAR_CHAR && e->type != TAR_BLOCK)
		return;
	settle_rdev(c, EXT_DEVMAJOR, block, HEADER_DEVMAJOR, &e->rdev_major);
	settle_rdev(c, EXT_DEVMINOR, block, HEADER_DEVMINOR, &e->rdev_minor);
	if (e->type == TAR_CHAR && !e->rdev_major && !e->rdev_minor)
		check_note(c, FINDING_OVERLAY_WHITEOUT, NULL);
}

static int settle_xattrs(struct check *c, struct err *err)
{
	struct xattr_set *x = &c->ext.xattrs;

	if (xattrs_finish(x) < 0)
		return err_oom(err);
	if (x->invalid)
		check_note(c, FINDING_XATTR_INVALID, NULL);
	if (x->overlay)
		check_note(c, FINDING_OVERLAY_XATTR, NULL);
	c->m.entry.xattrs = x->list.v;
	c->m.entry.n_xattrs = x->list.n;
	return 0;
}

/* ---- members ---- */

static bool is_directory_name(struct bytes path)
{
	return path.len && path.ptr[path.len - 1] == '/';
}

static int settle_type(struct check *c, const char *block, char type, struct err *err)
{
	int r;

	if (!header_type(block, &c->m.entry.type)) {
		skip(c, FINDING_TYPE_UNKNOWN, NULL);
		return 0;
	}
	if (type != 'S' && c->m.entry.type == TAR_FILE && is_directory_name(c->m.entry.path))
		c->m.entry.type = TAR_DIR;
	settle_mode(c, block);
	settle_owner(c, EXT_UID, block, HEADER_UID, &c->m.entry.uid);
	settle_owner(c, EXT_GID, block, HEADER_GID, &c->m.entry.gid);
	settle_mtime(c, block);
	settle_link(c, block);
	settle_device(c, block);
	r = settle_xattrs(c, err);
	return r < 0 ? r : body_settle(c, type, block, err);
}

static int read_member(struct check *c, const char *block, uint64_t size, struct err *err)
{
	struct tar_entry *e = &c->m.entry;
	int r;

	memcpy(c->main, block, CHECK_BLOCK);
	e->header = c->member_at;
	r = settle_path(c, c->main, err);
	if (r < 0)
		return r;
	if (++c->count > c->limits->entries)
		return check_refuse(c, err, "layer over limit entries");
	if (c->ext.odd)
		check_note(c, FINDING_PAX_ODD, "several extended headers of one kind");
	else if (c->ext.odd_key)
		check_note(c, FINDING_PAX_ODD, "key with NUL");
	r = body_settle_size(c, size, err);
	if (r < 0)
		return r;
	r = settle_type(c, c->main, c->main[HEADER_TYPE], err);
	if (r < 0)
		return r;
	e->offset = c->feed.pos;
	c->m.padding = header_padding(c->m.body);
	return 1;
}

static int skip_body(struct check *c, struct err *err)
{
	int r = feed_skip(&c->feed, c->m.body, err);

	if (r == 0)
		return MIN(feed_skip(&c->feed, c->m.padding, err), 0);
	return r < 0 ? r : check_refuse(c, err, "data is cut off");
}

/* 1: go on behind it, 0: the archive ends here. */
static int zero_block(struct check *c, struct err *err)
{
	const char *block;
	int r;

	if (c->ext.headers)
		return check_refuse(c, err, "extended header without a member");
	c->head.len -= CHECK_BLOCK;
	r = next_block(c, &block, err);
	if (r <= 0 || header_is_zero(block))
		return MIN(r, 0);
	if (!c->lone_zero)
		note_layer(c, FINDING_FRAME_ZERO, NULL);
	c->lone_zero = true;
	return 1;
}

static void begin_member(struct check *c)
{
	buf_clear(&c->head);
	ext_clear(&c->ext);
	memset(&c->m, 0, sizeof(c->m));
	c->member_at = c->feed.pos;
}

/* A header that is no zero block. 1: the member is complete, 0: it was an extended header. */
static int read_header(struct check *c, struct err *err)
{
	char *block = c->head.ptr + c->head.len - CHECK_BLOCK;
	char type = block[HEADER_TYPE];
	uint64_t size;
	int r;

	if (!header_checksum_ok(block))
		return check_refuse(c, err, "damaged header (checksum)");
	r = body_header_size(c, block, &size, err);
	if (r < 0)
		return r;
	if (type == 'x' || type == 'g' || type == 'L' || type == 'K')
		return read_ext(c, type, size, err);
	return read_member(c, block, size, err);
}

int check_next(struct check *c, struct err *err)
{
	const char *block;
	int r;

	begin_member(c);
	do {
		if (!c->head.len)
			c->member_at = c->feed.pos;
		r = next_block(c, &block, err);
		if (r == 0 && c->ext.headers)
			return check_refuse(c, err, "extended header without a member");
		if (r > 0 && header_is_zero(block)) {
			r = zero_block(c, err);
			c->member_at = c->feed.pos - CHECK_BLOCK;
		}
		if (r <= 0)
			return r;
		r = read_header(c, err);
	} while (r == 0);
	if (r > 0 && c->m.skip)
		r = MIN(skip_body(c, err), 0) ?: 1;
	return r;
}
