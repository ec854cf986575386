/* SPDX-License-Identifier: MIT */
#include "model/whiteout.h"
#include "test.h"

static void whiteout__classes(void **state)
{
	static const struct {
		const char *name;
		enum whiteout_class class;
	} rows[] = {
	    {"", WHITEOUT_NONE},
	    {".wh", WHITEOUT_NONE},
	    {"wh.f", WHITEOUT_NONE},
	    {"a.wh.f", WHITEOUT_NONE},
	    {".WH.f", WHITEOUT_NONE},
	    {".wh.", WHITEOUT_INVALID},
	    {".wh..", WHITEOUT_INVALID},
	    {".wh...", WHITEOUT_INVALID},
	    {".wh....", WHITEOUT_FILE},
	    {".wh.f", WHITEOUT_FILE},
	    {".wh..baz", WHITEOUT_FILE},
	    {".wh..wh", WHITEOUT_FILE},
	    {".wh..wh.", WHITEOUT_AUFS},
	    {".wh..wh..opq", WHITEOUT_OPAQUE},
	    {".wh..wh..opqx", WHITEOUT_AUFS},
	    {".wh..wh..op", WHITEOUT_AUFS},
	    {".wh..wh.plnk", WHITEOUT_AUFS},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		if (whiteout_classify(bytes_from_str(rows[i].name)) != rows[i].class)
			fail_msg("'%s' is of another class", rows[i].name);
	}
}

static void whiteout__target_is_the_rest(void **state)
{
	struct bytes t = whiteout_target(BYTES(".wh..profile"));

	(void)state;
	assert_bytes_equal_str(t, ".profile");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(whiteout__classes),
	    cmocka_unit_test(whiteout__target_is_the_rest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
