/* SPDX-License-Identifier: MIT */
#include "naming_text.h"

#include <stdio.h>
#include <string.h>

static void naming_build__the_slash_becomes_a_plus(void **state)
{
	struct naming_image images[] = {{1, D1, "linux/amd64"}};
	struct naming_tag tags[] = {{"ghcr.io/acme/app:1.2", 1, 1}};
	_cleanup_(named_release) struct named n;

	(void)state;
	NAME(&n, images, tags);
	assert_listed(&n, "ghcr.io+acme+app:1.2 1\n");
}

static void naming_build__an_untagged_image_is_its_digest(void **state)
{
	struct naming_image images[] = {{1, "sha256:0123456789abcdef0123", ""}};
	_cleanup_(named_release) struct named n;

	(void)state;
	name_them(&n, images, 1, NULL, 0);
	assert_listed(&n, "sha256:0123456789ab 1\n");
}

static void naming_build__digests_that_begin_alike_are_told_apart(void **state)
{
	struct naming_image images[] = {{1, "sha256:0123456789abc", ""},
					{2, "sha256:0123456789abd", ""},
					{3, "sha256:0123456789abd", "linux/arm64"}};
	_cleanup_(named_release) struct named n;

	(void)state;
	name_them(&n, images, 3, NULL, 0);
	assert_listed(
	    &n, "sha256:0123456789ab 1\nsha256:0123456789ab~2 2\nsha256:0123456789ab~3 3\n");
}

static void naming_build__the_youngest_tag_owns_the_name(void **state)
{
	struct naming_image images[] = {{1, D1, ""}, {2, D2, ""}, {3, D3, ""}};
	struct naming_tag tags[] = {{"app:1", 2, 5}, {"app:1", 1, 3}, {"app:1", 3, 4}};
	_cleanup_(named_release) struct named n;

	(void)state;
	NAME(&n, images, tags);
	assert_listed(&n, "app:1 2\napp:1@111111111111 1\napp:1@333333333333 3\n");
	assert_int_equal(typed(&n, "app:1~1"), 3);
	assert_int_equal(typed(&n, "app:1~2"), 1);
	assert_int_equal(typed(&n, "app:1~3"), 0);
}

static void naming_build__a_former_owner_with_a_name_keeps_that(void **state)
{
	struct naming_image images[] = {{1, D1, ""}, {2, D2, ""}};
	struct naming_tag tags[] = {{"app:1", 1, 1}, {"app:2", 2, 2}, {"app:1", 2, 3}};
	struct naming_tag more[] = {{"app:old", 1, 4}, {"app:1", 1, 1}, {"app:1", 2, 3}};
	_cleanup_(named_release) struct named n, m;

	(void)state;
	NAME(&n, images, tags);
	assert_listed(&n, "app:1 -> app:2\napp:1@111111111111 1\napp:2 2\n");
	NAME(&m, images, more);
	assert_listed(&m, "app:1 2\napp:old 1\n");
	assert_int_equal(typed(&m, "app:1@111111111111"), 1);
	assert_int_equal(typed(&m, "app:1~1"), 1);
}

static void naming_build__a_former_owner_of_two_names_is_listed_once(void **state)
{
	struct naming_image images[] = {{1, D1, ""}, {2, D2, ""}};
	struct naming_tag tags[] = {{"a:1", 1, 2}, {"b:1", 1, 1}, {"a:1", 2, 3}, {"b:1", 2, 4}};
	_cleanup_(named_release) struct named n;

	(void)state;
	NAME(&n, images, tags);
	assert_listed(&n, "a:1 2\na:1@111111111111 1\nb:1 -> a:1\n");
	assert_int_equal(typed(&n, "b:1@111111111111"), 1);
	assert_int_equal(typed(&n, "b:1~1"), 1);
}

static void naming_build__a_second_tag_is_a_symlink_to_the_first(void **state)
{
	struct naming_image images[] = {{1, D1, ""}};
	struct naming_tag tags[] = {{"a:latest", 1, 3}, {"z:1", 1, 2}, {"b:1", 1, 3}};
	_cleanup_(named_release) struct named n;

	(void)state;
	NAME(&n, images, tags);
	assert_listed(&n, "a:latest -> z:1\nb:1 -> z:1\nz:1 1\n");
}

static void naming_build__tags_of_one_event_by_name(void **state)
{
	struct naming_image images[] = {{1, D1, ""}};
	struct naming_tag tags[] = {{"b:1", 1, 1}, {"a:1", 1, 1}};
	_cleanup_(named_release) struct named n;

	(void)state;
	NAME(&n, images, tags);
	assert_listed(&n, "a:1 1\nb:1 -> a:1\n");
}

static void naming_build__the_machines_platform_has_the_plain_name(void **state)
{
	struct naming_image images[] = {
	    {1, D1, "linux/arm64"}, {2, D2, "linux/amd64"}, {3, D3, "linux/arm/v7"}};
	struct naming_tag tags[] = {{"app:1", 1, 1}, {"app:1", 2, 1}, {"app:1", 3, 1}};
	_cleanup_(named_release) struct named n;

	(void)state;
	NAME(&n, images, tags);
	assert_listed(&n, "app:1 2\napp:1@linux-arm-v7 3\napp:1@linux-arm64 1\n");
	assert_int_equal(typed(&n, "app:1@linux-amd64"), 2);
}

static void naming_build__without_the_machines_platform_the_first_image(void **state)
{
	struct naming_image images[] = {{2, D2, "linux/s390x"}, {1, D1, "linux/arm64"}};
	struct naming_tag tags[] = {{"app:1", 2, 1}, {"app:1", 1, 1}};
	_cleanup_(named_release) struct named n;

	(void)state;
	NAME(&n, images, tags);
	assert_listed(&n, "app:1 1\napp:1@linux-s390x 2\n");
	assert_int_equal(typed(&n, "app:1@linux-arm64"), 1);
}

static void naming_build__a_variant_of_the_machine_beats_other_machines(void **state)
{
	struct naming_image images[] = {{1, D1, "linux/arm64"}, {2, D2, "linux/amd64/v2"}};
	struct naming_image exact[] = {{1, D1, "linux/amd64/v2"}, {2, D2, "linux/amd64"}};
	struct naming_image near[] = {{1, D1, "linux/amd6"}, {2, D2, "linux/amd64p32"}};
	struct naming_tag tags[] = {{"app:1", 1, 1}, {"app:1", 2, 1}};
	_cleanup_(named_release) struct named n, e, m;

	(void)state;
	NAME(&n, images, tags);
	assert_listed(&n, "app:1 2\napp:1@linux-arm64 1\n");
	NAME(&e, exact, tags);
	assert_listed(&e, "app:1 2\napp:1@linux-amd64-v2 1\n");
	NAME(&m, near, tags);
	assert_listed(&m, "app:1 1\napp:1@linux-amd64p32 2\n");
}

static void naming_build__two_of_one_platform_and_event(void **state)
{
	struct naming_image images[] = {
	    {1, D1, "linux/amd64"}, {2, D2, "linux/amd64"}, {3, D3, ""}};
	struct naming_tag tags[] = {{"app:1", 1, 1}, {"app:1", 2, 1}, {"app:1", 3, 1}};
	_cleanup_(named_release) struct named n;

	(void)state;
	NAME(&n, images, tags);
	assert_listed(&n, "app:1 1\napp:1@333333333333 3\napp:1@linux-amd64 2\n");
}

static void naming_build__platforms_of_one_config(void **state)
{
	struct naming_image images[] = {
	    {1, D1, "linux/arm64"}, {2, D1, "linux/amd64"}, {3, D2, ""}};
	struct naming_tag tags[] = {{"app:1", 1, 1}, {"app:1", 2, 1}, {"app:1", 3, 2}};
	_cleanup_(named_release) struct named n;

	(void)state;
	NAME(&n, images, tags);
	assert_listed(&n, "app:1 3\napp:1@111111111111 1\napp:1@111111111111~2 2\n");
}

static void naming_build__tags_of_images_not_shown_do_not_count(void **state)
{
	struct naming_image images[] = {{1, D1, ""}};
	struct naming_tag tags[] = {{"app:1", 1, 1}, {"app:1", 2, 2}, {"gone:1", 7, 3}};
	_cleanup_(named_release) struct named n;

	(void)state;
	NAME(&n, images, tags);
	assert_listed(&n, "app:1 1\n");
}

static void naming_build__names_that_clash_are_numbered(void **state)
{
	struct naming_image images[] = {{1, D1, ""}, {2, D2, ""}, {3, D3, ""}};
	struct naming_tag tags[] = {
	    {"a/b:1", 1, 2}, {"a+b:1", 2, 1}, {"a\x01:1", 3, 3}, {"a%01:1", 1, 4}};
	_cleanup_(named_release) struct named n;

	(void)state;
	NAME(&n, images, tags);
	assert_listed(&n, "a%01:1 3\na%01:1~2 -> a+b:1~2\na+b:1 2\na+b:1~2 1\n");
}

static void naming_build__one_image_does_not_clash_with_itself(void **state)
{
	struct naming_image images[] = {{1, D1, ""}};
	struct naming_tag tags[] = {{"a/b:1", 1, 2}, {"a+b:1", 1, 1}};
	_cleanup_(named_release) struct named n;

	(void)state;
	NAME(&n, images, tags);
	assert_listed(&n, "a+b:1 1\n");
}

static void naming_build__listed_names_win_over_aliases(void **state)
{
	struct naming_image images[] = {{1, D1, "linux/amd64"}, {2, D2, ""}, {3, D3, ""}};
	struct naming_tag tags[] = {{"a:1", 1, 1}, {"a+1", 2, 2}, {"a:1@linux-amd64", 3, 3}};
	_cleanup_(named_release) struct named n;

	(void)state;
	NAME(&n, images, tags);
	assert_listed(&n, "a+1 2\na:1 1\na:1@linux-amd64 3\n");
}

static void naming_build__a_tag_named_like_a_digest_is_the_tags(void **state)
{
	struct naming_image images[] = {{1, D1, ""}, {2, D2, ""}};
	struct naming_tag tags[] = {{"sha256:111111111111", 2, 1}};
	_cleanup_(named_release) struct named n;

	(void)state;
	NAME(&n, images, tags);
	assert_listed(&n, "sha256:111111111111 2\nsha256:111111111111~2 1\n");
}

static void naming_build__colons_have_aliases_with_a_plus(void **state)
{
	struct naming_image images[] = {{1, D1, ""}, {2, D2, ""}};
	struct naming_tag tags[] = {{"host:5000/app:1", 1, 1}};
	_cleanup_(named_release) struct named n;

	(void)state;
	NAME(&n, images, tags);
	assert_int_equal(typed(&n, "host+5000+app+1"), 1);
	assert_int_equal(typed(&n, "sha256+222222222222"), 2);
	assert_listed(&n, "host:5000+app:1 1\nsha256:222222222222 2\n");
}

static void naming_build__odd_references(void **state)
{
	struct naming_image images[] = {{1, D1, ""}};
	struct naming_tag tags[] = {{"../../x", 1, 1}, {"", 1, 2},     {".", 1, 3},
				    {"..", 1, 4},      {"a\nb", 1, 5}, {"\xff", 1, 6}};
	_cleanup_(named_release) struct named n;

	(void)state;
	NAME(&n, images, tags);
	assert_listed(&n, "%2E -> ..+..+x\n%2E%2E -> ..+..+x\n%FF -> ..+..+x\n"
			  "..+..+x 1\n_ -> ..+..+x\na%0Ab -> ..+..+x\n");
}

static void naming_build__odd_digests_and_platforms(void **state)
{
	struct naming_image images[] = {{1, "", "a/../\n"}, {2, "x", "/"}, {3, ":", "linux"}};
	struct naming_tag tags[] = {{"a:1", 1, 1}, {"a:1", 2, 1}, {"a:1", 3, 1}};
	_cleanup_(named_release) struct named n, u;

	(void)state;
	NAME(&n, images, tags);
	assert_listed(&n, "a:1 1\na:1@- 2\na:1@linux 3\n");
	name_them(&u, images, 3, NULL, 0);
	assert_listed(&u, "sha256: 1\nsha256:x 2\nsha256:~2 3\n");
}

static void naming_build__long_references_stay_components(void **state)
{
	struct naming_image images[] = {{1, D1, "linux/amd64"}, {2, D2, ""}, {3, D3, ""}};
	char a[301], b[301], c[251];
	struct naming_tag tags[] = {{a, 1, 1}, {b, 2, 1}, {a, 3, 2},
				    {c, 2, 5}, {c, 1, 4}, {c, 3, 3}};
	_cleanup_(named_release) struct named n;

	(void)state;
	memset(a, 'r', 300);
	memset(b, 'r', 300);
	memset(c, 'c', 250);
	a[300] = b[300] = c[250] = 0;
	b[299] = 's';
	NAME(&n, images, tags);
	assert_int_equal(typed(&n, a), 3);
	assert_int_equal(typed(&n, b), 2);
	assert_int_equal(strlen(naming_of(&n.n, 3)), 213);
	assert_int_equal(naming_of(&n.n, 3)[200], '~');
	assert_int_equal(strlen(naming_of(&n.n, 2)), 213);
}

/* The suffix of a former owner makes a name too long that is not by itself. */
static void naming_build__long_names_resolve_with_their_suffix(void **state)
{
	struct naming_image images[] = {{1, D1, ""}, {2, D2, ""}};
	char c[251], text[300];
	struct naming_tag tags[] = {{c, 1, 1}, {c, 2, 2}};
	_cleanup_(named_release) struct named n;

	(void)state;
	memset(c, 'c', 250);
	c[250] = 0;
	NAME(&n, images, tags);
	assert_string_equal(naming_of(&n.n, 2), c);
	snprintf(text, sizeof(text), "%s@111111111111", c);
	assert_int_equal(typed(&n, text), 1);
	snprintf(text, sizeof(text), "%s~1", c);
	assert_int_equal(typed(&n, text), 1);
}

static void naming_build__nothing_gives_nothing(void **state)
{
	_cleanup_(named_release) struct named n;

	(void)state;
	name_them(&n, NULL, 0, NULL, 0);
	assert_int_equal(n.n.entries.n, 0);
}

/* The order in which rows come must not show. */
static void naming_build__order_of_rows_does_not_matter(void **state)
{
	struct naming_image images[] = {{1, D1, "linux/arm64"}, {2, D2, ""}, {3, D3, ""}};
	struct naming_image turned[] = {{3, D3, ""}, {1, D1, "linux/arm64"}, {2, D2, ""}};
	struct naming_tag tags[] = {{"a/b", 1, 1}, {"a+b", 2, 2}, {"a/b", 3, 2}};
	struct naming_tag other[] = {{"a/b", 3, 2}, {"a+b", 2, 2}, {"a/b", 1, 1}};
	_cleanup_(named_release) struct named n, t;
	const char *want = "a+b 2\na+b@111111111111 1\na+b~2 3\n";

	(void)state;
	NAME(&n, images, tags);
	assert_listed(&n, want);
	NAME(&t, turned, other);
	assert_listed(&t, want);
}

/* Half a million spellings of one name: must not take minutes. */
static void naming_build__many_clashes_cost_little(void **state)
{
	enum { BITS = 14, N = 1 << BITS };
	_cleanup_free_ struct naming_image *images = calloc(N, sizeof(*images));
	_cleanup_free_ struct naming_tag *tags = calloc(N, sizeof(*tags));
	_cleanup_free_ char *text = calloc(N, BITS + 1);
	struct err err = ERR_INIT;
	struct naming n;

	(void)state;
	for (int i = 0; i < N; i++) {
		for (int bit = 0; bit < BITS; bit++)
			text[i * (BITS + 1) + bit] = i >> bit & 1 ? '/' : '+';
		images[i] = (struct naming_image){i + 1, D1, ""};
		tags[i] = (struct naming_tag){text + i * (BITS + 1), i + 1, 1};
	}
	assert_ok(naming_build(images, N, tags, N, "", &n, &err), &err);
	assert_int_equal(n.entries.n, N);
	naming_release(&n);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(naming_build__the_slash_becomes_a_plus),
	    cmocka_unit_test(naming_build__an_untagged_image_is_its_digest),
	    cmocka_unit_test(naming_build__digests_that_begin_alike_are_told_apart),
	    cmocka_unit_test(naming_build__the_youngest_tag_owns_the_name),
	    cmocka_unit_test(naming_build__a_former_owner_with_a_name_keeps_that),
	    cmocka_unit_test(naming_build__a_former_owner_of_two_names_is_listed_once),
	    cmocka_unit_test(naming_build__a_second_tag_is_a_symlink_to_the_first),
	    cmocka_unit_test(naming_build__tags_of_one_event_by_name),
	    cmocka_unit_test(naming_build__the_machines_platform_has_the_plain_name),
	    cmocka_unit_test(naming_build__without_the_machines_platform_the_first_image),
	    cmocka_unit_test(naming_build__a_variant_of_the_machine_beats_other_machines),
	    cmocka_unit_test(naming_build__two_of_one_platform_and_event),
	    cmocka_unit_test(naming_build__platforms_of_one_config),
	    cmocka_unit_test(naming_build__tags_of_images_not_shown_do_not_count),
	    cmocka_unit_test(naming_build__names_that_clash_are_numbered),
	    cmocka_unit_test(naming_build__one_image_does_not_clash_with_itself),
	    cmocka_unit_test(naming_build__listed_names_win_over_aliases),
	    cmocka_unit_test(naming_build__a_tag_named_like_a_digest_is_the_tags),
	    cmocka_unit_test(naming_build__colons_have_aliases_with_a_plus),
	    cmocka_unit_test(naming_build__odd_references),
	    cmocka_unit_test(naming_build__odd_digests_and_platforms),
	    cmocka_unit_test(naming_build__long_references_stay_components),
	    cmocka_unit_test(naming_build__long_names_resolve_with_their_suffix),
	    cmocka_unit_test(naming_build__nothing_gives_nothing),
	    cmocka_unit_test(naming_build__order_of_rows_does_not_matter),
	    cmocka_unit_test(naming_build__many_clashes_cost_little),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
