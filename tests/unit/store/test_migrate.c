/* SPDX-License-Identifier: MIT */
#include "store_fixture.h"

#include "store/migrate.h"

#include <stdio.h>

/* Is there a line that begins with the column's name and has a comment? */
static bool commented(const char *sql, const char *column)
{
	size_t n = strlen(column);

	for (const char *line = strchr(sql, '\n'); line; line = strchr(line, '\n')) {
		const char *comment;

		line += strspn(line, "\n \"");
		comment = strstr(line, "--");
		if (strncmp(line, column, n) == 0 && (line[n] == ' ' || line[n] == '"') &&
		    comment && !memchr(line, '\n', (size_t)(comment - line)))
			return true;
	}
	return false;
}

/* SQLite keeps the text of a statement with its comments: users read it with .schema. Row ids
 * and references say themselves what they are. */
static void migrate__every_column_is_commented(void **state)
{
	static const char query[] =
	    "SELECT t.name, c.name, t.sql FROM sqlite_schema t, pragma_table_info(t.name) c"
	    " WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite%'"
	    " AND NOT (c.pk = 1 AND c.name = 'id') AND NOT EXISTS"
	    " (SELECT 1 FROM pragma_foreign_key_list(t.name) f WHERE f.\"from\" = c.name)";
	struct index_dir *d = *state;
	sqlite3 *sql = raw_open(d);
	sqlite3_stmt *s;
	int n = 0;

	assert_int_equal(sqlite3_prepare_v2(sql, query, -1, &s, NULL), SQLITE_OK);
	for (; sqlite3_step(s) == SQLITE_ROW; n++)
		if (!commented((const char *)sqlite3_column_text(s, 2),
			       (const char *)sqlite3_column_text(s, 1)))
			fail_msg("%s.%s has no comment", sqlite3_column_text(s, 0),
				 sqlite3_column_text(s, 1));
	assert_true(n > 80);
	sqlite3_finalize(s);
	sqlite3_close(sql);
}

/* What users' queries name. Views may be added; these may get columns at their ends. */
static void migrate__views_have_their_names(void **state)
{
	static const struct {
		const char *name, *columns;
	} views[] = {
	    {"files", "entry,layer,parent,name,inode,size,xxh128,sha256"},
	    {"images",
	     "image,config_digest,platform,created,format,names,layers,content_bytes"},
	    {"layers", "layer,diff_id,tar_bytes,content_bytes,entries,images"},
	    {"stages", "stage,build,final_image,build_name,ordinal,name,base_kind,base_ref,"
		       "has_layers,layers"},
	};
	char sql[128];

	for (size_t i = 0; i < ARRAY_SIZE(views); i++) {
		snprintf(sql, sizeof(sql),
			 "SELECT group_concat(name) FROM pragma_table_info('%s')",
			 views[i].name);
		assert_string_equal(raw_text(*state, sql), views[i].columns);
	}
}

static void migrate__views_say_what_the_tables_say(void **state)
{
	struct index_dir *d = *state;

	struct entry_row file = file_row(1, 1, "f", 4, 1), dir = file_row(1, 2, "d", 0, 0);
	int64_t layers[2];

	dir.mode = 0040755;
	layers[0] = layers[1] = add_layer(d, "sha256:aa");
	put_entry(d, &file);
	put_entry(d, &dir);
	add_image(d, "sha256:01", layers, 2);
	raw_exec(d, "INSERT INTO layer VALUES (9, 'sha256:bb', 0, 'r', 0, 0, 0, 0, 0);"
		    "UPDATE layer SET content_bytes = 5");
	raw_exec(d,
		 "INSERT INTO name VALUES ('b:1', 1, 1), ('a:1', 1, 2);"
		 "INSERT INTO build VALUES (3, 'k', 1, '', NULL, NULL, NULL);"
		 "INSERT INTO stage VALUES (4, 3, 0, 'base', 'tag', 'image', NULL, 'r:1', NULL,"
		 " 'tag', NULL, 'chain', NULL, 0, 1);"
		 "INSERT INTO stage_layer VALUES (4, 1, 1, 'sha256:aa')");
	assert_string_equal(raw_text(d, "SELECT layer || diff_id || images FROM layers"),
			    "1sha256:aa1");
	assert_int_equal(raw_int(d, "SELECT count(*) FROM layers"), 1);
	assert_string_equal(raw_text(d, "SELECT names || ' ' || layers || ' ' || content_bytes"
					" FROM images"),
			    "a:1 b:1 2 5.0");
	assert_string_equal(
	    raw_text(d, "SELECT group_concat(name || size || xxh128) FROM files"),
	    "f401010101010101010101010101010101");
	assert_string_equal(raw_text(d, "SELECT stage || build || final_image || build_name ||"
					" ordinal || name || has_layers || layers FROM stages"),
			    "431a:10base11");
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

/* ---- older files ---- */

/* A made-up index of an older version at d->path; d->db is closed. */
static void make_old(struct index_dir *d, int version)
{
	char path[512];

	db_free(d->db);
	d->db = NULL;
	snprintf(path, sizeof(path), OLD_INDEX, version);
	snprintf(d->path, sizeof(d->path), "%s/old-%d.db", d->dir, version);
	run_file(d, path);
	assert_int_equal(raw_int(d, "PRAGMA user_version"), version);
	raw_exec(d, "PRAGMA journal_mode = DELETE");
}

/* All that SQLite understood of a schema: not its text, of which comments may differ. */
static const char structure[] =
    "SELECT group_concat(x, char(10)) FROM (SELECT x FROM ("
    " SELECT t.name || '.' || c.cid || ' ' || c.name || ' ' || c.type || c.\"notnull\" ||"
    "  coalesce(c.dflt_value, '-') || c.pk || t.wr || t.strict AS x"
    "  FROM pragma_table_list t, pragma_table_info(t.name) c WHERE t.schema = 'main'"
    " UNION ALL SELECT t.name || ': ' || i.name || i.\"unique\" || i.partial || ' ' ||"
    "  (SELECT group_concat(coalesce(name, cid)) FROM pragma_index_info(i.name))"
    "  FROM pragma_table_list t, pragma_index_list(t.name) i WHERE t.schema = 'main'"
    " UNION ALL SELECT t.name || ' -> ' || f.\"table\" || f.\"from\" || f.\"to\" || f.on_delete"
    "  FROM pragma_table_list t, pragma_foreign_key_list(t.name) f WHERE t.schema = 'main')"
    " ORDER BY x)";

static void migrate__every_older_version_becomes_this_one(void **state)
{
	struct index_dir *d = *state;
	char *fresh = strdup(raw_text(d, structure));

	assert_true(strlen(fresh) > 4000);
	for (int version = 1; version < SCHEMA_VERSION; version++) {
		make_old(d, version);
		assert_string_not_equal(raw_text(d, structure), fresh);
		assert_ok(db_open(d->path, DB_WRITE, &d->db, &d->err), &d->err);
		assert_int_equal(raw_int(d, "PRAGMA user_version"), SCHEMA_VERSION);
		assert_string_equal(raw_text(d, structure), fresh);
		assert_string_equal(raw_text(d, "PRAGMA integrity_check"), "ok");
		index_reopen(d, DB_READ);
	}
	free(fresh);
}

static int one_name(void *arg, const struct name_row *row)
{
	assert_string_equal(row->reference, "app:1");
	assert_int_equal(row->image, 2);
	assert_int_equal(row->event, 8);
	(*(int *)arg)++;
	return 0;
}

static void migrate__what_an_older_file_knew_is_still_known(void **state)
{
	struct index_dir *d = *state;
	struct layer_row layer;
	struct entry_row entry;
	struct image_row image;
	int64_t generation;
	int names = 0;

	make_old(d, 1);
	assert_ok(db_open(d->path, DB_WRITE, &d->db, &d->err), &d->err);
	assert_ok(db_generation(d->db, &generation, &d->err), &d->err);
	assert_int_equal(generation, 41);
	assert_int_equal(layers_find(d->db, "sha256:aa", &layer, &d->err), 1);
	assert_int_equal(layer.id, 7);
	assert_int_equal(entries_find(d->db, ENTRY_ID(7, 1), &entry, &d->err), 1);
	assert_bytes_equal_str(entry.name, "a\n\xff");
	assert_int_equal(entry.mtime, -3);
	assert_int_equal(images_get(d->db, 2, &image, &d->err), 1);
	assert_ok(names_each(d->db, one_name, &names, &d->err), &d->err);
	assert_int_equal(names, 1);
	/* The staged layer had the highest id, and ids are never used again. */
	assert_int_equal(add_layer(d, "sha256:ee"), 10);
}

static void refused_untouched(struct index_dir *d, enum db_mode mode, const char *why)
{
	size_t before_len, after_len;
	char *before = file_bytes(d->path, &before_len), *after;
	int r = db_open(d->path, mode, &d->db, &d->err);

	assert_true(r < 0);
	assert_null(d->db);
	if (!strstr(d->err.msg, why))
		fail_msg("\"%s\" does not say \"%s\"", d->err.msg, why);
	after = file_bytes(d->path, &after_len);
	assert_int_equal(before_len, after_len);
	assert_memory_equal(before, after, before_len);
	free(before);
	free(after);
}

static void migrate__a_reader_does_not_upgrade(void **state)
{
	make_old(*state, 1);
	refused_untouched(*state, DB_READ, "made by an older stagefs");
}

/* A view of somebody's own in the way of a new one, and a trigger, which an index never has. */
static void migrate__an_upgrade_that_fails_leaves_the_file_as_it_was(void **state)
{
	struct index_dir *d = *state;

	make_old(d, 1);
	raw_exec(d, "CREATE VIEW document AS SELECT 1 AS one");
	refused_untouched(d, DB_WRITE, "document");
	raw_exec(d, "DROP VIEW document;"
		    "CREATE TRIGGER t AFTER INSERT ON name BEGIN DELETE FROM image; END");
	refused_untouched(d, DB_WRITE, "'t' differs");
	raw_exec(d, "DROP TRIGGER t; ALTER TABLE name ADD COLUMN extra");
	refused_untouched(d, DB_WRITE, "'name' differs");
	raw_exec(d, "ALTER TABLE name DROP COLUMN extra");
	assert_ok(db_open(d->path, DB_WRITE, &d->db, &d->err), &d->err);
}

/* ---- the text of the schema ---- */

static void change_text(struct index_dir *d, const char *from, const char *to)
{
	char sql[512];

	snprintf(
	    sql, sizeof(sql),
	    "PRAGMA writable_schema = ON; UPDATE sqlite_schema SET sql = replace(sql, '%s',"
	    " '%s')",
	    from, to);
	db_free(d->db);
	d->db = NULL;
	raw_exec(d, sql);
}

static void migrate__comments_are_not_compared(void **state)
{
	struct index_dir *d = *state;

	change_text(d, "-- more words", "-- it''s \"more  of them");
	assert_true(
	    raw_int(d, "SELECT count(*) FROM sqlite_schema WHERE sql LIKE '%more  of%'"));
	assert_ok(db_open(d->path, DB_WRITE, &d->db, &d->err), &d->err);
}

static void migrate__all_else_is(void **state)
{
	static const char *const changes[][2] = {
	    {"(id = 1)", "(id = 1 OR 1)"},
	    {"-- more words", "[--] TEXT,"},
	    {"-- more words", "/* -- more words */"},
	    {"detail TEXT,", "detail TEXT DEFAULT (hex(zeroblob(9))),"},
	    {"(reference, '' '')", "(reference, ''  '')"},
	    {"(xxh128) WHERE", "(mode) WHERE"},
	};
	struct index_dir *d = *state;

	for (size_t i = 0; i < ARRAY_SIZE(changes); i++) {
		change_text(d, changes[i][0], changes[i][1]);
		if (db_open(d->path, DB_WRITE, &d->db, &d->err) != -EBADMSG)
			fail_msg("%s is let pass", changes[i][1]);
		change_text(d, changes[i][1], changes[i][0]);
	}
	assert_ok(db_open(d->path, DB_WRITE, &d->db, &d->err), &d->err);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, index_setup, index_teardown)
	    TEST(migrate__every_column_is_commented),
	    TEST(migrate__views_have_their_names),
	    TEST(migrate__views_say_what_the_tables_say),
	    TEST(migrate__meta_has_one_row),
	    TEST(migrate__an_empty_file_becomes_an_index),
	    TEST(migrate__an_index_without_meta_is_damaged),
	    TEST(migrate__every_older_version_becomes_this_one),
	    TEST(migrate__what_an_older_file_knew_is_still_known),
	    TEST(migrate__a_reader_does_not_upgrade),
	    TEST(migrate__an_upgrade_that_fails_leaves_the_file_as_it_was),
	    TEST(migrate__comments_are_not_compared),
	    TEST(migrate__all_else_is),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
