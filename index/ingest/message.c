/* SPDX-License-Identifier: MIT */
#include "ingest/message.h"

/* An enumeration from the wire: below `end`, or the message is bad. */
static uint32_t get_enum(struct wire_cursor *c, uint32_t end)
{
	uint32_t v = wire_get_u32(c);

	if (v >= end)
		c->bad = true;
	return v >= end ? 0 : v;
}

/* A count or size that must fit SQLite's signed integers. */
static uint64_t get_size(struct wire_cursor *c)
{
	uint64_t v = wire_get_u64(c);

	if (v > INT64_MAX)
		c->bad = true;
	return v;
}

int msg_put_archive(struct wire_out *o, const struct msg_archive *m, struct err *err)
{
	wire_begin(o, WIRE_ARCHIVE);
	wire_put_bytes(o, m->format);
	wire_put_bytes(o, m->notes);
	return wire_end(o, err);
}

int msg_get_archive(struct wire_cursor *c, struct msg_archive *m, struct err *err)
{
	m->format = wire_get_text(c);
	m->notes = wire_get_text(c);
	return wire_got_all(c, WIRE_ARCHIVE, err);
}

int msg_put_image(struct wire_out *o, const struct msg_image *m, struct err *err)
{
	wire_begin(o, WIRE_IMAGE);
	wire_put_digest(o, &m->config_digest);
	wire_put_digest(o, &m->manifest_digest);
	wire_put_bytes(o, m->config);
	wire_put_bytes(o, m->manifest);
	wire_put_bytes(o, m->os);
	wire_put_bytes(o, m->architecture);
	wire_put_bytes(o, m->variant);
	wire_put_bytes(o, m->created);
	wire_put_u32(o, m->bare);
	wire_put_u32(o, m->evidence);
	return wire_end(o, err);
}

int msg_get_image(struct wire_cursor *c, struct msg_image *m, struct err *err)
{
	wire_get_digest(c, &m->config_digest);
	wire_get_digest(c, &m->manifest_digest);
	m->config = wire_get_bytes(c);
	m->manifest = wire_get_bytes(c);
	m->os = wire_get_text(c);
	m->architecture = wire_get_text(c);
	m->variant = wire_get_text(c);
	m->created = wire_get_text(c);
	m->bare = wire_get_bool(c);
	m->evidence = wire_get_u32(c);
	return wire_got_all(c, WIRE_IMAGE, err);
}

static void put_identity(struct wire_out *o, const struct identity *id)
{
	wire_put_u64(o, id->dev);
	wire_put_u64(o, id->ino);
	wire_put_u64(o, id->size);
	wire_put_u64(o, (uint64_t)id->mtime_ns);
	wire_put_u64(o, (uint64_t)id->ctime_ns);
}

static void get_identity(struct wire_cursor *c, struct identity *id)
{
	id->dev = wire_get_u64(c);
	id->ino = wire_get_u64(c);
	id->size = get_size(c);
	id->mtime_ns = (int64_t)wire_get_u64(c);
	id->ctime_ns = (int64_t)wire_get_u64(c);
}

int msg_put_layer(struct wire_out *o, const struct msg_layer *m, struct err *err)
{
	wire_begin(o, WIRE_LAYER);
	wire_put_digest(o, &m->diff_id);
	wire_put_digest(o, &m->blob_digest);
	wire_put_u64(o, (uint64_t)m->size);
	wire_put_bytes(o, m->media_type);
	wire_put_u32(o, m->missing);
	wire_put_u32(o, m->codec);
	wire_put_bytes(o, m->path);
	wire_put_u64(o, m->offset);
	wire_put_u64(o, m->len);
	put_identity(o, &m->identity);
	return wire_end(o, err);
}

int msg_get_layer(struct wire_cursor *c, struct msg_layer *m, struct err *err)
{
	wire_get_digest(c, &m->diff_id);
	wire_get_digest(c, &m->blob_digest);
	m->size = (int64_t)wire_get_u64(c);
	if (m->size < -1)
		c->bad = true;
	m->media_type = wire_get_text(c);
	m->missing = wire_get_bool(c);
	m->codec = get_enum(c, CODEC_BZIP2);
	m->path = wire_get_text(c);
	m->offset = get_size(c);
	m->len = get_size(c);
	get_identity(c, &m->identity);
	return wire_got_all(c, WIRE_LAYER, err);
}

int msg_put_name(struct wire_out *o, const struct msg_name *m, struct err *err)
{
	wire_begin(o, WIRE_NAME);
	wire_put_bytes(o, m->reference);
	wire_put_u32(o, m->event);
	return wire_end(o, err);
}

int msg_get_name(struct wire_cursor *c, struct msg_name *m, struct err *err)
{
	m->reference = wire_get_text(c);
	m->event = wire_get_u32(c);
	if (!m->reference.len)
		c->bad = true;
	return wire_got_all(c, WIRE_NAME, err);
}

int msg_put_history(struct wire_out *o, const struct msg_history *m, struct err *err)
{
	wire_begin(o, WIRE_HISTORY);
	wire_put_bytes(o, m->created);
	wire_put_bytes(o, m->created_by);
	wire_put_bytes(o, m->comment);
	wire_put_bytes(o, m->author);
	wire_put_u32(o, m->empty_layer);
	return wire_end(o, err);
}

int msg_get_history(struct wire_cursor *c, struct msg_history *m, struct err *err)
{
	m->created = wire_get_bytes(c);
	m->created_by = wire_get_bytes(c);
	m->comment = wire_get_bytes(c);
	m->author = wire_get_bytes(c);
	m->empty_layer = wire_get_bool(c);
	return wire_got_all(c, WIRE_HISTORY, err);
}

int msg_put_start(struct wire_out *o, const struct msg_start *m, struct err *err)
{
	wire_begin(o, WIRE_START);
	wire_put_u32(o, m->layers);
	wire_put_u64(o, m->bytes);
	return wire_end(o, err);
}

int msg_get_start(struct wire_cursor *c, struct msg_start *m, struct err *err)
{
	m->layers = wire_get_u32(c);
	m->bytes = wire_get_u64(c);
	return wire_got_all(c, WIRE_START, err);
}

int msg_put_progress(struct wire_out *o, const struct msg_progress *m, struct err *err)
{
	wire_begin(o, WIRE_PROGRESS);
	wire_put_u32(o, m->layer);
	wire_put_u64(o, m->bytes);
	return wire_end(o, err);
}

int msg_get_progress(struct wire_cursor *c, struct msg_progress *m, struct err *err)
{
	m->layer = wire_get_u32(c);
	m->bytes = wire_get_u64(c);
	return wire_got_all(c, WIRE_PROGRESS, err);
}

int msg_put_layer_begin(struct wire_out *o, const struct msg_layer_begin *m, struct err *err)
{
	wire_begin(o, WIRE_LAYER_BEGIN);
	wire_put_u32(o, m->image);
	wire_put_u32(o, m->layer);
	wire_put_digest(o, &m->diff_id);
	wire_put_digest(o, &m->blob_digest);
	wire_put_u64(o, m->tar_bytes);
	return wire_end(o, err);
}

int msg_get_layer_begin(struct wire_cursor *c, struct msg_layer_begin *m, struct err *err)
{
	m->image = wire_get_u32(c);
	m->layer = wire_get_u32(c);
	wire_get_digest(c, &m->diff_id);
	if (m->diff_id.alg == DIGEST_NONE)
		c->bad = true;
	wire_get_digest(c, &m->blob_digest);
	m->tar_bytes = get_size(c);
	return wire_got_all(c, WIRE_LAYER_BEGIN, err);
}

int msg_put_entry(struct wire_out *o, const struct entry_row *m, struct err *err)
{
	wire_begin(o, WIRE_ENTRY);
	wire_put_u64(o, (uint64_t)m->id);
	wire_put_u32(o, m->parent);
	wire_put_bytes(o, m->name);
	wire_put_u32(o, m->kind);
	wire_put_u64(o, (uint64_t)m->inode);
	wire_put_u32(o, m->mode);
	wire_put_u32(o, m->uid);
	wire_put_u32(o, m->gid);
	wire_put_u64(o, (uint64_t)m->mtime);
	wire_put_u32(o, m->mtime_nsec);
	wire_put_u32(o, m->nlink);
	wire_put_u64(o, m->size);
	wire_put_u64(o, m->stored);
	wire_put_u64(o, (uint64_t)m->data);
	wire_put_u32(o, m->rdev_major);
	wire_put_u32(o, m->rdev_minor);
	wire_put_bytes(o, m->link);
	wire_put_bytes(o, m->xxh128);
	wire_put_bytes(o, m->sha256);
	wire_put_bytes(o, m->sparse);
	wire_put_u32(o, m->xattrs);
	return wire_end(o, err);
}

/* Bytes of one exact length, or none. */
static struct bytes get_hash(struct wire_cursor *c, size_t len)
{
	struct bytes b = wire_get_bytes(c);

	if (b.ptr && b.len != len)
		c->bad = true;
	return b;
}

int msg_get_entry(struct wire_cursor *c, struct entry_row *m, struct err *err)
{
	*m = (struct entry_row){.id = (int64_t)wire_get_u64(c)};
	m->parent = wire_get_u32(c);
	m->name = wire_get_text(c);
	m->kind = get_enum(c, ENTRY_LINK_LOWER + 1);
	m->inode = (int64_t)wire_get_u64(c);
	m->mode = wire_get_u32(c);
	m->uid = wire_get_u32(c);
	m->gid = wire_get_u32(c);
	m->mtime = (int64_t)wire_get_u64(c);
	m->mtime_nsec = wire_get_u32(c);
	m->nlink = wire_get_u32(c);
	m->size = get_size(c);
	m->stored = get_size(c);
	m->data = (int64_t)wire_get_u64(c);
	m->rdev_major = wire_get_u32(c);
	m->rdev_minor = wire_get_u32(c);
	m->link = wire_get_text(c);
	m->xxh128 = get_hash(c, 16);
	m->sha256 = get_hash(c, 32);
	m->sparse = wire_get_bytes(c);
	m->xattrs = wire_get_bool(c);
	if (m->sparse.len % 16 || m->data < -1 || m->mtime_nsec >= 1000000000)
		c->bad = true;
	return wire_got_all(c, WIRE_ENTRY, err);
}

int msg_put_xattr(struct wire_out *o, const struct msg_xattr *m, struct err *err)
{
	wire_begin(o, WIRE_XATTR);
	wire_put_bytes(o, m->name);
	wire_put_bytes(o, m->value);
	return wire_end(o, err);
}

int msg_get_xattr(struct wire_cursor *c, struct msg_xattr *m, struct err *err)
{
	m->name = wire_get_text(c);
	m->value = wire_get_bytes(c);
	if (!m->name.len)
		c->bad = true;
	return wire_got_all(c, WIRE_XATTR, err);
}

int msg_put_finding(struct wire_out *o, const struct msg_finding *m, struct err *err)
{
	wire_begin(o, WIRE_FINDING);
	wire_put_u32(o, m->finding);
	wire_put_bytes(o, m->path);
	wire_put_bytes(o, m->detail);
	return wire_end(o, err);
}

int msg_get_finding(struct wire_cursor *c, struct msg_finding *m, struct err *err)
{
	m->finding = get_enum(c, FINDING_COUNT);
	m->path = wire_get_bytes(c);
	m->detail = wire_get_text(c);
	return wire_got_all(c, WIRE_FINDING, err);
}

int msg_put_seekpoint(struct wire_out *o, const struct seekpoint *m, struct err *err)
{
	wire_begin(o, WIRE_SEEKPOINT);
	wire_put_u64(o, m->out);
	wire_put_u64(o, m->in);
	wire_put_u32(o, m->bits);
	wire_put_bytes(o, bytes_make(m->window_len ? m->window : NULL, m->window_len));
	return wire_end(o, err);
}

int msg_get_seekpoint(struct wire_cursor *c, struct seekpoint *m, struct err *err)
{
	struct bytes window;

	m->out = get_size(c);
	m->in = get_size(c);
	m->bits = get_enum(c, 8);
	window = wire_get_bytes(c);
	m->window_len = (uint32_t)window.len;
	/* seekpoints_add() copies the window and only reads it here. */
	m->window = (unsigned char *)(uintptr_t)window.ptr;
	if (window.len > KIB(64))
		c->bad = true;
	return wire_got_all(c, WIRE_SEEKPOINT, err);
}

int msg_put_layer_end(struct wire_out *o, const struct msg_layer_end *m, struct err *err)
{
	wire_begin(o, WIRE_LAYER_END);
	wire_put_u64(o, m->entries);
	wire_put_u64(o, m->content_bytes);
	wire_put_u64(o, m->findings);
	return wire_end(o, err);
}

int msg_get_layer_end(struct wire_cursor *c, struct msg_layer_end *m, struct err *err)
{
	m->entries = get_size(c);
	m->content_bytes = get_size(c);
	m->findings = get_size(c);
	return wire_got_all(c, WIRE_LAYER_END, err);
}

int msg_put_verified(struct wire_out *o, const struct msg_verified *m, struct err *err)
{
	wire_begin(o, WIRE_VERIFIED);
	wire_put_u32(o, m->image);
	wire_put_u32(o, m->layer);
	wire_put_digest(o, &m->blob_digest);
	return wire_end(o, err);
}

int msg_get_verified(struct wire_cursor *c, struct msg_verified *m, struct err *err)
{
	m->image = wire_get_u32(c);
	m->layer = wire_get_u32(c);
	wire_get_digest(c, &m->blob_digest);
	return wire_got_all(c, WIRE_VERIFIED, err);
}

int msg_put_error(struct wire_out *o, const struct msg_error *m, struct err *err)
{
	wire_begin(o, WIRE_ERROR);
	wire_put_u32(o, m->code);
	wire_put_bytes(o, m->text);
	return wire_end(o, err);
}

int msg_get_error(struct wire_cursor *c, struct msg_error *m, struct err *err)
{
	m->code = get_enum(c, 4096);
	m->text = wire_get_text(c);
	if (!m->code)
		c->bad = true;
	return wire_got_all(c, WIRE_ERROR, err);
}

int msg_put_done(struct wire_out *o, struct err *err)
{
	wire_begin(o, WIRE_DONE);
	return wire_end(o, err);
}
