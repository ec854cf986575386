/* SPDX-License-Identifier: MIT */
#include "store_fixture.h"

#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

int index_setup(void **state)
{
	struct index_dir *d = calloc(1, sizeof(*d));

	snprintf(d->dir, sizeof(d->dir), "/tmp/stagefs-store-XXXXXX");
	if (!mkdtemp(d->dir))
		return -1;
	snprintf(d->path, sizeof(d->path), "%s/index.db", d->dir);
	*state = d;
	return db_open(d->path, DB_WRITE, &d->db, &d->err);
}

/* Whatever a test did: no row points at nothing, no page is wrong. */
static void assert_sound(const struct index_dir *d)
{
	assert_string_equal(raw_text(d, "PRAGMA integrity_check"), "ok");
	assert_string_equal(raw_text(d, "PRAGMA foreign_key_check"), "");
}

int index_teardown(void **state)
{
	struct index_dir *d = *state;
	char command[128];

	db_free(d->db);
	if (!d->damaged)
		assert_sound(d);
	snprintf(command, sizeof(command), "rm -rf '%s'", d->dir);
	if (system(command) != 0)
		return -1;
	free(d);
	return 0;
}

void index_reopen(struct index_dir *d, enum db_mode mode)
{
	db_free(d->db);
	d->db = NULL;
	assert_ok(db_open(d->path, mode, &d->db, &d->err), &d->err);
}

sqlite3 *raw_open(const struct index_dir *d)
{
	sqlite3 *sql;

	assert_int_equal(sqlite3_open(d->path, &sql), SQLITE_OK);
	sqlite3_busy_timeout(sql, 100);
	return sql;
}

const char *raw_text(const struct index_dir *d, const char *query)
{
	static char text[65536];
	sqlite3 *sql = raw_open(d);
	sqlite3_stmt *s;

	if (sqlite3_prepare_v2(sql, query, -1, &s, NULL) != SQLITE_OK)
		fail_msg("%s: %s", query, sqlite3_errmsg(sql));
	text[0] = 0;
	if (sqlite3_step(s) == SQLITE_ROW && sqlite3_column_text(s, 0))
		snprintf(text, sizeof(text), "%s", sqlite3_column_text(s, 0));
	sqlite3_finalize(s);
	sqlite3_close(sql);
	return text;
}

int64_t raw_int(const struct index_dir *d, const char *query)
{
	return strtoll(raw_text(d, query), NULL, 10);
}

void raw_exec(const struct index_dir *d, const char *statements)
{
	sqlite3 *sql = raw_open(d);
	char *message = NULL;

	if (sqlite3_exec(sql, statements, NULL, NULL, &message) != SQLITE_OK)
		fail_msg("%s: %s", statements, message);
	sqlite3_close(sql);
}

char *file_bytes(const char *path, size_t *ret_len)
{
	FILE *f = fopen(path, "rb");
	struct stat st;
	char *bytes;

	assert_non_null(f);
	assert_int_equal(fstat(fileno(f), &st), 0);
	bytes = malloc((size_t)st.st_size + 1);
	*ret_len = fread(bytes, 1, (size_t)st.st_size, f);
	fclose(f);
	return bytes;
}

void run_file(const struct index_dir *d, const char *path)
{
	size_t len;
	char *statements = file_bytes(path, &len);

	statements[len] = 0;
	raw_exec(d, statements);
	free(statements);
}

bool holds_no_snapshot(const struct index_dir *d)
{
	return raw_int(d, "PRAGMA wal_checkpoint(TRUNCATE)") == 0;
}

int64_t add_layer(struct index_dir *d, const char *diff_id)
{
	struct layer_row row = {0};

	assert_ok(db_begin(d->db, &d->err), &d->err);
	assert_ok(layers_stage(d->db, diff_id, "run", &row.id, &d->err), &d->err);
	assert_ok(layers_finish(d->db, &row, &d->err), &d->err);
	assert_ok(layers_publish(d->db, row.id, &d->err), &d->err);
	assert_ok(db_commit(d->db, &d->err), &d->err);
	return row.id;
}

int64_t add_image(struct index_dir *d, const char *config_digest, const int64_t *layers,
		  size_t n)
{
	struct image_row row = {
	    .config_digest = config_digest, .platform = "linux/amd64", .format = "oci"};
	int64_t id;

	assert_ok(db_begin(d->db, &d->err), &d->err);
	assert_ok(images_put(d->db, &row, &id, &d->err), &d->err);
	for (size_t i = 0; i < n; i++) {
		struct image_layer_row layer = {.position = (uint32_t)i + 1,
						.layer = layers[i],
						.diff_id = "sha256:00",
						.blob_bytes = -1};

		assert_ok(image_layers_insert(d->db, id, &layer, &d->err), &d->err);
	}
	assert_ok(db_commit(d->db, &d->err), &d->err);
	return id;
}

struct entry_row file_row(int64_t layer, uint32_t seq, const char *name, uint64_t size,
			  unsigned char seed)
{
	static unsigned char xxh[256][16], sha[256][32];
	struct entry_row row = {.id = ENTRY_ID(layer, seq),
				.name = bytes_from_str(name),
				.inode = ENTRY_ID(layer, seq),
				.mode = 0100644,
				.nlink = 1,
				.size = size,
				.stored = size,
				.data = size ? 512 : -1};

	if (size) {
		memset(xxh[seed], seed, sizeof(xxh[seed]));
		memset(sha[seed], seed, sizeof(sha[seed]));
		row.xxh128 = bytes_make(xxh[seed], sizeof(xxh[seed]));
		row.sha256 = bytes_make(sha[seed], sizeof(sha[seed]));
	}
	return row;
}

void put_entry(struct index_dir *d, const struct entry_row *row)
{
	assert_ok(entries_insert(d->db, row, &d->err), &d->err);
}
