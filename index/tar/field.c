/* SPDX-License-Identifier: MIT */
#include "tar/field.h"

static enum number_state base256(const unsigned char *p, size_t width, int64_t *ret)
{
	bool negative = p[0] & 0x40;
	/* The top bit is the mark; the next one is the sign. */
	unsigned char fill = negative ? 0xff : 0;
	uint64_t v = 0;
	unsigned char first = negative ? p[0] : p[0] & 0x7f;

	*ret = negative ? INT64_MIN : INT64_MAX;
	for (size_t i = 0; i + 8 < width; i++)
		if ((i == 0 ? first : p[i]) != fill)
			return NUMBER_RANGE;
	if (width <= 8)
		v = negative ? ~UINT64_C(0) : 0;
	for (size_t i = width > 8 ? width - 8 : 0; i < width; i++)
		v = v << 8 | (i == 0 ? first : p[i]);
	if (v >> 63 != negative)
		return NUMBER_RANGE;
	*ret = (int64_t)v;
	return NUMBER_OK;
}

enum number_state field_number(const char *p, size_t width, int64_t *ret)
{
	uint64_t v = 0;
	size_t i = 0, start;

	*ret = 0;
	if ((unsigned char)p[0] & 0x80)
		return base256((const unsigned char *)p, width, ret);
	while (i < width && (p[i] == ' ' || p[i] == 0))
		i++;
	/* 12 octal digits are 36 bits: nothing here can overflow. */
	for (start = i; i < width && p[i] >= '0' && p[i] <= '7'; i++)
		v = v << 3 | (uint64_t)(p[i] - '0');
	while (i < width && p[i] == ' ')
		i++;
	if (i < width && p[i] != 0)
		return NUMBER_JUNK;
	if (start < i)
		*ret = (int64_t)v;
	return NUMBER_OK;
}

/* Digits at the front of *text; false when there are none. */
static bool take_digits(struct bytes *text, bool negative, int64_t *ret, bool *ret_over)
{
	size_t n = 0;

	*ret = 0;
	*ret_over = false;
	for (; n < text->len && text->ptr[n] >= '0' && text->ptr[n] <= '9'; n++) {
		int64_t digit = text->ptr[n] - '0';

		if (mul_overflows(*ret, (int64_t)10, ret) ||
		    add_overflows(*ret, negative ? -digit : digit, ret))
			*ret_over = true;
	}
	if (*ret_over)
		*ret = negative ? INT64_MIN : INT64_MAX;
	*text = bytes_skip(*text, n);
	return n > 0;
}

static bool take_sign(struct bytes *text)
{
	if (!text->len || text->ptr[0] != '-')
		return false;
	*text = bytes_skip(*text, 1);
	return true;
}

enum number_state pax_number(struct bytes text, int64_t *ret)
{
	bool negative = take_sign(&text), over;

	if (!take_digits(&text, negative, ret, &over) || text.len)
		return NUMBER_JUNK;
	return over ? NUMBER_RANGE : NUMBER_OK;
}

/* Digits behind the point as nanoseconds; false if something else is there. */
static bool fraction(struct bytes text, uint32_t *ret_nsec)
{
	uint32_t scale = 100000000;

	*ret_nsec = 0;
	if (!text.len)
		return true;
	if (text.ptr[0] != '.')
		return false;
	for (size_t i = 1; i < text.len; i++, scale /= 10) {
		if (text.ptr[i] < '0' || text.ptr[i] > '9')
			return false;
		*ret_nsec += (uint32_t)(text.ptr[i] - '0') * scale;
	}
	return true;
}

enum number_state pax_time(struct bytes text, int64_t *ret_sec, uint32_t *ret_nsec)
{
	bool negative = take_sign(&text), over;

	if (!take_digits(&text, negative, ret_sec, &over) || !fraction(text, ret_nsec))
		return NUMBER_JUNK;
	if (over) {
		*ret_nsec = 0;
		return NUMBER_RANGE;
	}
	if (negative && *ret_nsec && *ret_sec > INT64_MIN) {
		/* -1.25 is second -2 and 750 ms. */
		--*ret_sec;
		*ret_nsec = 1000000000 - *ret_nsec;
	}
	return NUMBER_OK;
}
