/* SPDX-License-Identifier: MIT */
#include "tar/header.h"

#include "tar/field.h"

#include <sys/stat.h>

#define BLOCK 512

#define CHECKSUM_AT 148
#define LINK_AT     157
#define MAGIC_AT    257
#define PREFIX_AT   345
#define STAR_AT     508 /* "tar\0": star's header, whose prefix is shorter */

enum format { FORMAT_V7, FORMAT_USTAR, FORMAT_STAR, FORMAT_GNU };

static enum format format_of(const char *block)
{
	if (memcmp(block + MAGIC_AT, "ustar  ", 8) == 0)
		return FORMAT_GNU;
	if (memcmp(block + MAGIC_AT, "ustar", 5) != 0)
		return FORMAT_V7;
	return memcmp(block + STAR_AT, "tar", 4) == 0 ? FORMAT_STAR : FORMAT_USTAR;
}

bool header_is_zero(const char *block)
{
	return block[0] == 0 && memcmp(block, block + 1, BLOCK - 1) == 0;
}

/* Sums of bytes, eight at a time: 64 words of at most 2 * 255 per lane fit 16 bits. */
static unsigned sum_unsigned(const char *p)
{
	const uint64_t mask = UINT64_C(0x00ff00ff00ff00ff);
	uint64_t lanes = 0;

	for (size_t i = 0; i < BLOCK; i += 8) {
		uint64_t w;

		memcpy(&w, p + i, 8);
		lanes += (w & mask) + (w >> 8 & mask);
	}
	return (unsigned)((lanes & 0xffff) + (lanes >> 16 & 0xffff) + (lanes >> 32 & 0xffff) +
			  (lanes >> 48));
}

static int sum_signed(const char *p)
{
	int sum = 0;

	for (size_t i = 0; i < BLOCK; i++)
		sum += (signed char)p[i];
	return sum;
}

bool header_checksum_ok(const char *block)
{
	char copy[BLOCK];
	int64_t want;

	if (field_number(block + CHECKSUM_AT, 8, &want) != NUMBER_OK)
		return false;
	memcpy(copy, block, BLOCK);
	memset(copy + CHECKSUM_AT, ' ', 8);
	return want == sum_unsigned(copy) || want == sum_signed(copy);
}

bool header_type(const char *block, enum tar_type *ret)
{
	static const enum tar_type numbered[] = {TAR_FILE, TAR_HARDLINK, TAR_SYMLINK,
						 TAR_CHAR, TAR_BLOCK,    TAR_DIR,
						 TAR_FIFO, TAR_FILE};
	char type = block[HEADER_TYPE];

	if (type >= '0' && type <= '7')
		*ret = numbered[type - '0'];
	else if (type == 0 || (type == 'S' && format_of(block) == FORMAT_GNU))
		*ret = TAR_FILE;
	else
		return false;
	return true;
}

uint32_t header_type_bits(enum tar_type type)
{
	static const uint32_t bits[] = {
	    [TAR_FILE] = S_IFREG,     [TAR_DIR] = S_IFDIR,  [TAR_SYMLINK] = S_IFLNK,
	    [TAR_HARDLINK] = S_IFREG, [TAR_CHAR] = S_IFCHR, [TAR_BLOCK] = S_IFBLK,
	    [TAR_FIFO] = S_IFIFO,
	};

	return bits[type];
}

bool header_has_rdev(const char *block)
{
	return format_of(block) != FORMAT_V7;
}

static struct bytes text_at(const char *block, size_t at, size_t width)
{
	return bytes_make(block + at, strnlen(block + at, width));
}

struct bytes header_link(const char *block)
{
	return text_at(block, LINK_AT, 100);
}

static bool is_ascii(struct bytes s)
{
	for (size_t i = 0; i < s.len; i++)
		if ((unsigned char)s.ptr[i] >= 0x80)
			return false;
	return true;
}

/*
 * GNU headers have no prefix: atime and ctime are there. But Go before 1.8, and so docker,
 * wrote one under GNU magic; Go reads it where the two are no numbers, and so do we.
 */
static struct bytes gnu_prefix(const char *block)
{
	struct bytes prefix = text_at(block, PREFIX_AT, 155);
	int64_t v;

	if (field_number(block + PREFIX_AT, 12, &v) != NUMBER_JUNK &&
	    field_number(block + PREFIX_AT + 12, 12, &v) != NUMBER_JUNK)
		return BYTES_NULL;
	return is_ascii(prefix) ? prefix : BYTES_NULL;
}

static struct bytes prefix_of(const char *block)
{
	switch (format_of(block)) {
	case FORMAT_USTAR:
		return text_at(block, PREFIX_AT, 155);
	case FORMAT_STAR:
		return text_at(block, PREFIX_AT, 131);
	case FORMAT_GNU:
		return gnu_prefix(block);
	default:
		return BYTES_NULL;
	}
}

int header_path(const char *block, struct buf *join, struct bytes *ret)
{
	struct bytes prefix = prefix_of(block);

	*ret = text_at(block, 0, 100);
	if (!prefix.len)
		return 0;
	buf_clear(join);
	buf_add_bytes(join, prefix);
	buf_add_char(join, '/');
	buf_add_bytes(join, *ret);
	*ret = buf_bytes(join);
	return buf_status(join);
}
