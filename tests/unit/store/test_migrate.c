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

/* Version 1 is what schema.sql says up to its section of version 2. */
static void make_version_1(struct index_dir *d)
{
	size_t len;
	char *schema = file_bytes(TEST_SCHEMA, &len), *end;

	schema[len] = 0;
	end = strstr(schema, "-- Since version 2");
	assert_non_null(end);
	*end = 0;
	snprintf(d->path, sizeof(d->path), "%s/old.db", d->dir);
	raw_exec(d, schema);
	free(schema);
	raw_exec(
	    d, "INSERT INTO meta VALUES (1, 41, 'stagefs 0.1');"
	       "INSERT INTO layer VALUES (5, 'sha256:aa', 1, NULL, 1024, 3, 1, 0, 9);"
	       "INSERT INTO image VALUES (3, 'sha256:cc', 'linux/amd64', NULL, x'7b7d', NULL,"
	       " NULL, 'oci', 9);"
	       "INSERT INTO image_layer VALUES (3, 1, 5, 'sha256:aa', NULL, NULL, NULL, NULL);"
	       "INSERT INTO name VALUES ('app:1', 3, 2);"
	       "PRAGMA application_id = 1937008486; PRAGMA user_version = 1");
}

static char *whole_schema(const struct index_dir *d)
{
	return strdup(raw_text(d,
			       "SELECT group_concat(line, char(10)) FROM (SELECT type || ' ' ||"
			       " name || ' ' || tbl_name || ' ' || coalesce(sql, '') AS line"
			       " FROM sqlite_schema ORDER BY type, name)"));
}

static void migrate__version_1_becomes_word_for_word_a_fresh_file(void **state)
{
	struct index_dir *d = *state;
	char *fresh = whole_schema(d), *upgraded;
	int64_t generation;

	assert_non_null(strstr(fresh, "CREATE TABLE stage_layer"));
	make_version_1(d);
	assert_string_equal(raw_text(d, "SELECT name FROM sqlite_schema WHERE name = 'build'"),
			    "");
	index_reopen(d, DB_WRITE);
	upgraded = whole_schema(d);
	assert_string_equal(upgraded, fresh);
	assert_int_equal(raw_int(d, "PRAGMA user_version"), 2);
	assert_int_equal(raw_int(d, "PRAGMA application_id"), DB_APPLICATION_ID);
	assert_ok(db_check(d->db, &d->err), &d->err);
	assert_ok(db_generation(d->db, &generation, &d->err), &d->err);
	assert_int_equal(generation, 41);
	free(fresh);
	free(upgraded);
}

static void migrate__rows_of_version_1_stay(void **state)
{
	struct index_dir *d = *state;

	make_version_1(d);
	index_reopen(d, DB_WRITE);
	assert_string_equal(raw_text(d, "SELECT created_by || generation FROM meta"),
			    "stagefs 0.141");
	assert_string_equal(raw_text(d, "SELECT image || names || layers FROM images"),
			    "3app:11");
	assert_string_equal(raw_text(d, "SELECT layer || diff_id || tar_bytes FROM layers"),
			    "5sha256:aa1024");
	assert_int_equal(raw_int(d, "SELECT count(*) FROM stages"), 0);
	/* Ids go on where the old file had them. */
	assert_int_equal(add_layer(d, "sha256:bb"), 6);
	index_reopen(d, DB_WRITE);
	assert_int_equal(raw_int(d, "SELECT count(*) FROM layers"), 2);
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
	    TEST(migrate__version_1_becomes_word_for_word_a_fresh_file),
	    TEST(migrate__rows_of_version_1_stay),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
