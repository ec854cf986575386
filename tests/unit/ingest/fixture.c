/* SPDX-License-Identifier: MIT */
#include "test.h"

#include "fixture.h"

#include "io/hash.h"

#include <ftw.h>
#include <sqlite3.h>
#include <stdio.h>
#include <sys/stat.h>
#include <zlib.h>

int fixture_setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	char path[96];

	snprintf(f->dir, sizeof(f->dir), "/tmp/stagefs-ingest-XXXXXX");
	if (!mkdtemp(f->dir))
		return -1;
	snprintf(path, sizeof(path), "%s/index.db", f->dir);
	if (db_open(path, DB_WRITE, &f->db, &f->err) < 0)
		fail_msg("%s", f->err.msg);
	f->limits = LIMITS_DEFAULT;
	f->opts.limits = &f->limits;
	f->opts.cache_bytes = MIB(64);
	*state = f;
	return 0;
}

static int remove_one(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
	(void)st;
	(void)flag;
	(void)ftw;
	return remove(path);
}

int fixture_teardown(void **state)
{
	struct fixture *f = *state;

	db_free(f->db);
	nftw(f->dir, remove_one, 8, FTW_DEPTH | FTW_PHYS);
	free(f);
	return 0;
}

const char *fixture_digest(struct bytes b, char out[DIGEST_TEXT_MAX])
{
	struct digest d = digest_of(DIGEST_SHA256, b);

	return digest_format(&d, out);
}

void fixture_tar(struct buf *out, const char *name, const char *text)
{
	char path[128];

	snprintf(path, sizeof(path), "etc/%s", name);
	tar_dir(out, "etc/", 0755);
	tar_file(out, path, bytes_from_str(text));
	tar_end(out);
}

void fixture_gzip(struct buf *out, struct bytes plain)
{
	z_stream z = {.next_in = (Bytef *)(uintptr_t)plain.ptr, .avail_in = (uInt)plain.len};
	uLong bound;

	assert_int_equal(deflateInit2(&z, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
	bound = deflateBound(&z, plain.len);
	assert_int_equal(buf_reserve(out, bound), 0);
	z.next_out = (Bytef *)out->ptr + out->len;
	z.avail_out = (uInt)bound;
	assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
	out->len += z.total_out;
	out->ptr[out->len] = '\0';
	deflateEnd(&z);
}

static void add_config(struct buf *json, const struct fixture_layer *layers, size_t n)
{
	char text[DIGEST_TEXT_MAX];

	buf_add_str(json, "{\"architecture\":\"amd64\",\"os\":\"linux\",\"config\":{},"
			  "\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[");
	for (size_t i = 0; i < n; i++)
		buf_addf(json, "%s\"%s\"", i ? "," : "",
			 layers[i].diff_id
			     ? layers[i].diff_id
			     : fixture_digest(
				   layers[i].tar.ptr ? layers[i].tar : layers[i].stored, text));
	buf_add_str(json, "]},\"history\":[");
	for (size_t i = 0; i < n; i++)
		buf_addf(json, "%s{\"created_by\":\"/bin/sh -c step %zu\"}", i ? "," : "", i);
	buf_add_str(json, "]}");
}

void fixture_docker(struct buf *out, const struct fixture_layer *layers, size_t n,
		    const char *tag)
{
	_cleanup_(buf_release) struct buf config = BUF_INIT, manifest = BUF_INIT;
	char text[DIGEST_TEXT_MAX], name[128];

	add_config(&config, layers, n);
	fixture_digest(buf_bytes(&config), text);
	snprintf(name, sizeof(name), "%s.json", text + 7);
	buf_addf(&manifest, "[{\"Config\":\"%s\",\"RepoTags\":", name);
	if (tag)
		buf_addf(&manifest, "[\"%s\"]", tag);
	else
		buf_add_str(&manifest, "null");
	buf_add_str(&manifest, ",\"Layers\":[");
	tar_file(out, name, buf_bytes(&config));
	for (size_t i = 0; i < n; i++) {
		snprintf(name, sizeof(name), "%zu/layer.tar", i);
		buf_addf(&manifest, "%s\"%s\"", i ? "," : "", name);
		if (!layers[i].absent)
			tar_file(out, name, layers[i].stored);
	}
	buf_add_str(&manifest, "]}]");
	tar_file(out, "manifest.json", buf_bytes(&manifest));
	tar_end(out);
}

void fixture_write(struct fixture *f, const char *name, struct bytes content, char *ret_path,
		   size_t size)
{
	FILE *file;

	snprintf(ret_path, size, "%s/%s", f->dir, name);
	file = fopen(ret_path, "w");
	assert_non_null(file);
	if (content.len)
		assert_int_equal(fwrite(content.ptr, 1, content.len, file), content.len);
	assert_int_equal(fclose(file), 0);
}

int fixture_ingest(struct fixture *f, struct bytes archive, struct ingest_result *ret)
{
	char name[32], path[128];

	snprintf(name, sizeof(name), "archive-%u.tar", f->files++);
	fixture_write(f, name, archive, path, sizeof(path));
	f->err = ERR_INIT;
	return ingest_input(f->db, path, &f->opts, ret, &f->err);
}

/* ---- the index as text ---- */

static sqlite3 *open_index(struct fixture *f)
{
	sqlite3 *sql;

	assert_int_equal(sqlite3_open(db_path(f->db), &sql), SQLITE_OK);
	return sql;
}

static void dump_table(sqlite3 *sql, const char *table, struct buf *out)
{
	sqlite3_stmt *st;
	char query[128];

	snprintf(query, sizeof(query), "SELECT * FROM \"%s\"", table);
	assert_int_equal(sqlite3_prepare_v2(sql, query, -1, &st, NULL), SQLITE_OK);
	while (sqlite3_step(st) == SQLITE_ROW) {
		buf_addf(out, "%s:", table);
		for (int i = 0; i < sqlite3_column_count(st); i++) {
			const void *p = sqlite3_column_blob(st, i);

			buf_addf(out, "|%d|", sqlite3_column_type(st, i));
			buf_add(out, p, (size_t)sqlite3_column_bytes(st, i));
		}
		buf_add_char(out, '\n');
	}
	assert_int_equal(sqlite3_finalize(st), SQLITE_OK);
}

void fixture_dump(struct fixture *f, struct buf *out)
{
	sqlite3 *sql = open_index(f);
	sqlite3_stmt *st;

	buf_clear(out);
	assert_int_equal(
	    sqlite3_prepare_v2(sql,
			       "SELECT name FROM sqlite_schema WHERE type = 'table'"
			       " AND name <> 'sqlite_sequence' ORDER BY name",
			       -1, &st, NULL),
	    SQLITE_OK);
	while (sqlite3_step(st) == SQLITE_ROW)
		dump_table(sql, (const char *)sqlite3_column_text(st, 0), out);
	assert_int_equal(sqlite3_finalize(st), SQLITE_OK);
	sqlite3_close(sql);
}

int64_t fixture_number(struct fixture *f, const char *query)
{
	sqlite3 *sql = open_index(f);
	sqlite3_stmt *st;
	int64_t n;

	assert_int_equal(sqlite3_prepare_v2(sql, query, -1, &st, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_step(st), SQLITE_ROW);
	n = sqlite3_column_int64(st, 0);
	sqlite3_finalize(st);
	sqlite3_close(sql);
	return n;
}

void fixture_exec(struct fixture *f, const char *query)
{
	sqlite3 *sql = open_index(f);

	assert_int_equal(sqlite3_exec(sql, query, NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(sql);
}
