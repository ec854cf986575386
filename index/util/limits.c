/* SPDX-License-Identifier: MIT */
#include "util/limits.h"

#include "util/escape.h"

static const struct {
	const char *name;
	size_t at;
} table[] = {
#define LIMIT_ROW(field, name, dflt, what) {name, offsetof(struct limits, field)},
    LIMITS(LIMIT_ROW)
#undef LIMIT_ROW
};

static int parse_value(const char *s, uint64_t *ret)
{
	static const char units[] = "KMG";
	const char *unit;
	char *end;
	uint64_t v;

	errno = 0;
	v = strtoull(s, &end, 10);
	if (s[0] < '0' || s[0] > '9' || errno)
		return -EINVAL;
	if (*end) {
		unit = strchr(units, *end);
		if (!unit || end[1] || mul_overflows(v, 1ULL << (10 * (unit - units + 1)), &v))
			return -EINVAL;
	}
	*ret = v;
	return 0;
}

static int unknown(struct bytes name, struct err *err)
{
	_cleanup_(buf_release) struct buf names = BUF_INIT;
	char shown[80];

	for (size_t i = 0; i < ARRAY_SIZE(table); i++)
		buf_addf(&names, " %s", table[i].name);
	return err_set(err, EINVAL, "there is no limit \"%s\" (there are:%s)",
		       escape_short(name, shown, sizeof(shown)), buf_str(&names));
}

int limits_set(struct limits *l, const char *assignment, struct err *err)
{
	struct bytes text = bytes_from_str(assignment);
	struct bytes name = bytes_make(text.ptr, bytes_find(text, '='));
	char shown[80];
	uint64_t value;

	if (name.len == text.len || parse_value(assignment + name.len + 1, &value) < 0)
		return err_set(err, EINVAL, "limit \"%s\" is not NAME=NUMBER[K|M|G]",
			       escape_short(text, shown, sizeof(shown)));
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		if (bytes_equal(name, bytes_from_str(table[i].name))) {
			memcpy((char *)l + table[i].at, &value, sizeof(value));
			return 0;
		}
	}
	return unknown(name, err);
}
