/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * One raw header block: where its fields are and what its bytes say. Pure; folder-private.
 */
#include "tar/walk.h"
#include "util/buf.h"

/* Offsets of fields; widths are 8, times and sizes 12. */
#define HEADER_MODE        100
#define HEADER_UID         108
#define HEADER_GID         116
#define HEADER_SIZE        124
#define HEADER_MTIME       136
#define HEADER_TYPE        156
#define HEADER_DEVMAJOR    329
#define HEADER_DEVMINOR    337
#define HEADER_SPARSE_MAP  386 /* old GNU: 4 pairs */
#define HEADER_SPARSE_MORE 482
#define HEADER_SPARSE_REAL 483

/* Seconds that struct tm can show: years of 32 bits. Beyond, gmtime() fails. */
#define HEADER_TIME_MIN INT64_C(-67768040609740800)
#define HEADER_TIME_MAX INT64_C(67767976233532799)

bool header_is_zero(const char *block);
/* Sum of unsigned bytes, or of signed ones as some old tars have it. */
bool header_checksum_ok(const char *block);
/* False for types we do not know; 'S' counts in GNU headers only. */
bool header_type(const char *block, enum tar_type *ret);
uint32_t header_type_bits(enum tar_type type); /* S_IFREG ... */
bool header_has_rdev(const char *block);
struct bytes header_link(const char *block);
/* Name with its prefix; borrowed from block or from join. */
int header_path(const char *block, struct buf *join, struct bytes *ret) _must_check_;

static inline size_t header_padding(uint64_t size)
{
	return (size_t)(-size & 511);
}
