/* SPDX-License-Identifier: MIT */
#include "tarmake.h"

#include <stdio.h>

#define BLOCK 512

/* Where the fields of a header stand: offset and width. */
#define F_NAME     0, 100
#define F_MODE     100, 8
#define F_UID      108, 8
#define F_GID      116, 8
#define F_SIZE     124, 12
#define F_MTIME    136, 12
#define F_CHECKSUM 148, 8
#define F_LINK     157, 100
#define F_MAGIC    257, 8
#define F_MAJOR    329, 8
#define F_MINOR    337, 8
#define F_PREFIX   345, 155

static void put_text(char *block, size_t at, size_t width, const char *s)
{
	size_t n = strlen(s);

	memcpy(block + at, s, MIN(n, width));
}

/* Octal where it fits, base-256 elsewhere. */
static void put_number(char *block, size_t at, size_t width, int64_t v)
{
	if (v >= 0 && (uint64_t)v < (uint64_t)1 << (3 * (width - 1))) {
		char text[24];

		snprintf(text, sizeof(text), "%0*llo", (int)width - 1, (unsigned long long)v);
		memcpy(block + at, text, width);
		return;
	}
	for (size_t i = width; i-- > 0; v >>= 8)
		block[at + i] = (char)(v & 0xff);
	block[at] = (char)(block[at] | 0x80);
}

static void put_field(char *block, size_t at, size_t width, int64_t v, const char *raw)
{
	if (raw)
		memcpy(block + at, raw, width);
	else
		put_number(block, at, width, v);
}

static void put_checksum(char *block, bool bad)
{
	unsigned sum = 0;

	memset(block + 148, ' ', 8);
	for (size_t i = 0; i < BLOCK; i++)
		sum += (unsigned char)block[i];
	snprintf(block + 148, 8, "%06o", bad ? sum + 1 : sum);
	block[155] = ' ';
}

static uint32_t default_mode(char type)
{
	return type == '5' ? 0755 : type == '2' ? 0777 : 0644;
}

static void add_padded(struct buf *tar, struct bytes data)
{
	static const char zeros[BLOCK];

	buf_add_bytes(tar, data);
	buf_add(tar, zeros, -data.len % BLOCK);
}

static void fill_header(char *block, const struct tar_member *m)
{
	char type = m->type == 0 ? '0' : m->type == TAR_TYPE_NUL ? 0 : m->type;
	uint32_t mode = m->mode || m->mode_zero ? m->mode : default_mode(type);

	memset(block, 0, BLOCK);
	put_text(block, F_NAME, m->name);
	put_field(block, F_MODE, mode, m->raw_mode);
	put_field(block, F_UID, m->uid, m->raw_uid);
	put_number(block, F_GID, m->gid);
	put_field(block, F_SIZE, m->size_set ? m->size : (int64_t)m->data.len, m->raw_size);
	put_field(block, F_MTIME, m->mtime ? m->mtime : 1600000000, m->raw_mtime);
	block[156] = type;
	put_text(block, F_LINK, m->link ? m->link : "");
	memcpy(block + 257, m->magic ? m->magic : "ustar\00000", 8);
	put_number(block, F_MAJOR, m->major);
	put_number(block, F_MINOR, m->minor);
	put_text(block, F_PREFIX, m->prefix ? m->prefix : "");
	put_checksum(block, m->bad_checksum);
}

void tar_member(struct buf *tar, const struct tar_member *m)
{
	char block[BLOCK];

	if (strlen(m->name) > 100 && !m->prefix)
		tar_gnu_long(tar, 'L', bytes_from_str(m->name));
	if (m->link && strlen(m->link) > 100)
		tar_gnu_long(tar, 'K', bytes_from_str(m->link));
	fill_header(block, m);
	buf_add(tar, block, BLOCK);
	add_padded(tar, m->data);
}

void tar_file(struct buf *tar, const char *name, struct bytes data)
{
	tar_member(tar, &(struct tar_member){.name = name, .data = data});
}

void tar_dir(struct buf *tar, const char *name, uint32_t mode)
{
	tar_member(tar, &(struct tar_member){
			    .name = name, .type = '5', .mode = mode, .mode_zero = !mode});
}

void tar_symlink(struct buf *tar, const char *name, const char *target)
{
	tar_member(tar, &(struct tar_member){.name = name, .type = '2', .link = target});
}

void tar_hardlink(struct buf *tar, const char *name, const char *target)
{
	tar_member(tar, &(struct tar_member){.name = name, .type = '1', .link = target});
}

void tar_device(struct buf *tar, const char *name, char type, int64_t major, int64_t minor)
{
	tar_member(tar, &(struct tar_member){
			    .name = name, .type = type, .major = major, .minor = minor});
}

void tar_fifo(struct buf *tar, const char *name)
{
	tar_member(tar, &(struct tar_member){.name = name, .type = '6'});
}

void tar_gnu_long(struct buf *tar, char type, struct bytes text)
{
	_cleanup_(buf_release) struct buf body = BUF_INIT;

	buf_add_bytes(&body, text);
	buf_add_char(&body, 0);
	tar_member(tar, &(struct tar_member){.name = "././@LongLink",
					     .type = type,
					     .data = buf_bytes(&body),
					     .magic = TAR_MAGIC_GNU});
}

void tar_pax_record(struct buf *out, struct bytes key, struct bytes value)
{
	size_t rest = key.len + value.len + 3; /* ' ', '=', '\n' */
	size_t n = rest + 1;
	char digits[24];

	while (rest + (size_t)snprintf(digits, sizeof(digits), "%zu", n) != n)
		n = rest + strlen(digits);
	buf_addf(out, "%zu ", n);
	buf_add_bytes(out, key);
	buf_add_char(out, '=');
	buf_add_bytes(out, value);
	buf_add_char(out, '\n');
}

void tar_pax(struct buf *tar, char type, const struct tar_pax *recs, size_t n)
{
	_cleanup_(buf_release) struct buf body = BUF_INIT;

	for (size_t i = 0; i < n; i++)
		tar_pax_record(&body, bytes_from_str(recs[i].key), recs[i].value);
	tar_pax_raw(tar, type, buf_bytes(&body));
}

void tar_pax1(struct buf *tar, const char *key, const char *value)
{
	tar_pax(tar, 'x', &(struct tar_pax){key, bytes_from_str(value)}, 1);
}

void tar_pax_raw(struct buf *tar, char type, struct bytes content)
{
	tar_member(tar,
		   &(struct tar_member){.name = "PaxHeaders/x", .type = type, .data = content});
}

void tar_xattr(struct buf *tar, const char *name, struct bytes value)
{
	_cleanup_(buf_release) struct buf key = BUF_INIT;

	buf_add_str(&key, "SCHILY.xattr.");
	buf_add_str(&key, name);
	tar_pax(tar, 'x', &(struct tar_pax){buf_str(&key), value}, 1);
}

void tar_gnu_sparse(struct buf *tar, const char *name, const struct tar_hole_map *map, size_t n,
		    int64_t real_size, struct bytes data)
{
	char block[BLOCK];

	fill_header(block,
		    &(struct tar_member){
			.name = name, .type = 'S', .data = data, .magic = TAR_MAGIC_GNU});
	/* The map and the real size stand where ustar has its prefix. */
	memset(block + 345, 0, BLOCK - 345);
	for (size_t i = 0; i < MIN(n, (size_t)4); i++) {
		put_number(block, 386 + 24 * i, 12, map[i].off);
		put_number(block, 398 + 24 * i, 12, map[i].len);
	}
	put_number(block, 483, 12, real_size);
	put_checksum(block, false);
	buf_add(tar, block, BLOCK);
	add_padded(tar, data);
}

void tar_raw(struct buf *tar, struct bytes raw)
{
	buf_add_bytes(tar, raw);
}

void tar_zero_blocks(struct buf *tar, size_t n)
{
	static const char zeros[BLOCK];

	for (size_t i = 0; i < n; i++)
		buf_add(tar, zeros, BLOCK);
}

void tar_end(struct buf *tar)
{
	tar_zero_blocks(tar, 2);
}
