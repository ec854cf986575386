/* SPDX-License-Identifier: MIT */
#include "util/json.h"

#include "util/escape.h"

/*
 * jansson's own depth limit is 2048 and recursive; the documents stagefs reads are nested
 * less than ten deep. Counting brackets outside strings first keeps the stack use fixed.
 */
static bool too_deep(struct bytes text)
{
	bool in_string = false;
	int depth = 0;

	for (size_t i = 0; i < text.len; i++) {
		char c = text.ptr[i];

		if (in_string) {
			if (c == '\\')
				i++;
			else if (c == '"')
				in_string = false;
		} else if (c == '"') {
			in_string = true;
		} else if (c == '[' || c == '{') {
			if (++depth > JSON_MAX_DEPTH)
				return true;
		} else if (c == ']' || c == '}') {
			depth--;
		}
	}
	return false;
}

int json_parse(struct bytes text, json_t **ret, struct err *err)
{
	return json_parse_up_to(text, JSON_MAX_BYTES, ret, err);
}

int json_parse_up_to(struct bytes text, size_t max, json_t **ret, struct err *err)
{
	char shown[200];
	json_error_t je;
	json_t *j;

	if (text.len > max)
		return err_set(err, EFBIG,
			       "JSON document of %zu bytes is over the limit of %llu", text.len,
			       (unsigned long long)max);
	if (too_deep(text))
		return err_set(err, EBADMSG, "JSON is nested deeper than %d", JSON_MAX_DEPTH);
	j = json_loadb(text.ptr ? text.ptr : "", text.len,
		       JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL | JSON_DECODE_ANY, &je);
	if (!j)
		return err_set(err, EBADMSG, "not valid JSON: line %d, column %d: %s", je.line,
			       je.column,
			       escape_short(bytes_from_str(je.text), shown, sizeof(shown)));
	*ret = j;
	return 0;
}

/* 1 and *ret, 0 if absent or null, -EINVAL if obj is no object. */
static int member(const json_t *obj, const char *key, json_t **ret, struct err *err)
{
	json_t *j;

	if (!json_is_object(obj))
		return err_set(err, EINVAL, "a JSON object with \"%s\" was expected", key);
	j = json_object_get(obj, key);
	if (!j || json_is_null(j))
		return 0;
	*ret = j;
	return 1;
}

static int wrong_type(const char *key, const char *wanted, struct err *err)
{
	return err_set(err, EINVAL, "\"%s\" is not %s", key, wanted);
}

int json_get_string(const json_t *obj, const char *key, struct bytes *ret, struct err *err)
{
	json_t *j = NULL;
	int r = member(obj, key, &j, err);

	if (r <= 0)
		return r;
	if (!json_is_string(j))
		return wrong_type(key, "a string", err);
	*ret = bytes_make(json_string_value(j), json_string_length(j));
	return 1;
}

int json_get_int(const json_t *obj, const char *key, int64_t *ret, struct err *err)
{
	json_t *j = NULL;
	int r = member(obj, key, &j, err);

	if (r <= 0)
		return r;
	if (!json_is_integer(j))
		return wrong_type(key, "an integer", err);
	*ret = json_integer_value(j);
	return 1;
}

int json_get_bool(const json_t *obj, const char *key, bool *ret, struct err *err)
{
	json_t *j = NULL;
	int r = member(obj, key, &j, err);

	if (r <= 0)
		return r;
	if (!json_is_boolean(j))
		return wrong_type(key, "true or false", err);
	*ret = json_is_true(j);
	return 1;
}

int json_get_object(const json_t *obj, const char *key, json_t **ret, struct err *err)
{
	json_t *j = NULL;
	int r = member(obj, key, &j, err);

	if (r <= 0)
		return r;
	if (!json_is_object(j))
		return wrong_type(key, "an object", err);
	*ret = j;
	return 1;
}

int json_get_array(const json_t *obj, const char *key, json_t **ret, struct err *err)
{
	json_t *j = NULL;
	int r = member(obj, key, &j, err);

	if (r <= 0)
		return r;
	if (!json_is_array(j))
		return wrong_type(key, "an array", err);
	*ret = j;
	return 1;
}
