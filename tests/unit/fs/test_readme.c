/* SPDX-License-Identifier: MIT */
#include "fs_fixture.h"

#include <string.h>

static void readme__is_a_page_of_80_columns(void **state)
{
	struct bytes rest = layout_readme();
	size_t lines = 0;

	(void)state;
	assert_int_equal(rest.ptr[rest.len - 1], '\n');
	while (rest.len) {
		size_t n = bytes_find(rest, '\n');

		assert_true(n <= 80);
		rest = bytes_skip(rest, n + 1);
		lines++;
	}
	assert_true(lines < 60);
}

/* Every directory of the root is explained. */
static void readme__names_what_the_root_lists(void **state)
{
	struct fixture *f = *state;
	_cleanup_(catalog_unrefp) struct catalog *c = growth_catalog(f->ctx.growth, NULL);
	_cleanup_(layout_list_release) struct layout_list l = {0};
	struct inode root = inode_decode(INODE_ROOT);

	assert_int_equal(layout_list(c, &root, &l), 0);
	vec_foreach (item, &l.items)
		if (!bytes_equal(item->name, BYTES("README")))
			assert_non_null(memmem(layout_readme().ptr, layout_readme().len,
					       item->name.ptr, item->name.len));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(readme__is_a_page_of_80_columns),
	    cmocka_unit_test_setup_teardown(readme__names_what_the_root_lists, fixture_setup,
					    fixture_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
