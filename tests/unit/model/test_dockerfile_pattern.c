/* SPDX-License-Identifier: MIT */
#include "model/dockerfile_internal.h"
#include "test.h"

#include <fnmatch.h>

static struct err err;
static struct dockerfile_budget budget;

enum { PREFIX, SUFFIX };
enum { SHORTEST, LONGEST };

static void trim(const char *pattern, const char *value, bool suffix, bool longest,
		 const char *want)
{
	struct bytes ret;

	err = ERR_INIT;
	budget.work = DOCKERFILE_MAX_WORK;
	assert_ok(dockerfile_pattern_trim(bytes_from_str(pattern), bytes_from_str(value),
					  suffix, longest, &budget, &ret, &err),
		  &err);
	assert_bytes_equal_str(ret, want);
}

static void replace(const char *pattern, const char *value, const char *by, bool all,
		    const char *want)
{
	_cleanup_(buf_release) struct buf out = BUF_INIT;

	err = ERR_INIT;
	budget.work = DOCKERFILE_MAX_WORK;
	assert_ok(dockerfile_pattern_replace(bytes_from_str(pattern), bytes_from_str(value),
					     bytes_from_str(by), all, &budget, &out, &err),
		  &err);
	assert_string_equal(buf_str(&out), want);
}

static void dockerfile_pattern__trims_the_beginning(void **state)
{
	(void)state;
	trim("x", "xxyy", PREFIX, SHORTEST, "xyy");
	trim("*x", "xxyy", PREFIX, SHORTEST, "xyy");
	trim("*x", "xxyy", PREFIX, LONGEST, "yy");
	trim("*", "xxyy", PREFIX, SHORTEST, "xxyy");
	trim("*", "xxyy", PREFIX, LONGEST, "");
	trim("?", "xxyy", PREFIX, SHORTEST, "xyy");
	trim("*x*y", "xxyy", PREFIX, SHORTEST, "y");
	trim("y", "xxyy", PREFIX, SHORTEST, "xxyy");
	trim("", "xxyy", PREFIX, LONGEST, "xxyy");
	trim("xxyyz", "xxyy", PREFIX, LONGEST, "xxyy");
	trim("*", "", PREFIX, LONGEST, "");
}

static void dockerfile_pattern__trims_the_end(void **state)
{
	(void)state;
	trim("y", "xxyy", SUFFIX, SHORTEST, "xxy");
	trim("y*", "xxyy", SUFFIX, SHORTEST, "xxy");
	trim("y*", "xxyy", SUFFIX, LONGEST, "xx");
	trim(".*", "a.tar.gz", SUFFIX, SHORTEST, "a.tar");
	trim(".*", "a.tar.gz", SUFFIX, LONGEST, "a");
	trim("x", "xxyy", SUFFIX, SHORTEST, "xxyy");
	trim("\\**\\*", "a***yy*", SUFFIX, LONGEST, "a");
}

static void dockerfile_pattern__a_backslash_makes_characters_plain(void **state)
{
	(void)state;
	trim("\\*", "*x", PREFIX, LONGEST, "x");
	trim("\\?", "?x", PREFIX, LONGEST, "x");
	trim("\\?", "yx", PREFIX, LONGEST, "yx");
	trim("\\\\", "\\x", PREFIX, LONGEST, "x");
	trim("\\/\\}", "/}x", PREFIX, LONGEST, "x");
	/* These are plain without. */
	trim("()[]{}^$.+|", "()[]{}^$.+|x", PREFIX, LONGEST, "x");
	trim("[a]", "ax", PREFIX, LONGEST, "ax");
}

static void dockerfile_pattern__a_backslash_before_others_is_refused(void **state)
{
	static const char *const patterns[] = {"\\", "\\x", "\\\\\\", "a\\n*"};
	struct bytes ret;

	(void)state;
	for (size_t k = 0; k < ARRAY_SIZE(patterns); k++) {
		err = ERR_INIT;
		budget.work = DOCKERFILE_MAX_WORK;
		assert_int_equal(dockerfile_pattern_trim(bytes_from_str(patterns[k]),
							 BYTES("x"), SUFFIX, SHORTEST, &budget,
							 &ret, &err),
				 -EINVAL);
		assert_non_null(strstr(err.msg, "has a backslash that escapes nothing"));
	}
}

static void dockerfile_pattern__counts_characters_not_bytes(void **state)
{
	(void)state;
	trim("?", "\xc3\xa4x", PREFIX, SHORTEST, "x");
	trim("?", "x\xe2\x82\xac", SUFFIX, SHORTEST, "x");
	trim("?\xc3\xa4", "x\xc3\xa4y", PREFIX, SHORTEST, "y");
	trim("?", "\xffx", PREFIX, SHORTEST, "x");
	replace("?", "\xc3\xa4\xc3\xb6", "o", true, "oo");
}

static void dockerfile_pattern__wildcards_do_not_take_newlines(void **state)
{
	(void)state;
	trim("*", "a\nb", PREFIX, LONGEST, "\nb");
	trim("*", "a\nb", SUFFIX, LONGEST, "a\n");
	trim("?", "\nb", PREFIX, LONGEST, "\nb");
	trim("a\n?", "a\nb", PREFIX, LONGEST, "");
}

static void dockerfile_pattern__replaces_the_first_or_all(void **state)
{
	(void)state;
	replace("x", "xxyy", "", false, "xyy");
	replace("x", "xxyy", "z", true, "zzyy");
	replace("xy", "xxyy", "--", true, "x--y");
	replace("l?", "value", "L", false, "vaLe");
	replace("/?/", "/a/foo/b/c", "/", true, "/foo/c");
	replace("\\*/", "/foo*/*/*.txt", ".", true, "/foo..*.txt");
	replace("z", "xxyy", "q", true, "xxyy");
	replace("aa", "aaa", "b", true, "ba");
}

static void dockerfile_pattern__replaces_the_longest_at_the_leftmost(void **state)
{
	(void)state;
	replace("*", "xxyy", "q", false, "q");
	replace("*", "xxyy", "q", true, "q");
	replace("x*y", "axbyxcyd", "q", false, "aqd");
	replace("?*", "ab", "q", true, "q");
}

/* As Go's regular expressions do. */
static void dockerfile_pattern__an_empty_match_is_replaced_where_it_stands_alone(void **state)
{
	(void)state;
	replace("", "xy", "w", false, "wxy");
	replace("", "xy", "w", true, "wxwyw");
	replace("", "", "w", true, "w");
	replace("*", "", "w", true, "w");
	replace("*", "a\nb", "w", true, "w\nw");
}

static bool matches(const char *pattern, struct bytes part)
{
	char text[16] = {0};

	memcpy(text, part.ptr, part.len);
	return fnmatch(pattern, text, FNM_NOESCAPE) == 0;
}

/* What is left when the shortest or longest part that fnmatch(3) accepts is gone. */
static struct bytes expected(const char *pattern, struct bytes v, bool suffix, bool longest)
{
	for (size_t k = 0; k <= v.len; k++) {
		size_t n = longest ? v.len - k : k;
		struct bytes part = bytes_make(v.ptr + (suffix ? v.len - n : 0), n);

		if (matches(pattern, part))
			return bytes_make(v.ptr + (suffix ? 0 : n), v.len - n);
	}
	return v;
}

/* The number i written with n digits out of `digits`. */
static void spell(unsigned i, const char *digits, size_t n, char *out)
{
	for (size_t k = 0; k < n; k++, i /= (unsigned)strlen(digits))
		out[k] = digits[i % strlen(digits)];
	out[n] = 0;
}

static void dockerfile_pattern__agrees_with_fnmatch(void **state)
{
	char pattern[5], value[7];

	(void)state;
	for (unsigned i = 0; i < 4 * 4 * 4 * 4; i++)
		for (unsigned k = 0; k < 64; k++) {
			spell(i, "ab*?", 4, pattern);
			spell(k, "ab", 6, value);
			for (int how = 0; how < 4; how++) {
				struct bytes want =
				    expected(pattern, bytes_from_str(value), how & 1, how & 2);
				struct bytes got;

				budget.work = DOCKERFILE_MAX_WORK;
				assert_int_equal(
				    dockerfile_pattern_trim(bytes_from_str(pattern),
							    bytes_from_str(value), how & 1,
							    how & 2, &budget, &got, NULL),
				    0);
				if (!bytes_equal(got, want))
					fail_msg("%s of %s (%d): %.*s, not %.*s", pattern,
						 value, how, (int)got.len, got.ptr,
						 (int)want.len, want.ptr);
			}
		}
}

static void dockerfile_pattern__work_is_paid_for(void **state)
{
	static char stars[8192];
	struct bytes ret;

	(void)state;
	memset(stars, '*', sizeof(stars));
	budget.work = DOCKERFILE_MAX_WORK;
	assert_int_equal(dockerfile_pattern_trim(bytes_make(stars, sizeof(stars)),
						 bytes_make(stars, sizeof(stars)), PREFIX,
						 LONGEST, &budget, &ret, NULL),
			 -EINVAL);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(dockerfile_pattern__trims_the_beginning),
	    cmocka_unit_test(dockerfile_pattern__trims_the_end),
	    cmocka_unit_test(dockerfile_pattern__a_backslash_makes_characters_plain),
	    cmocka_unit_test(dockerfile_pattern__a_backslash_before_others_is_refused),
	    cmocka_unit_test(dockerfile_pattern__counts_characters_not_bytes),
	    cmocka_unit_test(dockerfile_pattern__wildcards_do_not_take_newlines),
	    cmocka_unit_test(dockerfile_pattern__replaces_the_first_or_all),
	    cmocka_unit_test(dockerfile_pattern__replaces_the_longest_at_the_leftmost),
	    cmocka_unit_test(
		dockerfile_pattern__an_empty_match_is_replaced_where_it_stands_alone),
	    cmocka_unit_test(dockerfile_pattern__agrees_with_fnmatch),
	    cmocka_unit_test(dockerfile_pattern__work_is_paid_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
