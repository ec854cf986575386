/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * The frame of a gzip member (RFC 1952): header and trailer. Folder-private.
 */
#include "io/input.h"

/* Passes over a member header: 1 done, 0 there is none here (the bytes are left unread, if it
 * is the first two that do not fit), -EBADMSG for a damaged one, with a message. */
int gzip_header(struct input *in, struct err *err) _must_check_;
/* Reads CRC32 and ISIZE and compares. */
int gzip_trailer(struct input *in, uint32_t crc, uint64_t size, struct err *err) _must_check_;
