/* SPDX-License-Identifier: MIT */
#include "store_fixture.h"

#include <stdio.h>

static void put(struct index_dir *d, const char *reference, int64_t image, int64_t event)
{
	struct name_row row = {reference, image, event};

	assert_ok(names_put(d->db, &row, &d->err), &d->err);
}

static int next_event(struct index_dir *d)
{
	int64_t event;

	assert_ok(names_next_event(d->db, &event, &d->err), &d->err);
	return (int)event;
}

static void names__an_event_is_one_more_than_all_before(void **state)
{
	struct index_dir *d = *state;
	int64_t image = add_image(d, "sha256:01", NULL, 0);
	int first = next_event(d);

	assert_int_equal(next_event(d), first); /* asking does not make one */
	put(d, "a:1", image, first);
	assert_int_equal(next_event(d), first + 1);
	put(d, "b:1", image, first + 7);
	assert_int_equal(next_event(d), first + 8);
}

struct listing {
	char text[256];
};

static int list(void *arg, const struct name_row *row)
{
	struct listing *l = arg;
	size_t n = strlen(l->text);

	snprintf(l->text + n, sizeof(l->text) - n, "%s=%d@%d ", row->reference, (int)row->image,
		 (int)row->event);
	return 0;
}

static void names__by_reference_then_event(void **state)
{
	struct index_dir *d = *state;
	struct listing l = {""};

	add_image(d, "sha256:01", NULL, 0);
	add_image(d, "sha256:02", NULL, 0);
	put(d, "b:1", 1, 1);
	put(d, "a:1", 2, 3);
	put(d, "a:1", 1, 2);
	assert_ok(names_each(d->db, list, &l, &d->err), &d->err);
	assert_string_equal(l.text, "a:1=1@2 a:1=2@3 b:1=1@1 ");
}

static void names__tagging_again_moves_the_event(void **state)
{
	struct index_dir *d = *state;
	struct listing l = {""};

	add_image(d, "sha256:01", NULL, 0);
	put(d, "a:1", 1, 1);
	put(d, "a:1", 1, 9);
	assert_ok(names_each(d->db, list, &l, &d->err), &d->err);
	assert_string_equal(l.text, "a:1=1@9 ");
}

static void names__of_no_image_are_refused(void **state)
{
	struct index_dir *d = *state;
	struct name_row row = {"a:1", 77, 1};

	assert_int_equal(names_put(d->db, &row, &d->err), -EEXIST);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, index_setup, index_teardown)
	    TEST(names__an_event_is_one_more_than_all_before),
	    TEST(names__by_reference_then_event),
	    TEST(names__tagging_again_moves_the_event),
	    TEST(names__of_no_image_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
