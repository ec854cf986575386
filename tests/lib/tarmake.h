/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * Tars built in memory for tests.
 *
 *     _cleanup_(buf_release) struct buf tar = BUF_INIT;
 *     tar_dir(&tar, "etc", 0755);
 *     tar_file(&tar, "etc/passwd", BYTES("root\n"));
 *     tar_end(&tar);
 *
 * Every call appends whole blocks, so that members can be mixed with raw ones. tar_member()
 * is the general form; the others are short for it. Names over 100 bytes get a GNU 'L'
 * header, link targets over 100 bytes a 'K' header, both written before the member.
 * Out of memory latches in the buf (buf_status).
 */
#include "util/buf.h"

/* Fields that are zero mean the default in brackets. */
struct tar_member {
	const char *name;
	char type;         /* typeflag ['0'] */
	const char *link;  /* [""] */
	struct bytes data; /* body, padded to blocks */
	uint32_t mode;     /* [0644, directories 0755, symlinks 0777] */
	bool mode_zero;    /* mode really is 0 */
	int64_t uid, gid;
	int64_t mtime;        /* [1600000000] */
	int64_t major, minor; /* devices */
	bool size_set;        /* claim `size` whatever the body */
	int64_t size;
	const char *magic;     /* 8 bytes ["ustar\00000"] */
	const char *prefix;    /* ustar prefix */
	const char *raw_mode;  /* 8 raw bytes instead of a number */
	const char *raw_uid;   /* 8 */
	const char *raw_mtime; /* 12 */
	const char *raw_size;  /* 12 */
	bool bad_checksum;
};

#define TAR_MAGIC_GNU "ustar  \0"
#define TAR_MAGIC_V7  "\0\0\0\0\0\0\0\0"
/* Typeflag NUL, which 0 in .type cannot say. */
#define TAR_TYPE_NUL ((char)-1)

/* One record of a pax header; the value may hold any byte. */
struct tar_pax {
	const char *key;
	struct bytes value;
};

void tar_member(struct buf *tar, const struct tar_member *m);
void tar_file(struct buf *tar, const char *name, struct bytes data);
void tar_dir(struct buf *tar, const char *name, uint32_t mode);
void tar_symlink(struct buf *tar, const char *name, const char *target);
void tar_hardlink(struct buf *tar, const char *name, const char *target);
/* type '3' or '4'. */
void tar_device(struct buf *tar, const char *name, char type, int64_t major, int64_t minor);
void tar_fifo(struct buf *tar, const char *name);

/* A GNU long name ('L') or long link ('K') header for the next member. */
void tar_gnu_long(struct buf *tar, char type, struct bytes text);

/* A pax header for the next member (type 'x') or for all that follow ('g'). */
void tar_pax(struct buf *tar, char type, const struct tar_pax *recs, size_t n);
/* The same with one text record, for the common case. */
void tar_pax1(struct buf *tar, const char *key, const char *value);
/* A pax header with this content, right or wrong. */
void tar_pax_raw(struct buf *tar, char type, struct bytes content);
/* "<len> key=value\n" appended to out. */
void tar_pax_record(struct buf *out, struct bytes key, struct bytes value);
/* SCHILY.xattr.<name> for the next member. */
void tar_xattr(struct buf *tar, const char *name, struct bytes value);

/* An old GNU sparse member ('S') of up to 4 regions; data is the stored bytes. */
struct tar_hole_map {
	int64_t off, len;
};
void tar_gnu_sparse(struct buf *tar, const char *name, const struct tar_hole_map *map, size_t n,
		    int64_t real_size, struct bytes data);

/* Raw bytes as they are; zero blocks; the end-of-archive marker (two zero blocks). */
void tar_raw(struct buf *tar, struct bytes raw);
void tar_zero_blocks(struct buf *tar, size_t n);
void tar_end(struct buf *tar);
