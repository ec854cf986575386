/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * The pipe between parser and writer: frames {u32 type, u32 length, payload}, host byte order
 * (both ends are one binary). What the payloads mean: ingest/message.h.
 *
 * The sending side buffers; it belongs to one thread. The receiving side trusts nothing: a
 * frame over its maximum, a type out of range and a payload that is too short or too long are
 * errors. Bytes handed out by a cursor live until the next wire_receive().
 */
#include "util/buf.h"
#include "util/digest.h"

enum wire_type {
	WIRE_ARCHIVE = 1, /* what was opened */
	WIRE_IMAGE,       /* followed by its layers, names and history */
	WIRE_LAYER,
	WIRE_NAME,
	WIRE_HISTORY,
	WIRE_START, /* all images are told; what will be read */
	WIRE_PROGRESS,
	WIRE_LAYER_BEGIN, /* a layer was read and its digests were right; its rows follow */
	WIRE_ENTRY,
	WIRE_XATTR, /* of the entry before */
	WIRE_FINDING,
	WIRE_SEEKPOINT,
	WIRE_LAYER_END,
	WIRE_VERIFIED, /* a location was read, its digests were right */
	WIRE_ERROR,    /* the input is refused; nothing follows */
	WIRE_DONE,
	WIRE_TYPE_END,
};

/* ---- sending ---- */

struct wire_out {
	int fd; /* borrowed */
	struct buf buf;
	size_t frame; /* where the frame being made begins in buf */
};

void wire_out_release(struct wire_out *o);
void wire_begin(struct wire_out *o, enum wire_type type);
void wire_put_u32(struct wire_out *o, uint32_t v);
void wire_put_u64(struct wire_out *o, uint64_t v);
/* Length and bytes; a NULL ptr stays distinct from an empty string. */
void wire_put_bytes(struct wire_out *o, struct bytes b);
void wire_put_digest(struct wire_out *o, const struct digest *d);
/* Ends the frame; writes the buffer out when it is large. */
int wire_end(struct wire_out *o, struct err *err) _must_check_;
int wire_flush(struct wire_out *o, struct err *err) _must_check_;

/* ---- receiving ---- */

struct wire_in {
	int fd;           /* borrowed */
	size_t max_frame; /* of a payload */
	struct buf buf;
	size_t pos; /* of the first byte not handed out yet */
};

struct wire_cursor {
	const char *p;
	size_t left;
	bool bad; /* latched: something did not fit */
};

void wire_in_release(struct wire_in *in);
/* The next frame: 1; 0 at the end of the pipe, also within a frame: the other side died, and
 * how is known by its parent; -EBADMSG, -errno. */
int wire_receive(struct wire_in *in, enum wire_type *ret_type, struct wire_cursor *ret,
		 struct err *err) _must_check_;

uint32_t wire_get_u32(struct wire_cursor *c);
uint64_t wire_get_u64(struct wire_cursor *c);
/* Borrowed; {NULL, 0} for NULL. */
struct bytes wire_get_bytes(struct wire_cursor *c);
/* As wire_get_bytes, but NUL inside is refused. */
struct bytes wire_get_text(struct wire_cursor *c);
void wire_get_digest(struct wire_cursor *c, struct digest *ret);
bool wire_get_bool(struct wire_cursor *c);
/* -EBADMSG if anything was wrong or bytes are left over. */
int wire_got_all(const struct wire_cursor *c, enum wire_type type,
		 struct err *err) _must_check_;
