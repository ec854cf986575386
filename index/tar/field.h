/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * Numbers as tars write them. Pure functions; folder-private.
 *
 * Header fields: octal digits between spaces and NULs, or base-256 (top bit of the first byte
 * set, two's complement). An empty field is 0, as every reader has it.
 * pax values: decimal text.
 */
#include "util/bytes.h"

enum number_state {
	NUMBER_OK,
	NUMBER_JUNK,  /* no number at all */
	NUMBER_RANGE, /* a number that does not fit int64; *ret is its bound */
};

enum number_state field_number(const char *p, size_t width, int64_t *ret) _must_check_;
/* "-?[0-9]+" */
enum number_state pax_number(struct bytes text, int64_t *ret) _must_check_;
/* "-?[0-9]+(\.[0-9]*)?": floor and nanoseconds, digits past the ninth cut off. */
enum number_state pax_time(struct bytes text, int64_t *ret_sec,
			   uint32_t *ret_nsec) _must_check_;
