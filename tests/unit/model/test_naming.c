/* SPDX-License-Identifier: MIT */
#include "naming_text.h"

#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>

static void naming__normal_form_is_what_docker_prints(void **state)
{
	(void)state;
	assert_bytes_equal_str(naming_normalise(BYTES("docker.io/library/app:1")), "app:1");
	assert_bytes_equal_str(naming_normalise(BYTES("docker.io/acme/app")), "acme/app");
	assert_bytes_equal_str(naming_normalise(BYTES("localhost/app:1")), "localhost/app:1");
	assert_bytes_equal_str(naming_normalise(BYTES("library/app")), "library/app");
	assert_bytes_equal_str(naming_normalise(BYTES("docker.io/library/")), "library/");
	assert_bytes_equal_str(naming_normalise(BYTES("docker.io/")), "docker.io/");
	assert_bytes_equal_str(naming_normalise(BYTES("")), "");
	assert_int_equal(naming_normalise(BYTES_NULL).len, 0);
}

static void component(struct bytes reference, const char *want)
{
	_cleanup_(buf_release) struct buf b = BUF_INIT;

	assert_int_equal(naming_component(reference, &b), 0);
	assert_string_equal(buf_str(&b), want);
}

static void naming__components_cannot_leave_their_directory(void **state)
{
	(void)state;
	component(BYTES("a/b:1"), "a+b:1");
	component(BYTES("../../x"), "..+..+x");
	component(BYTES("."), "%2E");
	component(BYTES(".."), "%2E%2E");
	component(BYTES(""), "_");
	component(BYTES("a\nb"), "a%0Ab");
	component(BYTES("a\0b"), "a%00b");
	component(BYTES("a\xff"), "a%FF");
	component(BYTES("caf\xc3\xa9"), "caf\xc3\xa9");
}

static void naming__a_component_replaces_what_was_there(void **state)
{
	_cleanup_(buf_release) struct buf b = BUF_INIT;

	(void)state;
	assert_int_equal(buf_add_str(&b, "before"), 0);
	assert_int_equal(naming_component(BYTES("app"), &b), 0);
	assert_string_equal(buf_str(&b), "app");
}

static void naming__over_255_bytes_the_hash_of_the_reference(void **state)
{
	_cleanup_(buf_release) struct buf b = BUF_INIT;
	char text[257];

	(void)state;
	memset(text, 'a', sizeof(text));
	assert_int_equal(naming_component(bytes_make(text, 255), &b), 0);
	assert_int_equal(b.len, 255);
	assert_int_equal(naming_component(bytes_make(text, 256), &b), 0);
	assert_int_equal(b.len, 213);
	/* printf 'a%.0s' {1..256} | sha256sum */
	assert_string_equal(b.ptr + 200, "~02d7160d77e1");
}

static void naming__the_hash_is_of_the_unescaped_bytes(void **state)
{
	_cleanup_(buf_release) struct buf slash = BUF_INIT, plus = BUF_INIT;
	char text[300];

	(void)state;
	memset(text, '/', sizeof(text));
	assert_int_equal(naming_component(bytes_make(text, 300), &slash), 0);
	memset(text, '+', sizeof(text));
	assert_int_equal(naming_component(bytes_make(text, 300), &plus), 0);
	assert_memory_equal(slash.ptr, plus.ptr, 200);
	assert_string_not_equal(slash.ptr, plus.ptr);
}

/* ---- what a person types ---- */

static const struct naming_image three[] = {
    {1, "sha256:abcd000000000000000000000000000000000000000000000000000000000000",
     "linux/amd64"},
    {2, "sha256:abcd100000000000000000000000000000000000000000000000000000000000",
     "linux/arm64"},
    {3, "sha256:ef01000000000000000000000000000000000000000000000000000000000000", ""}};

static void naming__dockers_spelling(void **state)
{
	struct naming_tag tags[] = {{"ghcr.io/acme/app:1.2", 1, 1}, {"web:prod", 2, 2}};
	_cleanup_(named_release) struct named n;

	(void)state;
	NAME(&n, three, tags);
	assert_int_equal(typed(&n, "ghcr.io/acme/app:1.2"), 1);
	assert_int_equal(typed(&n, "ghcr.io+acme+app:1.2"), 1);
	assert_int_equal(typed(&n, "ghcr.io+acme+app+1.2"), 1);
	assert_int_equal(typed(&n, "ghcr.io/acme/app+1.2"), 1);
	assert_int_equal(typed(&n, "ghcr.io/acme/app:1.2@linux-amd64"), 1);
	assert_int_equal(typed(&n, "docker.io/library/web:prod"), 2);
	assert_int_equal(typed(&n, "web:dev"), 0);
	assert_int_equal(typed(&n, "web"), 0);
	assert_int_equal(typed(&n, ""), 0);
	assert_int_equal(typed(&n, "/"), 0);
}

static void naming__without_a_tag_it_is_latest(void **state)
{
	struct naming_tag tags[] = {{"app:latest", 1, 1}, {"host:5000/app:latest", 2, 2}};
	_cleanup_(named_release) struct named n;

	(void)state;
	NAME(&n, three, tags);
	assert_int_equal(typed(&n, "app"), 1);
	assert_int_equal(typed(&n, "docker.io/library/app"), 1);
	assert_int_equal(typed(&n, "host:5000/app"), 2);
	assert_int_equal(typed(&n, "host/app"), 0);
}

static void naming__digests_and_their_beginnings(void **state)
{
	_cleanup_(named_release) struct named n;

	(void)state;
	name_them(&n, three, 3, NULL, 0);
	assert_int_equal(typed(&n, three[0].config_digest), 1);
	assert_int_equal(typed(&n, three[1].config_digest + 7), 2);
	assert_int_equal(typed(&n, "sha256:abcd1"), 2);
	assert_int_equal(typed(&n, "ef01"), 3);
	assert_int_equal(typed(&n, "ef0"), 0);
	assert_int_equal(typed(&n, "sha256:ef0"), 0);
	assert_int_equal(typed(&n, "sha512:ef01"), 0);
	assert_int_equal(typed(&n, "EF01"), 0);
	assert_int_equal(typed(&n, "ef02"), 0);
	assert_int_equal(typed(&n, "abcd"), -EEXIST);
	assert_int_equal(typed(&n, "sha256:abcd"), -EEXIST);
}

static void naming__ambiguity_lists_the_candidates(void **state)
{
	struct naming_tag tags[] = {{"app:1", 1, 1}};
	_cleanup_(named_release) struct named n;
	struct err err = ERR_INIT;
	int64_t id;

	(void)state;
	NAME(&n, three, tags);
	assert_int_equal(naming_resolve(&n.n, three, 3, BYTES("abcd"), &id, &err), -EEXIST);
	assert_string_equal(
	    err.msg, "'abcd' begins the digests of 2 images (app:1 sha256:abcd10000000)");
}

static void naming__a_long_list_of_candidates_is_cut(void **state)
{
	struct naming_image many[20];
	_cleanup_(named_release) struct named n;
	struct err err = ERR_INIT;
	int64_t id;

	(void)state;
	for (int i = 0; i < 20; i++)
		many[i] = (struct naming_image){i + 1, D1, ""};
	name_them(&n, many, 20, NULL, 0);
	assert_int_equal(naming_resolve(&n.n, many, 20, BYTES("1111"), &id, &err), -EEXIST);
	assert_non_null(strstr(err.msg, "20 images"));
	assert_non_null(strstr(err.msg, "sha256:111111111111~8 ...)"));
	assert_null(strstr(err.msg, "~9"));
}

static void naming__a_name_wins_over_a_digest(void **state)
{
	struct naming_tag tags[] = {{"ef01", 1, 1}, {"abcd:latest", 3, 2}};
	_cleanup_(named_release) struct named n;

	(void)state;
	NAME(&n, three, tags);
	assert_int_equal(typed(&n, "ef01"), 1);
	assert_int_equal(typed(&n, "abcd"), 3);
}

static void naming__odd_text_is_only_unknown(void **state)
{
	struct naming_tag tags[] = {{"app:1", 1, 1}};
	_cleanup_(named_release) struct named n;
	char big[5000];
	int64_t id;

	(void)state;
	NAME(&n, three, tags);
	memset(big, 'x', sizeof(big));
	big[sizeof(big) - 1] = 0;
	assert_int_equal(typed(&n, big), 0);
	assert_int_equal(typed(&n, "../../x"), 0);
	assert_int_equal(typed(&n, "a\nb"), 0);
	assert_int_equal(typed(&n, "."), 0);
	assert_int_equal(typed(&n, ".."), 0);
	assert_int_equal(naming_resolve(&n.n, three, 3, BYTES("app:1\0"), &id, NULL), 0);
	assert_int_equal(naming_resolve(&n.n, three, 3, BYTES_NULL, &id, NULL), 0);
}

static void naming__of_an_image_that_is_not_there(void **state)
{
	_cleanup_(named_release) struct named n;

	(void)state;
	name_them(&n, three, 3, NULL, 0);
	assert_null(naming_of(&n.n, 9));
	assert_string_equal(naming_of(&n.n, 3), "sha256:ef0100000000");
}

static void naming__the_machine_is_a_platform(void **state)
{
	struct utsname u;

	(void)state;
	assert_memory_equal(naming_machine(), "linux/", 6);
	assert_int_equal(uname(&u), 0);
	if (strcmp(u.machine, "x86_64") == 0)
		assert_string_equal(naming_machine(), "linux/amd64");
	if (strcmp(u.machine, "aarch64") == 0)
		assert_string_equal(naming_machine(), "linux/arm64");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(naming__normal_form_is_what_docker_prints),
	    cmocka_unit_test(naming__components_cannot_leave_their_directory),
	    cmocka_unit_test(naming__a_component_replaces_what_was_there),
	    cmocka_unit_test(naming__over_255_bytes_the_hash_of_the_reference),
	    cmocka_unit_test(naming__the_hash_is_of_the_unescaped_bytes),
	    cmocka_unit_test(naming__dockers_spelling),
	    cmocka_unit_test(naming__without_a_tag_it_is_latest),
	    cmocka_unit_test(naming__digests_and_their_beginnings),
	    cmocka_unit_test(naming__ambiguity_lists_the_candidates),
	    cmocka_unit_test(naming__a_long_list_of_candidates_is_cut),
	    cmocka_unit_test(naming__a_name_wins_over_a_digest),
	    cmocka_unit_test(naming__odd_text_is_only_unknown),
	    cmocka_unit_test(naming__of_an_image_that_is_not_there),
	    cmocka_unit_test(naming__the_machine_is_a_platform),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
