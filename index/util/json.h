/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * Reading JSON documents of images: jansson, with the limits untrusted input needs.
 *
 * Refused with a message: anything that is not one UTF-8 JSON value, nesting deeper than 64,
 * duplicate keys (two parsers would read two different images), text behind the value, NaN,
 * documents over 8 MiB (json_parse_up_to: the caller's `max`). \u0000 inside strings is
 * allowed: strings are read with their length.
 *
 * Ownership: json_parse() gives a new reference; `_cleanup_(json_freep) json_t *`.
 * The json_get_* helpers borrow: what they return lives as long as the document.
 */
#include "util/bytes.h"
#include "util/err.h"

#include <jansson.h>

#define JSON_MAX_BYTES MIB(8)
#define JSON_MAX_DEPTH 64

int json_parse(struct bytes text, json_t **ret, struct err *err) _must_check_;
int json_parse_up_to(struct bytes text, size_t max, json_t **ret, struct err *err) _must_check_;

static inline void json_freep(json_t **j)
{
	json_decref(*j);
}

/*
 * Members of an object. Return 1 if there, 0 if absent or null, -EINVAL with a message that
 * names the key if it has another type (or if obj is no object).
 */
int json_get_string(const json_t *obj, const char *key, struct bytes *ret,
		    struct err *err) _must_check_;
int json_get_int(const json_t *obj, const char *key, int64_t *ret,
		 struct err *err) _must_check_;
int json_get_bool(const json_t *obj, const char *key, bool *ret, struct err *err) _must_check_;
int json_get_object(const json_t *obj, const char *key, json_t **ret,
		    struct err *err) _must_check_;
int json_get_array(const json_t *obj, const char *key, json_t **ret,
		   struct err *err) _must_check_;
