/* SPDX-License-Identifier: MIT */
#include "tar/ext.h"
#include "tarmake.h"
#include "test.h"

static struct limits limits = LIMITS_DEFAULT;
static struct ext ext;

static int clear(void **state)
{
	(void)state;
	ext_release(&ext);
	memset(&ext, 0, sizeof(ext));
	return 0;
}

static int add(const char *key, struct bytes value, const char **why)
{
	_cleanup_(buf_release) struct buf content = BUF_INIT;

	tar_pax_record(&content, bytes_from_str(key), value);
	return ext_add_pax(&ext, buf_bytes(&content), &limits, why);
}

static void ext__keeps_names_and_numbers(void **state)
{
	const char *why;

	(void)state;
	assert_int_equal(add("path", BYTES("a\0b"), &why), 0);
	assert_int_equal(add("uid", BYTES("70000"), &why), 0);
	assert_int_equal(add("mtime", BYTES("1.5"), &why), 0);
	assert_true(ext.path.set);
	assert_int_equal(ext.path.text.len, 3);
	assert_int_equal(ext.num[EXT_UID].v, 70000);
	assert_int_equal(ext.num[EXT_MTIME].nsec, 500000000);
	assert_false(ext.num[EXT_GID].set);
}

static void ext__empty_value_takes_the_key_back(void **state)
{
	const char *why;

	(void)state;
	assert_int_equal(add("path", BYTES("x"), &why), 0);
	assert_int_equal(add("path", BYTES(""), &why), 0);
	assert_int_equal(add("size", BYTES("1"), &why), 0);
	assert_int_equal(add("size", BYTES(""), &why), 0);
	assert_false(ext.path.set);
	assert_false(ext.num[EXT_SIZE].set);
}

static void ext__gnu_name_ends_at_nul(void **state)
{
	(void)state;
	assert_int_equal(ext_add_gnu(&ext, 'L', BYTES("abc\0../../evil")), 0);
	assert_string_equal(buf_str(&ext.long_name.text), "abc");
	assert_false(ext.long_link.set);
	assert_false(ext.odd);
	assert_int_equal(ext_add_gnu(&ext, 'L', BYTES("second")), 0);
	assert_string_equal(buf_str(&ext.long_name.text), "second");
	assert_true(ext.odd);
}

static void ext__sparse_pairs_must_take_turns(void **state)
{
	const char *why = NULL;

	(void)state;
	assert_int_equal(add("GNU.sparse.offset", BYTES("1"), &why), 0);
	assert_int_equal(add("GNU.sparse.numbytes", BYTES("2"), &why), 0);
	assert_int_equal(ext.map.regions.n, 1);
	assert_int_equal(add("GNU.sparse.numbytes", BYTES("2"), &why), -EBADMSG);
	assert_non_null(why);
}

static void ext__clear_forgets(void **state)
{
	const char *why;

	(void)state;
	assert_int_equal(add("path", BYTES("x"), &why), 0);
	assert_int_equal(add("SCHILY.xattr.user.a", BYTES("x"), &why), 0);
	assert_int_equal(add("GNU.sparse.map", BYTES("0,1"), &why), 0);
	ext_clear(&ext);
	assert_false(ext.path.set || ext.sparse || ext.odd);
	assert_int_equal(ext.xattrs.list.n + ext.map.regions.n + ext.headers, 0);
}

static void ext__globals(void **state)
{
	const char *why = NULL;

	(void)state;
	assert_int_equal(ext_judge_global(BYTES(""), &why), 2);
	assert_int_equal(ext_judge_global(BYTES("13 comment=x\n"), &why), 0);
	assert_int_equal(ext_judge_global(BYTES("10 path=x\n"), &why), 1);
	assert_int_equal(ext_judge_global(BYTES("10 size=0\n"), &why), 1);
	assert_int_equal(ext_judge_global(BYTES("99 size=0\n"), &why), -EBADMSG);
	assert_non_null(why);
}

#define T(f) cmocka_unit_test_teardown(f, clear)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    T(ext__keeps_names_and_numbers), T(ext__empty_value_takes_the_key_back),
	    T(ext__gnu_name_ends_at_nul),    T(ext__sparse_pairs_must_take_turns),
	    T(ext__clear_forgets),           T(ext__globals),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
