/* SPDX-License-Identifier: MIT */
#include "test.h"

#include "fixture.h"

#include "content/identity.h"
#include "content/ledger.h"

#include <stdio.h>
#include <sys/stat.h>

#define ENTRIES 256 /* as the header says */

struct books {
	char path[64];
	int fd;
	struct ledger *l;
};

static int setup(void **state)
{
	struct books *b = calloc(1, sizeof(*b));

	snprintf(b->path, sizeof(b->path), "/tmp/stagefs-ledger-XXXXXX");
	b->fd = mkstemp(b->path);
	*state = b;
	return b->fd < 0 || ledger_new(&b->l) < 0;
}

static int teardown(void **state)
{
	struct books *b = *state;

	ledger_free(b->l);
	close(b->fd);
	unlink(b->path);
	free(b);
	return 0;
}

static enum verdict told(struct books *b, int64_t archive, const struct location_row *l)
{
	struct archive_row now = {0};

	assert_int_equal(identity_take(b->fd, &now), 0);
	return ledger_get(b->l, &now, archive, l);
}

static bool tell(struct books *b, int64_t archive, const struct location_row *l, enum verdict v)
{
	struct archive_row now = {0};

	assert_int_equal(identity_take(b->fd, &now), 0);
	return ledger_set(b->l, &now, archive, l, v);
}

static void ledger__keeps_a_verdict_for_each_location(void **state)
{
	const struct location_row one = {.id = 1}, two = {.id = 2};
	struct books *b = *state;

	assert_int_equal(told(b, 9, &one), VERDICT_NONE);
	assert_true(tell(b, 9, &one, VERDICT_PROVEN));
	assert_false(tell(b, 9, &one, VERDICT_PROVEN));
	assert_true(tell(b, 9, &two, VERDICT_SHAKY));
	assert_int_equal(told(b, 9, &one), VERDICT_PROVEN);
	assert_int_equal(told(b, 9, &two), VERDICT_SHAKY);
	assert_int_equal(told(b, 8, &one), VERDICT_NONE);
	assert_true(tell(b, 9, &one, VERDICT_REFUTED));
	assert_int_equal(told(b, 9, &one), VERDICT_REFUTED);
}

static void ledger__the_archive_as_a_whole(void **state)
{
	const struct location_row one = {.id = 1};
	struct books *b = *state;

	assert_true(tell(b, 9, NULL, VERDICT_CHANGED));
	assert_false(tell(b, 9, NULL, VERDICT_CHANGED));
	assert_int_equal(told(b, 9, NULL), VERDICT_CHANGED);
	assert_int_equal(told(b, 9, &one), VERDICT_NONE);
}

static void ledger__a_change_of_the_file_makes_void(void **state)
{
	const struct location_row one = {.id = 1};
	struct books *b = *state;

	tell(b, 9, &one, VERDICT_PROVEN);
	fixture_chmod(b->path);
	assert_int_equal(told(b, 9, &one), VERDICT_NONE);
	assert_true(tell(b, 9, &one, VERDICT_PROVEN));
	assert_int_equal(ftruncate(b->fd, 3), 0);
	assert_int_equal(told(b, 9, &one), VERDICT_NONE);
}

static void ledger__the_oldest_is_forgotten(void **state)
{
	struct books *b = *state;

	for (int64_t i = 0; i <= ENTRIES; i++) {
		const struct location_row x = {.id = i};

		assert_true(tell(b, 9, &x, VERDICT_PROVEN));
	}
	for (int64_t i = 0; i <= ENTRIES; i++) {
		const struct location_row x = {.id = i};

		assert_int_equal(told(b, 9, &x), i ? VERDICT_PROVEN : VERDICT_NONE);
	}
}

/* The verdict is about the bytes that were read, not about those that are there by now. */
static void ledger__a_change_while_reading_gives_no_verdict(void **state)
{
	const struct location_row one = {.id = 1};
	struct archive_row before = {0};
	struct books *b = *state;

	assert_int_equal(identity_take(b->fd, &before), 0);
	fixture_chmod(b->path);
	assert_true(ledger_set(b->l, &before, 9, &one, VERDICT_PROVEN));
	assert_int_equal(told(b, 9, &one), VERDICT_NONE);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    T(ledger__keeps_a_verdict_for_each_location),
	    T(ledger__the_archive_as_a_whole),
	    T(ledger__a_change_of_the_file_makes_void),
	    T(ledger__the_oldest_is_forgotten),
	    T(ledger__a_change_while_reading_gives_no_verdict),
	};

	return cmocka_run_group_tests_name("content/ledger", tests, NULL, NULL);
}
