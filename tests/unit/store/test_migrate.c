/* SPDX-License-Identifier: MIT */
#include "store_fixture.h"

#include <stdio.h>

static void migrate__every_column_is_commented(void **state)
{
	/* SQLite keeps the text of a statement with its comments: users read it with .schema.
	 */
	static const char sql[] =
	    "WITH RECURSIVE lines(name, line, rest) AS ("
	    " SELECT name, '', sql || char(10) FROM sqlite_schema WHERE type = 'table'"
	    "  AND name NOT LIKE 'sqlite%'"
	    " UNION ALL SELECT name, substr(rest, 1, instr(rest, char(10)) - 1),"
	    "  substr(rest, instr(rest, char(10)) + 1) FROM lines WHERE rest <> '')"
	    " SELECT count(*) FROM lines WHERE line LIKE '%--%'";

	assert_true(raw_int(*state, sql) > 60);
	assert_int_equal(raw_int(*state,
				 "SELECT count(*) FROM sqlite_schema WHERE type = 'table'"
				 " AND name NOT LIKE 'sqlite%' AND sql NOT LIKE '%--%'"),
			 0);
}

static void migrate__views_have_their_names(void **state)
{
	assert_string_equal(raw_text(*state,
				     "SELECT group_concat(name, ' ') FROM (SELECT name FROM"
				     " sqlite_schema WHERE type = 'view' AND name IN"
				     " ('images', 'layers', 'files') ORDER BY name)"),
			    "files images layers");
	raw_int(*state, "SELECT image, config_digest, platform, created, format, names, layers,"
			" content_bytes FROM images");
	raw_int(*state, "SELECT layer, diff_id, tar_bytes, content_bytes, entries, images FROM"
			" layers");
	raw_int(*state, "SELECT entry, layer, parent, name, inode, size, xxh128, sha256 FROM"
			" files");
}

static void migrate__meta_has_one_row(void **state)
{
	struct index_dir *d = *state;

	assert_int_equal(raw_int(d, "SELECT count(*) FROM meta"), 1);
	assert_true(strncmp(raw_text(d, "SELECT created_by FROM meta"), "stagefs ", 8) == 0);
	index_reopen(d, DB_WRITE);
	assert_int_equal(raw_int(d, "SELECT count(*) FROM meta"), 1);
}

static void migrate__an_empty_file_becomes_an_index(void **state)
{
	struct index_dir *d = *state;
	FILE *f;

	snprintf(d->path, sizeof(d->path), "%s/empty.db", d->dir);
	f = fopen(d->path, "w");
	fclose(f);
	index_reopen(d, DB_WRITE);
	assert_true(raw_int(d, "PRAGMA user_version") >= 1);
	assert_int_equal(add_layer(d, "sha256:aa"), 1);
}

static void migrate__an_index_without_meta_is_damaged(void **state)
{
	struct index_dir *d = *state;
	int64_t generation;

	raw_exec(d, "DELETE FROM meta");
	assert_int_equal(db_generation(d->db, &generation, &d->err), -EBADMSG);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, index_setup, index_teardown)
	    TEST(migrate__every_column_is_commented),
	    TEST(migrate__views_have_their_names),
	    TEST(migrate__meta_has_one_row),
	    TEST(migrate__an_empty_file_becomes_an_index),
	    TEST(migrate__an_index_without_meta_is_damaged),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
