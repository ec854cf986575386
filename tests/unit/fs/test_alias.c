/* SPDX-License-Identifier: MIT */
#include "test.h"

#include "fs/alias.h"

static char app[] = "app:1", acme[] = "ghcr.io+acme+app:2",
	    acme_latest[] = "ghcr.io+acme+app:l", port[] = "host:5000+x:1";

/* Sorted by name, as naming_build makes it. */
static struct naming_entry entries[] = {
    {app, NAMING_DIR, 1, NULL},
    {acme, NAMING_DIR, 2, NULL},
    {acme_latest, NAMING_SYMLINK, 2, acme},
    {port, NAMING_DIR, 3, NULL},
};
static const struct naming naming = {{entries, ARRAY_SIZE(entries), 0}};

static struct alias find(const char *prefix, const char *name)
{
	return alias_find(&naming, bytes_from_str(prefix), bytes_from_str(name));
}

static void assert_link(struct alias a, const char *target, uint32_t depth)
{
	struct alias again;

	assert_int_equal(a.kind, ALIAS_LINK);
	assert_string_equal(a.target, target);
	assert_int_equal(a.depth, depth);
	again = alias_link_by_tag(&naming, a.tag);
	assert_int_equal(again.kind, ALIAS_LINK);
	assert_string_equal(again.target, target);
	assert_int_equal(again.depth, depth);
}

static void alias__finds_directories_and_second_tags(void **state)
{
	(void)state;
	assert_int_equal(find("", "app:1").kind, ALIAS_IMAGE);
	assert_int_equal(find("", "app:1").image, 1);
	assert_link(find("", acme_latest), acme, 0);
	assert_int_equal(find("", "app:2").kind, ALIAS_NONE);
	assert_int_equal(find("", "").kind, ALIAS_NONE);
}

static void alias__colon_may_be_plus(void **state)
{
	(void)state;
	assert_link(find("", "app+1"), app, 0);
	assert_link(find("", "host+5000+x+1"), port, 0);
	assert_int_equal(find("", "app+2").kind, ALIAS_NONE);
}

static void alias__slashes_lead_through_made_up_directories(void **state)
{
	struct alias a = find("", "ghcr.io"), b;

	(void)state;
	assert_int_equal(a.kind, ALIAS_PREFIX);
	assert_bytes_equal_str(a.text, "ghcr.io");
	assert_int_equal(a.depth, 1);
	b = find("ghcr.io", "acme");
	assert_int_equal(b.kind, ALIAS_PREFIX);
	assert_bytes_equal_str(b.text, "ghcr.io+acme");
	assert_int_equal(b.depth, 2);
	assert_link(find("ghcr.io+acme", "app:2"), acme, 2);
	assert_link(find("ghcr.io+acme", "app+2"), acme, 2);
	assert_link(find("ghcr.io", "acme+app:2"), acme, 1);
	assert_link(find("host:5000", "x:1"), port, 1);
	assert_int_equal(find("ghcr.io", "app:2").kind, ALIAS_NONE);
	assert_int_equal(find("", "ghcr").kind, ALIAS_NONE);
}

static void alias__prefix_comes_back_from_its_tag(void **state)
{
	struct alias a = find("ghcr.io", "acme");
	struct alias b = alias_prefix_by_tag(&naming, a.tag);

	(void)state;
	assert_int_equal(b.kind, ALIAS_PREFIX);
	assert_true(bytes_equal(a.text, b.text));
	assert_int_equal(alias_prefix_by_tag(&naming, a.tag ^ 1).kind, ALIAS_NONE);
	assert_int_equal(alias_link_by_tag(&naming, a.tag).kind, ALIAS_NONE);
}

/* The kernel caches what a link points to: another target must be another inode. */
static void alias__moved_tag_is_another_link(void **state)
{
	struct naming_entry moved[] = {
	    {app, NAMING_DIR, 1, NULL},
	    {acme, NAMING_DIR, 2, NULL},
	    {acme_latest, NAMING_SYMLINK, 1, app},
	};
	struct naming n = {{moved, ARRAY_SIZE(moved), 0}};
	struct alias before = find("", acme_latest);
	struct alias after = alias_find(&n, BYTES_NULL, bytes_from_str(acme_latest));

	(void)state;
	assert_string_equal(after.target, app);
	assert_int_not_equal(before.tag, after.tag);
	assert_int_equal(alias_link_by_tag(&n, before.tag).kind, ALIAS_NONE);
}

static void alias__nothing_in_an_empty_index(void **state)
{
	static const struct naming none;

	(void)state;
	assert_int_equal(alias_find(&none, BYTES_NULL, BYTES("a")).kind, ALIAS_NONE);
	assert_int_equal(alias_link_by_tag(&none, 1).kind, ALIAS_NONE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(alias__finds_directories_and_second_tags),
	    cmocka_unit_test(alias__colon_may_be_plus),
	    cmocka_unit_test(alias__slashes_lead_through_made_up_directories),
	    cmocka_unit_test(alias__prefix_comes_back_from_its_tag),
	    cmocka_unit_test(alias__moved_tag_is_another_link),
	    cmocka_unit_test(alias__nothing_in_an_empty_index),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
