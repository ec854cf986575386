/* SPDX-License-Identifier: MIT */
#include "test.h"

#include "model/dockerfile.h"

#include <time.h>

static const struct dockerfile_arg vars[] = {
    {BYTES("V"), BYTES("value")},        {BYTES("EMPTY"), BYTES("")},
    {BYTES("P"), BYTES("a/b/c.tar.gz")}, {BYTES("UNSET"), {NULL, 0}},
    {BYTES("W"), BYTES("first")},        {BYTES("W"), BYTES("last")},
    {BYTES("Q"), BYTES("$V 'x'")},       {BYTES("S"), BYTES("a***yy*")},
    {BYTES("K"), BYTES("\xed\x95\x9c")},
};

static int expand(const char *text, struct arena *arena, struct bytes *ret, struct err *err)
{
	return dockerfile_expand(bytes_from_str(text), '\\', vars, ARRAY_SIZE(vars), arena, ret,
				 err);
}

/* The table of BuildKit's shell lexer tests (envVarTest), and of its documentation. */
static void dockerfile_expand__every_form(void **state)
{
	static const struct {
		const char *text, *want;
	} cases[] = {
	    {"plain", "plain"},
	    {"$V", "value"},
	    {"${V}", "value"},
	    {"x$V/y", "xvalue/y"},
	    {"$Vy", ""},
	    {"${V}y", "valuey"},
	    {"$NONE", ""},
	    {"$", "$"},
	    {"$/", "$/"},
	    {"\\$V", "$V"},
	    {"'$V'", "$V"},
	    {"\"$V\"", "value"},
	    {"\"\\$V \\x \\\"\"", "$V \\x \""},
	    {"a'b'c\"d\"", "abcd"},
	    {"$Q", "$V 'x'"},
	    {"$W", "last"},
	    {"${V:-d}", "value"},
	    {"${EMPTY:-d}", "d"},
	    {"${EMPTY-d}", ""},
	    {"${NONE:-d}", "d"},
	    {"${NONE-d}", "d"},
	    {"${UNSET-d}", "d"},
	    {"${NONE:-${V}}", "value"},
	    {"${NONE:-a${NONE:-b}}", "ab"},
	    {"${V:+a}", "a"},
	    {"${EMPTY:+a}", ""},
	    {"${EMPTY+a}", "a"},
	    {"${NONE+a}", ""},
	    {"${V:?e}", "value"},
	    {"${EMPTY?e}", ""},
	    {"${P#*/}", "b/c.tar.gz"},
	    {"${P##*/}", "c.tar.gz"},
	    {"${P%.*}", "a/b/c.tar"},
	    {"${P%%.*}", "a/b/c"},
	    {"${P#x}", "a/b/c.tar.gz"},
	    {"${P/\\//-}", "a-b/c.tar.gz"},
	    {"${P//\\//-}", "a-b-c.tar.gz"},
	    {"${P/a/}", "/b/c.tar.gz"},
	    {"${V/l?/L}", "vaLe"},
	    {"${V:-'$V'}", "value"},
	    {"${NONE:-'$V'}", "$V"},
	    {"a  b", "a  b"},
	    {"$1x$12y", "xy"},
	    {"$@$*$#$?$-$!$$x", "x"},
	    {"$a-$_", "-"},
	    {"${V}$V", "valuevalue"},
	    {"\\\\x\\", "\\x"},
	    {"'a\\b'", "a\\b"},
	    {"\"a'b\"'c\"d'", "a'bc\"d"},
	    {"\"\\\\\"", "\\"},
	    {"\"${V:-\"x\"}\"", "value"},
	    {"${NONE:-\"a b\"}", "a b"},
	    {"${NONE:-\\}}", "}"},
	    {"${NONE:-}", ""},
	    {"${V:+}", ""},
	    {"${V?}", "value"},
	    {"${EMPTY?}", ""},
	    {"${UNSET:+x}${UNSET}", ""},
	    {"${V:+a$V}", "avalue"},
	    {"${V:#v}", "alue"},
	    {"${P#$NONE}", "a/b/c.tar.gz"},
	    {"${P#?/}", "b/c.tar.gz"},
	    {"${P%z}", "a/b/c.tar.g"},
	    {"${P##}", "a/b/c.tar.gz"},
	    {"${P%}", "a/b/c.tar.gz"},
	    {"${P//[/]/-}", "a/b/c.tar.gz"},
	    {"${P/b/$V}", "a/value/c.tar.gz"},
	    {"${P/$NONE/x}", "xa/b/c.tar.gz"},
	    {"${P///}", "a/b/c.tar.gz"},
	    {"${NONE///}", ""},
	    {"${P//\\//\\/}", "a\\/b\\/c.tar.gz"},
	    {"${S%%\\**\\*}", "a"},
	    {"${S#a\\*}", "**yy*"},
	    {"${S/\\*/x}", "ax**yy*"},
	    {"${K}", "\xed\x95\x9c"},
	    {"${K#?}", ""},
	    {"$K\xed", "\xed\x95\x9c\xed"},
	};
	struct arena arena = {0};

	(void)state;
	for (size_t k = 0; k < ARRAY_SIZE(cases); k++) {
		struct err err = ERR_INIT;
		struct bytes got;

		assert_ok(expand(cases[k].text, &arena, &got, &err), &err);
		if (!bytes_equal(got, bytes_from_str(cases[k].want)))
			fail_msg("%s: \"%.*s\", not \"%s\"", cases[k].text, (int)got.len,
				 got.ptr, cases[k].want);
	}
	arena_release(&arena);
}

static void dockerfile_expand__what_is_refused(void **state)
{
	static const struct {
		const char *text, *message;
	} cases[] = {
	    {"${V", "${ without its }"},
	    {"${}", "${} without a name"},
	    {"${V!x}", "an unknown operator in ${}"},
	    {"${NONE:?must be there}", "NONE: must be there"},
	    {"${EMPTY:?}", "EMPTY is not allowed to be empty"},
	    {"${", "${} without a name"},
	    {"${{V}}", "${} without a name"},
	    {"${:-x}", "${} without a name"},
	    {"${V", "${ without its }"},
	    {"${V:", "${ without its }"},
	    {"${V:-x", "${ without its }"},
	    {"${V#x", "${ without its }"},
	    {"${V/x", "${ without its second /"},
	    {"${V//x}", "${ without its second /"},
	    {"${V/x/y", "${ without its }"},
	    {"${V=x}", "an unknown operator in ${}"},
	    {"${V:=x}", "an unknown operator in ${}"},
	    {"${V^^}", "an unknown operator in ${}"},
	    {"${ V}", "an unknown operator in ${}"},
	    {"${NONE?}", "NONE is not allowed to be unset"},
	    {"${UNSET?$V \x1b}", "UNSET: value \\x1b"},
	    {"${V%\\x}", "the pattern \"\\\\x\" has a backslash that escapes nothing"},
	    {"\"${V\"", "an unknown operator in ${}"},
	    {"'x", "a single quote is not closed"},
	    {"\"x", "a double quote is not closed"},
	};
	struct arena arena = {0};

	(void)state;
	for (size_t k = 0; k < ARRAY_SIZE(cases); k++) {
		struct err err = ERR_INIT;
		struct bytes got;

		assert_int_equal(expand(cases[k].text, &arena, &got, &err), -EINVAL);
		assert_string_equal(err.msg, cases[k].message);
	}
	arena_release(&arena);
}

static void dockerfile_expand__the_other_escape(void **state)
{
	struct arena arena = {0};
	struct bytes got;

	(void)state;
	assert_int_equal(dockerfile_expand(BYTES("C:\\x`$V"), '`', vars, 1, &arena, &got, NULL),
			 0);
	assert_bytes_equal_str(got, "C:\\x$V");
	arena_release(&arena);
}

/* Bounded work and memory, whatever is written. */
static void dockerfile_expand__no_bombs(void **state)
{
	static char big[1 << 20], nested[4096];
	struct dockerfile_arg bomb = {BYTES("B"), {big, sizeof(big)}};
	struct arena arena = {0};
	struct bytes got;
	clock_t begin = clock();

	(void)state;
	memset(big, 'a', sizeof(big));
	assert_int_equal(dockerfile_expand(BYTES("$B$B"), '\\', &bomb, 1, &arena, &got, NULL),
			 -EINVAL);
	assert_int_equal(
	    dockerfile_expand(BYTES("${B%%*a*a*a*a*b}"), '\\', &bomb, 1, &arena, &got, NULL),
	    -EINVAL);
	for (size_t k = 0; k + 5 < sizeof(nested); k += 5)
		memcpy(nested + k, "${a:-", 5);
	assert_int_equal(
	    dockerfile_expand(bytes_from_str(nested), '\\', NULL, 0, &arena, &got, NULL),
	    -EINVAL);
	assert_true(clock() - begin < 5 * CLOCKS_PER_SEC);
	arena_release(&arena);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(dockerfile_expand__every_form),
	    cmocka_unit_test(dockerfile_expand__what_is_refused),
	    cmocka_unit_test(dockerfile_expand__the_other_escape),
	    cmocka_unit_test(dockerfile_expand__no_bombs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
