/* SPDX-License-Identifier: MIT */
#include "store_fixture.h"

#include "store/builds.h"
#include "store/documents.h"

#include <stdio.h>

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static void db__makes_its_directory_and_stamps_the_file(void **state)
{
	struct index_dir *d = *state;
	char path[160];
	struct db *db = NULL;
	struct stat st;

	snprintf(path, sizeof(path), "%s/a/b/index.db", d->dir);
	assert_ok(db_open(path, DB_WRITE, &db, &d->err), &d->err);
	db_free(db);
	assert_int_equal(stat(path, &st), 0);
	snprintf(path, sizeof(path), "%s/a", d->dir);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0700);
	assert_int_equal(raw_int(d, "PRAGMA application_id"), 0x73746766);
	assert_string_equal(raw_text(d, "PRAGMA journal_mode"), "wal");
}

static void db__does_not_make_a_file_to_read_it(void **state)
{
	struct index_dir *d = *state;
	char path[160];
	struct db *db = NULL;

	snprintf(path, sizeof(path), "%s/none.db", d->dir);
	assert_int_equal(db_open(path, DB_READ, &db, &d->err), -ENOENT);
	assert_null(db);
	assert_non_null(strstr(d->err.msg, path));
	assert_int_equal(access(path, F_OK), -1);
}

/* How many names the index's directory has. */
static int names_beside(const struct index_dir *d)
{
	DIR *dir = opendir(d->dir);
	int n = 0;

	assert_non_null(dir);
	while (readdir(dir))
		n++;
	closedir(dir);
	return n;
}

/* A file that is not ours is refused by name and stays as it is, to the byte; no journal or
 * such is left beside it. */
static void refuse(struct index_dir *d, const char *name, const char *what)
{
	char path[160];
	size_t before_len, after_len;
	char *before, *after;
	int names = names_beside(d);

	snprintf(path, sizeof(path), "%s/%s", d->dir, name);
	before = file_bytes(path, &before_len);
	for (int mode = DB_READ; mode <= DB_WRITE; mode++) {
		struct db *db = NULL;
		struct err err = ERR_INIT;

		assert_true(db_open(path, (enum db_mode)mode, &db, &err) < 0);
		assert_null(db);
		assert_non_null(strstr(err.msg, path));
		if (!strstr(err.msg, what))
			fail_msg("\"%s\" does not say \"%s\"", err.msg, what);
	}
	after = file_bytes(path, &after_len);
	assert_int_equal(before_len, after_len);
	assert_memory_equal(before, after, before_len);
	assert_int_equal(names_beside(d), names);
	free(before);
	free(after);
}

static void write_file(struct index_dir *d, const char *name, const char *text)
{
	char path[160];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", d->dir, name);
	f = fopen(path, "w");
	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

static void make_sqlite(struct index_dir *d, const char *name, const char *statements)
{
	struct index_dir other = *d;

	snprintf(other.path, sizeof(other.path), "%s/%s", d->dir, name);
	raw_exec(&other, statements);
}

static void db__refuses_a_file_that_is_no_database(void **state)
{
	write_file(*state, "text",
		   "this is a text of more than a hundred bytes, so that SQLite "
		   "looks at it as a header and finds that it is none at all\n");
	refuse(*state, "text", "not an index of stagefs");
}

static void db__refuses_the_database_of_another_program(void **state)
{
	make_sqlite(*state, "other.db",
		    "CREATE TABLE bookmarks (url TEXT); "
		    "INSERT INTO bookmarks VALUES ('x')");
	refuse(*state, "other.db", "not an index of stagefs");
	make_sqlite(*state, "stamped.db",
		    "PRAGMA application_id = 0x0f055112; PRAGMA user_version = 2;"
		    "CREATE TABLE layer (id)");
	refuse(*state, "stamped.db", "not an index of stagefs");
	make_sqlite(*state, "empty-of-another.db",
		    "PRAGMA application_id = 0x0f055112; PRAGMA user_version = 2");
	refuse(*state, "empty-of-another.db", "not an index of stagefs");
	make_sqlite(*state, "wal.db",
		    "PRAGMA journal_mode = WAL; PRAGMA user_version = 1;"
		    "CREATE TABLE layer (id)");
	refuse(*state, "wal.db", "not an index of stagefs");
}

static void db__an_empty_file_is_not_made_an_index_by_reading_it(void **state)
{
	struct index_dir *d = *state;
	char path[160];
	struct db *db = NULL;
	struct stat st;

	write_file(d, "empty.db", "");
	snprintf(path, sizeof(path), "%s/empty.db", d->dir);
	assert_int_equal(db_open(path, DB_READ, &db, &d->err), -ENOENT);
	assert_non_null(strstr(d->err.msg, "an empty index"));
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_size, 0);
}

/* Eight processes make one index at once: each finds it whole, only one made it. */
static void db__many_may_make_it_at_once(void **state)
{
	struct index_dir *d = *state;
	pid_t children[8];

	snprintf(d->path, sizeof(d->path), "%s/once.db", d->dir);
	for (size_t i = 0; i < ARRAY_SIZE(children); i++) {
		children[i] = fork();
		if (children[i] == 0) {
			struct db *db = NULL;
			struct err err = ERR_INIT;
			int r = db_open(d->path, DB_WRITE, &db, &err);

			if (r == 0)
				r = db_begin(db, &err);
			if (r == 0)
				r = db_bump_generation(db, &err);
			if (r == 0)
				r = db_commit(db, &err);
			if (r < 0)
				fprintf(stderr, "%s\n", err.msg);
			_exit(r < 0);
		}
		assert_true(children[i] > 0);
	}
	for (size_t i = 0; i < ARRAY_SIZE(children); i++) {
		int status;

		assert_int_equal(waitpid(children[i], &status, 0), children[i]);
		assert_int_equal(status, 0);
	}
	assert_string_equal(raw_text(d, "SELECT count(*) || ' ' || generation FROM meta"),
			    "1 8");
}

/* Each answer is given and done: a reader that kept a row open would stand in its snapshot for
 * ever, see nothing new, and keep the WAL growing. */
#define STOP(type)                                                                             \
	static int stop_##type(void *arg, const struct type *row)                              \
	{                                                                                      \
		(void)arg;                                                                     \
		assert_non_null(row);                                                          \
		return 42;                                                                     \
	}
STOP(layer_row)
STOP(entry_row)
STOP(image_row)
STOP(image_layer_row)
STOP(name_row)
STOP(archive_row)
STOP(location_row)
STOP(document_row)

static void db__no_answer_keeps_a_snapshot(void **state)
{
	struct index_dir *d = *state;
	struct archive_row archive = {.path = (char[]){"/a"}, .input = (char[]){"/a"}};
	struct location_row location = {.codec = CODEC_NONE};
	struct document_row document = {.body = BYTES("{}"), .kind = DOCUMENT_CACHE};
	struct name_row name = {"a:1", 1, 1};
	struct entry_row entry, file;
	struct layer_row layer;
	struct image_row image;
	struct build_set builds;
	struct seekpoints points = {0};
	uint64_t copies;
	uint32_t highest;
	int64_t id, n;

	location.layer = add_layer(d, "sha256:aa");
	add_image(d, "sha256:01", &location.layer, 1);
	file = file_row(location.layer, 1, "f", 4, 1);
	put_entry(d, &file);
	assert_ok(names_put(d->db, &name, &d->err), &d->err);
	assert_ok(archives_put(d->db, &archive, &location.archive, NULL, &d->err), &d->err);
	assert_ok(locations_put(d->db, &location, &id, &d->err), &d->err);
	assert_ok(document_add(d->db, &document, &n, &d->err), &d->err);
	index_reopen(d, DB_READ);
#define EACH(fn) (int (*)(void *, const fn *))(void *) stop_at
#define FREE_AFTER(call, expected)                                                             \
	do {                                                                                   \
		assert_int_equal(call, expected);                                              \
		if (!holds_no_snapshot(d))                                                     \
			fail_msg("%s keeps a snapshot", #call);                                \
	} while (0)
	FREE_AFTER(db_generation(d->db, &n, &d->err), 0);
	FREE_AFTER(db_data_version(d->db, &n, &d->err), 0);
	FREE_AFTER(db_check(d->db, &d->err), 0);
	FREE_AFTER(layers_find(d->db, "sha256:aa", &layer, &d->err), 1);
	FREE_AFTER(layers_get(d->db, 1, &layer, &d->err), 1);
	FREE_AFTER(layers_each(d->db, stop_layer_row, NULL, &d->err), 42);
	FREE_AFTER(entries_find(d->db, file.id, &entry, &d->err), 1);
	FREE_AFTER(entries_each(d->db, 1, stop_entry_row, NULL, &d->err), 42);
	FREE_AFTER(entries_count_copies(d->db, &file, &copies, &d->err), 0);
	FREE_AFTER(images_get(d->db, 1, &image, &d->err), 1);
	FREE_AFTER(images_each(d->db, stop_image_row, NULL, &d->err), 42);
	FREE_AFTER(image_layers_each(d->db, 1, stop_image_layer_row, NULL, &d->err), 42);
	FREE_AFTER(image_layers_usage(d->db, 1, &copies, &highest, &d->err), 0);
	FREE_AFTER(names_each(d->db, stop_name_row, NULL, &d->err), 42);
	FREE_AFTER(names_next_event(d->db, &n, &d->err), 0);
	FREE_AFTER(archives_get(d->db, 1, &archive, &d->err), 1);
	archive_row_release(&archive);
	FREE_AFTER(archives_each(d->db, stop_archive_row, NULL, &d->err), 42);
	FREE_AFTER(locations_each(d->db, 1, stop_location_row, NULL, &d->err), 42);
	FREE_AFTER(seekpoints_load(d->db, id, &points, &d->err), 0);
	FREE_AFTER(documents_get(d->db, stop_document_row, NULL, &d->err), 42);
	FREE_AFTER(builds_load(d->db, &builds, &d->err), 0);
	seekpoints_release(&points);
	build_set_release(&builds);
}

static void db__refuses_a_newer_schema_by_name(void **state)
{
	struct index_dir *d = *state;

	db_free(d->db);
	d->db = NULL;
	raw_exec(d, "PRAGMA user_version = 99; PRAGMA journal_mode = DELETE");
	refuse(d, "index.db", "written by a newer stagefs (schema 99");
}

static void db__refuses_a_schema_that_somebody_changed(void **state)
{
	struct index_dir *d = *state;

	db_free(d->db);
	d->db = NULL;
	raw_exec(d, "CREATE TRIGGER t AFTER INSERT ON name BEGIN DELETE FROM image; END");
	assert_int_equal(db_open(d->path, DB_WRITE, &d->db, &d->err), -EBADMSG);
	raw_exec(d, "DROP TRIGGER t; CREATE VIEW mine AS SELECT 1 AS one");
	assert_ok(db_open(d->path, DB_WRITE, &d->db, &d->err), &d->err);
}

static void db__a_directory_is_no_index(void **state)
{
	struct index_dir *d = *state;
	struct db *db = NULL;

	assert_true(db_open(d->dir, DB_WRITE, &db, &d->err) < 0);
	assert_null(db);
	assert_non_null(strstr(d->err.msg, d->dir));
}

static void db__a_rollback_leaves_it_as_it_was(void **state)
{
	struct index_dir *d = *state;
	int64_t before, id;

	assert_ok(db_generation(d->db, &before, &d->err), &d->err);
	assert_ok(db_begin(d->db, &d->err), &d->err);
	assert_ok(layers_stage(d->db, "sha256:aa", "r", &id, &d->err), &d->err);
	assert_ok(db_bump_generation(d->db, &d->err), &d->err);
	db_rollback(d->db);
	assert_int_equal(raw_int(d, "SELECT count(*) FROM layer"), 0);
	assert_int_equal(raw_int(d, "SELECT generation FROM meta"), before);
	db_rollback(d->db); /* without a transaction: nothing */
}

static void db__generation_rises_and_others_notice(void **state)
{
	struct index_dir *d = *state;
	struct db *reader = NULL;
	int64_t seen, now, generation;

	assert_ok(db_open(d->path, DB_READ, &reader, &d->err), &d->err);
	assert_ok(db_data_version(reader, &seen, &d->err), &d->err);
	assert_ok(db_data_version(reader, &now, &d->err), &d->err);
	assert_int_equal(seen, now);
	assert_ok(db_begin(d->db, &d->err), &d->err);
	assert_ok(db_bump_generation(d->db, &d->err), &d->err);
	assert_ok(db_commit(d->db, &d->err), &d->err);
	assert_ok(db_data_version(reader, &now, &d->err), &d->err);
	assert_int_not_equal(seen, now);
	assert_ok(db_generation(reader, &generation, &d->err), &d->err);
	assert_int_equal(generation, raw_int(d, "SELECT generation FROM meta"));
	db_free(reader);
}

/* A reader goes on while a writer is in the middle of something, and sees none of it. */
static void db__readers_do_not_wait_for_a_writer(void **state)
{
	struct index_dir *d = *state;
	struct db *reader = NULL;
	struct layer_row row;
	int64_t id;

	assert_ok(db_open(d->path, DB_READ, &reader, &d->err), &d->err);
	assert_ok(db_begin(d->db, &d->err), &d->err);
	assert_ok(layers_stage(d->db, "sha256:aa", "r", &id, &d->err), &d->err);
	assert_int_equal(layers_find(reader, "sha256:aa", &row, &d->err), 0);
	assert_ok(db_commit(d->db, &d->err), &d->err);
	assert_int_equal(layers_find(reader, "sha256:aa", &row, &d->err), 1);
	db_free(reader);
}

static void db__a_reader_cannot_write(void **state)
{
	struct index_dir *d = *state;
	int64_t id;

	index_reopen(d, DB_READ);
	assert_int_equal(layers_stage(d->db, "sha256:aa", "r", &id, &d->err), -EROFS);
	assert_int_equal(raw_int(d, "SELECT count(*) FROM layer"), 0);
}

static void db__check_finds_a_reference_to_nothing(void **state)
{
	struct index_dir *d = *state;

	d->damaged = true;
	assert_ok(db_check(d->db, &d->err), &d->err);
	raw_exec(
	    d, "PRAGMA foreign_keys = OFF; INSERT INTO finding VALUES (77, 0, 'x', x'', NULL)");
	assert_int_equal(db_check(d->db, &d->err), -EBADMSG);
	assert_non_null(strstr(d->err.msg, "finding"));
}

static void db__vacuum_gives_pages_back(void **state)
{
	struct index_dir *d = *state;
	int64_t before, after, unused;

	raw_exec(
	    d, "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000)"
	       " INSERT INTO layer (diff_id, published, tar_bytes, content_bytes, entries,"
	       " findings, indexed) SELECT 'sha256:' || i || hex(zeroblob(100)), 1, 0, 0, 0, 0,"
	       " 0 FROM n; DELETE FROM layer");
	assert_ok(db_size(d->db, &before, &unused, &d->err), &d->err);
	assert_true(unused > 100 * 1024);
	assert_ok(db_vacuum(d->db, &d->err), &d->err);
	assert_ok(db_size(d->db, &after, &unused, &d->err), &d->err);
	assert_true(after < before / 2);
	assert_int_equal(unused, 0);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, index_setup, index_teardown)
	    TEST(db__makes_its_directory_and_stamps_the_file),
	    TEST(db__does_not_make_a_file_to_read_it),
	    TEST(db__refuses_a_file_that_is_no_database),
	    TEST(db__refuses_the_database_of_another_program),
	    TEST(db__an_empty_file_is_not_made_an_index_by_reading_it),
	    TEST(db__many_may_make_it_at_once),
	    TEST(db__no_answer_keeps_a_snapshot),
	    TEST(db__refuses_a_newer_schema_by_name),
	    TEST(db__refuses_a_schema_that_somebody_changed),
	    TEST(db__a_directory_is_no_index),
	    TEST(db__a_rollback_leaves_it_as_it_was),
	    TEST(db__generation_rises_and_others_notice),
	    TEST(db__readers_do_not_wait_for_a_writer),
	    TEST(db__a_reader_cannot_write),
	    TEST(db__check_finds_a_reference_to_nothing),
	    TEST(db__vacuum_gives_pages_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
