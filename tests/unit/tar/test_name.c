/* SPDX-License-Identifier: MIT */
#include "tar/name.h"
#include "test.h"

static void expect(struct bytes raw, const char *want, int answer)
{
	_cleanup_(buf_release) struct buf out = BUF_INIT;

	assert_int_equal(name_normalise(raw, &out), answer);
	assert_string_equal(buf_str(&out), want);
}

static void name__normalises(void **state)
{
	(void)state;
	expect(BYTES("a/b"), "a/b", 0);
	expect(BYTES("/abs"), "abs", 0);
	expect(BYTES("//a//b/./c/"), "a/b/c", 0);
	expect(BYTES("./x"), "x", 0);
	expect(BYTES("a/../b"), "b", 0);
	expect(BYTES("a/b/../../c"), "c", 0);
	expect(BYTES("..."), "...", 0);
}

static void name__root_is_empty(void **state)
{
	(void)state;
	expect(BYTES(""), "", 0);
	expect(BYTES("/"), "", 0);
	expect(BYTES("./."), "", 0);
	expect(BYTES("a/.."), "", 0);
}

static void name__clamps_at_the_root(void **state)
{
	(void)state;
	expect(BYTES("../evil"), "evil", 1);
	expect(BYTES("a/../../evil"), "evil", 1);
	expect(BYTES("/.."), "", 1);
	expect(BYTES("../../a/../.."), "", 1);
}

static void name__bytes_are_kept(void **state)
{
	(void)state;
	expect(BYTES("a\xc0\xaf\x62"), "a\xc0\xaf\x62", 0);
	expect(BYTES("caf\xe9/\x1b[31m"), "caf\xe9/\x1b[31m", 0);
}

static void name__old_content_is_forgotten(void **state)
{
	_cleanup_(buf_release) struct buf out = BUF_INIT;

	(void)state;
	buf_add_str(&out, "old");
	assert_int_equal(name_normalise(BYTES("new"), &out), 0);
	assert_string_equal(buf_str(&out), "new");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(name__normalises),
	    cmocka_unit_test(name__root_is_empty),
	    cmocka_unit_test(name__clamps_at_the_root),
	    cmocka_unit_test(name__bytes_are_kept),
	    cmocka_unit_test(name__old_content_is_forgotten),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
