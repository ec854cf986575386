/* SPDX-License-Identifier: MIT */
#include "test.h"
#include "util/err.h"

#include <string.h>

static void err__set_returns_the_negative_code(void **state)
{
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(err_set(&err, EBADMSG, "layer %d: %s", 3, "bad"), -EBADMSG);
	assert_int_equal(err.code, -EBADMSG);
	assert_string_equal(err.msg, "layer 3: bad");
}

static void err__sys_says_why(void **state)
{
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(err_sys(&err, ENOENT, "%s", "a.tar"), -ENOENT);
	assert_string_equal(err.msg, "a.tar: No such file or directory");
}

static void err__prefixes_stack_and_forward_the_code(void **state)
{
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(err_set(&err, EIO, "short read"), -EIO);
	assert_int_equal(err_prefix(&err, -EIO, "layer %d", 3), -EIO);
	assert_int_equal(err_prefix(&err, -EIO, "app.tar"), -EIO);
	assert_string_equal(err.msg, "app.tar: layer 3: short read");
	assert_int_equal(err.code, -EIO);
}

static void err__null_drops_the_message(void **state)
{
	(void)state;
	assert_int_equal(err_set(NULL, EIO, "x"), -EIO);
	assert_int_equal(err_sys(NULL, EIO, "x"), -EIO);
	assert_int_equal(err_prefix(NULL, -EIO, "x"), -EIO);
	assert_int_equal(err_oom(NULL), -ENOMEM);
}

static void err__out_of_memory(void **state)
{
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(err_oom(&err), -ENOMEM);
	assert_string_equal(err.msg, "out of memory");
}

static void err__long_messages_are_cut(void **state)
{
	struct err err = ERR_INIT;
	char big[3000];

	(void)state;
	memset(big, 'm', sizeof(big) - 1);
	big[sizeof(big) - 1] = 0;
	assert_int_equal(err_set(&err, EIO, "%s", big), -EIO);
	assert_int_equal(strlen(err.msg), sizeof(err.msg) - 1);
	assert_int_equal(err_sys(&err, EIO, "%s", big), -EIO);
	assert_int_equal(strlen(err.msg), sizeof(err.msg) - 1);
	assert_int_equal(err_prefix(&err, -EIO, "first"), -EIO);
	assert_int_equal(strlen(err.msg), sizeof(err.msg) - 1);
	assert_memory_equal(err.msg, "first: mmm", 10);
	assert_int_equal(err_prefix(&err, -EIO, "%s", big), -EIO);
	assert_int_equal(strlen(err.msg), sizeof(err.msg) - 1);
}

/* A message is often made out of the one that is there. */
static void err__its_own_message_may_be_an_argument(void **state)
{
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(err_set(&err, EIO, "inner"), -EIO);
	assert_int_equal(err_set(&err, EBADMSG, "outer (%s)", err.msg), -EBADMSG);
	assert_string_equal(err.msg, "outer (inner)");
	assert_int_equal(err_prefix(&err, -EIO, "[%s]", err.msg), -EIO);
	assert_string_equal(err.msg, "[outer (inner)]: outer (inner)");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(err__set_returns_the_negative_code),
	    cmocka_unit_test(err__sys_says_why),
	    cmocka_unit_test(err__prefixes_stack_and_forward_the_code),
	    cmocka_unit_test(err__null_drops_the_message),
	    cmocka_unit_test(err__out_of_memory),
	    cmocka_unit_test(err__long_messages_are_cut),
	    cmocka_unit_test(err__its_own_message_may_be_an_argument),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
