/* SPDX-License-Identifier: MIT */
#include "report_fixture.h"

#include <string.h>

static const char *line(const struct buf *b, const char *what)
{
	const char *at = memmem(b->ptr, b->len, what, strlen(what));

	if (!at)
		fail_msg("no %s", what);
	return at;
}

/* Hard links once, sizes and blocks as the mount has them, names as bytes. */
static void r_tree__is_an_export_of_ncdu(void **state)
{
	_cleanup_(buf_release) struct buf t =
	    report_render(*state, REPORT_IMAGE, "tree", REPORT_NCDU);
	int depth = 0;

	line(&t,
	     "[1,2,{\"progname\":\"stagefs\"},\n[{\"name\":\"app:1\"},\n[{\"name\":\"bin\"},");
	line(&t, "{\"name\":\"sh\",\"asize\":1000,\"dsize\":1024,\"ino\":");
	assert_int_equal(strncmp(strstr(line(&t, "\"sh\""), ",\"hlnkc\""),
				 ",\"hlnkc\":true,\"nlink\":2},\n", 25),
			 0);
	line(&t, ",\"hlnkc\":true,\"nlink\":2}],\n[{\"name\":\"etc\"},\n{\"name\":\"a\","
		 "\"asize\":40,");
	line(&t, "\"n\\u000a\\u0009\\\\\\u001b\xff\\u202e\",\"asize\":7,\"dsize\":512,");
	for (size_t i = 0; i < t.len; i++)
		depth += (t.ptr[i] == '[') - (t.ptr[i] == ']');
	assert_int_equal(depth, 0);
	assert_string_equal(buf_str(&t) + t.len - 4, "}]]\n");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(r_tree__is_an_export_of_ncdu, report_setup,
					    report_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
