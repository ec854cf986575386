/* SPDX-License-Identifier: MIT */
#include "store_fixture.h"

#include "store/store_internal.h"

/* A text that does not parse or names no column would only show when it is first used. */
static void stmt__all_texts_are_good_sql(void **state)
{
	struct index_dir *d = *state;

	for (int i = 0; i < STMT_COUNT; i++) {
		sqlite3_stmt *s = NULL;

		assert_ok(stmt_get(d->db, (enum stmt)i, &s, &d->err), &d->err);
		stmt_done(&s);
	}
}

static void stmt__one_in_use_is_not_given_twice(void **state)
{
	struct index_dir *d = *state;
	sqlite3_stmt *s = NULL, *again = NULL;

	assert_ok(stmt_get(d->db, STMT_GENERATION, &s, &d->err), &d->err);
	assert_int_equal(stmt_row(d->db, s, &d->err), 1);
	assert_int_equal(stmt_get(d->db, STMT_GENERATION, &again, &d->err), -EDEADLK);
	stmt_done(&s);
	assert_ok(stmt_get(d->db, STMT_GENERATION, &again, &d->err), &d->err);
	assert_ptr_equal(s, again);
}

static void stmt__done_forgets_what_was_bound(void **state)
{
	struct index_dir *d = *state;
	sqlite3_stmt *s = NULL;

	assert_ok(stmt_get(d->db, STMT_LAYER_FIND, &s, &d->err), &d->err);
	bind_text(s, 1, "sha256:aa");
	stmt_done(&s);
	add_layer(d, "sha256:aa");
	assert_ok(stmt_get(d->db, STMT_LAYER_FIND, &s, &d->err), &d->err);
	assert_int_equal(stmt_row(d->db, s, &d->err), 0);
	stmt_done(&s);
}

/* SQLite binds NULL for what is longer than its limit: that must not pass for a NULL. */
static void stmt__a_value_over_the_limit_fails(void **state)
{
	struct index_dir *d = *state;
	int64_t layer = add_layer(d, "sha256:aa");
	struct entry_row row = file_row(layer, 1, "a", 0, 0);
	size_t size = (size_t)65 << 20;
	char *big = calloc(size, 1);

	row.sparse = bytes_make(big, size);
	assert_int_equal(entries_insert(d->db, &row, &d->err), -EFBIG);
	assert_int_equal(raw_int(d, "SELECT count(*) FROM entry"), 0);
	free(big);
}

static void stmt__errors_name_the_file(void **state)
{
	struct index_dir *d = *state;

	assert_int_equal(db_exec(d->db, "SELECT nonsense FROM nowhere", &d->err), -EIO);
	assert_non_null(strstr(d->err.msg, d->path));
	assert_non_null(strstr(d->err.msg, "nowhere"));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, index_setup, index_teardown)
	    TEST(stmt__all_texts_are_good_sql),      TEST(stmt__one_in_use_is_not_given_twice),
	    TEST(stmt__done_forgets_what_was_bound), TEST(stmt__a_value_over_the_limit_fails),
	    TEST(stmt__errors_name_the_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
