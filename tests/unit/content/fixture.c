/* SPDX-License-Identifier: MIT */
#include "test.h"

#include "fixture.h"

#include "content/identity.h"
#include "io/hash.h"
#include "tarmake.h"

#include <dirent.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <sys/stat.h>

#define SPACING MIB(1) / 4

/* ---- the layer ---- */

static struct entry_row file_row(struct fixture *f, int i, uint64_t stored)
{
	return (struct entry_row){.id = f->files[i].inode,
				  .name = bytes_from_str(f->files[i].name),
				  .inode = f->files[i].inode,
				  .mode = S_IFREG | 0644,
				  .nlink = 1,
				  .size = f->files[i].data.len,
				  .stored = stored,
				  .data = -1};
}

static void insert_file(struct fixture *f, int i, uint64_t stored, struct bytes map)
{
	struct entry_row row = file_row(f, i, stored);
	struct bytes data = buf_bytes(&f->files[i].data);
	unsigned char sha[32], xxh[16] = {(unsigned char)(i + 1)};

	row.sparse = map;
	if (data.len) {
		sha256_of(data.ptr, data.len, sha);
		row.sha256 = bytes_make(sha, 32);
		row.xxh128 = bytes_make(xxh, 16);
	}
	if (stored)
		row.data = (int64_t)(f->tar.len - (stored + 511) / 512 * 512);
	assert_ok(entries_insert(f->db, &row, &f->err), &f->err);
}

static void insert_plain(struct fixture *f, int i)
{
	tar_file(&f->tar, f->files[i].name, buf_bytes(&f->files[i].data));
	insert_file(f, i, f->files[i].data.len, BYTES_NULL);
}

static void put_le64(struct buf *b, uint64_t v)
{
	for (int i = 0; i < 8; i++)
		buf_add_char(b, (char)(v >> 8 * i));
}

/* 700 bytes of data at 4096, 1000 at 20000; 50000 in all. */
static void insert_sparse(struct fixture *f)
{
	static const struct tar_hole_map map[] = {{4096, 700}, {20000, 1000}};
	_cleanup_(buf_release) struct buf data = BUF_INIT, stored = BUF_INIT;
	struct fixture_file *file = &f->files[FILE_SPARSE];

	stream_plain(&data, 1700, 77);
	stream_zeros(&file->data, 50000);
	memcpy(file->data.ptr + 4096, data.ptr, 700);
	memcpy(file->data.ptr + 20000, data.ptr + 700, 1000);
	tar_gnu_sparse(&f->tar, file->name, map, 2, 50000, buf_bytes(&data));
	for (size_t i = 0; i < 2; i++) {
		put_le64(&stored, (uint64_t)map[i].off);
		put_le64(&stored, (uint64_t)map[i].len);
	}
	insert_file(f, FILE_SPARSE, 1700, buf_bytes(&stored));
}

static void insert_root(struct fixture *f)
{
	const struct entry_row row = {.id = ENTRY_ID(f->layer.id, 0),
				      .inode = ENTRY_ID(f->layer.id, 0),
				      .name = {"", 0},
				      .kind = ENTRY_IMPLIED,
				      .mode = S_IFDIR | 0755,
				      .nlink = 2,
				      .data = -1};

	assert_ok(entries_insert(f->db, &row, &f->err), &f->err);
}

static void insert_files(struct fixture *f)
{
	static const char *const names[FIXTURE_FILES] = {"small",  "big",  "empty",
							 "sparse", "hole", "last"};

	for (int i = 0; i < FIXTURE_FILES; i++) {
		f->files[i].name = names[i];
		f->files[i].inode = ENTRY_ID(f->layer.id, i + 1);
	}
	buf_add_str(&f->files[FILE_SMALL].data, "a small file\n");
	stream_plain(&f->files[FILE_BIG].data, 1500001, 71);
	stream_plain(&f->files[FILE_LAST].data, 4097, 72);
	insert_plain(f, FILE_SMALL);
	insert_plain(f, FILE_BIG);
	insert_plain(f, FILE_EMPTY);
	insert_sparse(f);
	stream_zeros(&f->files[FILE_HOLE].data, 30000);
	tar_gnu_sparse(&f->tar, "hole", NULL, 0, 30000, BYTES_NULL);
	insert_file(f, FILE_HOLE, 0, BYTES_NULL);
	insert_plain(f, FILE_LAST);
	tar_end(&f->tar);
	assert_int_equal(buf_status(&f->tar), 0);
}

/* The DiffID is known only when the tar is made, but staged with the row: a first pass. */
static void insert_layer(struct fixture *f)
{
	char text[DIGEST_TEXT_MAX];
	struct digest d;

	assert_ok(db_begin(f->db, &f->err), &f->err);
	assert_ok(layers_stage(f->db, "sha256:first", "run", &f->layer.id, &f->err), &f->err);
	insert_root(f);
	insert_files(f);
	d = digest_of(DIGEST_SHA256, buf_bytes(&f->tar));
	db_rollback(f->db);

	for (int i = 0; i < FIXTURE_FILES; i++)
		buf_release(&f->files[i].data);
	buf_clear(&f->tar);
	assert_ok(db_begin(f->db, &f->err), &f->err);
	assert_ok(layers_stage(f->db, digest_format(&d, text), "run", &f->layer.id, &f->err),
		  &f->err);
	insert_root(f);
	insert_files(f);
	snprintf(f->layer.diff_id, sizeof(f->layer.diff_id), "%s", text);
	f->layer.tar_bytes = f->tar.len;
	f->layer.entries = FIXTURE_FILES + 1;
	assert_ok(layers_finish(f->db, &f->layer, &f->err), &f->err);
	assert_ok(layers_publish(f->db, f->layer.id, &f->err), &f->err);
	assert_ok(db_commit(f->db, &f->err), &f->err);
	assert_int_equal(layers_get(f->db, f->layer.id, &f->layer, &f->err), 1);
}

static void make_opener(struct fixture *f)
{
	pthread_mutex_init(&f->db_lock, NULL);
	f->opener =
	    (struct opener){.db = f->db, .db_lock = &f->db_lock, .serials = &f->serials};
	assert_ok(cachedir_new(f->cache, MIB(64), &f->opener.cache, &f->err), &f->err);
	assert_int_equal(spancache_new(MIB(8), &f->opener.spans), 0);
	assert_int_equal(ledger_new(&f->opener.ledger), 0);
}

int fixture_setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	char path[96];

	snprintf(f->dir, sizeof(f->dir), "/tmp/stagefs-content-XXXXXX");
	if (!mkdtemp(f->dir))
		return -1;
	snprintf(path, sizeof(path), "%s/index.db", f->dir);
	snprintf(f->cache, sizeof(f->cache), "%s/cache", f->dir);
	assert_ok(db_open(path, DB_WRITE, &f->db, &f->err), &f->err);
	insert_layer(f);
	make_opener(f);
	f->opts = (struct content_opts){
	    .db = f->db, .cache_dir = f->cache, .cache_bytes = MIB(64), .span_bytes = MIB(8)};
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

	content_free(f->content);
	cachedir_free(f->opener.cache);
	spancache_free(f->opener.spans);
	ledger_free(f->opener.ledger);
	pthread_mutex_destroy(&f->db_lock);
	for (size_t i = 0; i < f->n_archives; i++)
		seekpoints_release(&f->archives[i].points);
	for (int i = 0; i < FIXTURE_FILES; i++)
		buf_release(&f->files[i].data);
	buf_release(&f->tar);
	db_free(f->db);
	nftw(f->dir, remove_one, 8, FTW_DEPTH | FTW_PHYS);
	free(f);
	return 0;
}

/* ---- archives ---- */

static void encode(struct buf *out, struct bytes plain, enum codec codec)
{
	const struct gzip_how how = {.level = 6, .name = "layer.tar"};

	if (codec == CODEC_GZIP)
		stream_gzip(out, plain, &how);
	else if (codec == CODEC_ZSTD)
		stream_zstd(out, plain, 0);
	else if (codec == CODEC_XZ)
		stream_xz(out, plain);
	else
		buf_add_bytes(out, plain);
}

static void decode_points(struct fixture_archive *a, struct bytes stored)
{
	const struct decoder_opts opts = {.points = &a->points, .spacing = SPACING};
	_cleanup_(buf_release) struct buf out = BUF_INIT;
	struct err err = ERR_INIT;

	assert_ok(stream_decode(stored, CODEC_GZIP, &opts, 1 << 20, &out, NULL, &err), &err);
}

static struct archive_row take_row(const char *path)
{
	struct archive_row row = {0};
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(identity_take(fd, &row), 0);
	close(fd);
	return row;
}

static size_t add_archive(struct fixture *f, const char *name, struct bytes layer,
			  enum codec stored_as, enum codec whole)
{
	struct fixture_archive *a = &f->archives[f->n_archives];
	_cleanup_(buf_release) struct buf outer = BUF_INIT, file = BUF_INIT;
	char path[sizeof(a->path)];
	struct archive_row row;

	assert_true(f->n_archives < ARRAY_SIZE(f->archives));
	stream_plain(&outer, FIXTURE_BEFORE, 73);
	encode(&outer, layer, stored_as);
	a->length = outer.len - FIXTURE_BEFORE;
	a->stored_as = stored_as;
	if (stored_as == CODEC_GZIP)
		decode_points(a, bytes_skip(buf_bytes(&outer), FIXTURE_BEFORE));
	stream_plain(&outer, 3000, 74);
	encode(&file, buf_bytes(&outer), whole);
	snprintf(path, sizeof(path), "%s/%s", f->dir, name);
	memcpy(a->path, path, sizeof(path));
	fixture_write(a->path, buf_bytes(&file));
	row = take_row(a->path);
	row.path = row.input = a->path;
	row.codec = whole;
	assert_ok(archives_put(f->db, &row, &a->id, NULL, &f->err), &f->err);
	return f->n_archives++;
}

size_t fixture_archive(struct fixture *f, const char *name, enum codec stored_as,
		       enum codec whole)
{
	return add_archive(f, name, buf_bytes(&f->tar), stored_as, whole);
}

size_t fixture_damaged(struct fixture *f, const char *name, enum codec stored_as)
{
	_cleanup_(buf_release) struct buf other = BUF_INIT;

	buf_add_bytes(&other, buf_bytes(&f->tar));
	for (size_t i = 0; i < other.len; i += 3000)
		other.ptr[i] ^= 0x20;
	other.ptr[512] ^= 1; /* in the small file */
	return add_archive(f, name, buf_bytes(&other), stored_as, CODEC_NONE);
}

int64_t fixture_locate(struct fixture *f, size_t archive, bool verified)
{
	const struct fixture_archive *a = &f->archives[archive];
	struct location_row row = {.layer = f->layer.id,
				   .archive = a->id,
				   .offset = FIXTURE_BEFORE,
				   .length = a->length,
				   .codec = a->stored_as,
				   .verified = verified};
	int64_t id;

	assert_ok(locations_put(f->db, &row, &id, &f->err), &f->err);
	return id;
}

void fixture_store_points(struct fixture *f, size_t archive, int64_t location)
{
	assert_true(f->archives[archive].points.points.n > 3);
	vec_foreach (p, &f->archives[archive].points.points)
		assert_ok(seekpoints_insert(f->db, location, p, &f->err), &f->err);
}

struct wanted {
	int64_t archive;
	struct location_row row;
};

static int match(void *arg, const struct location_row *row)
{
	struct wanted *w = arg;

	if (row->archive != w->archive)
		return 0;
	w->row = *row;
	return 1;
}

struct location_row fixture_location(struct fixture *f, size_t archive)
{
	struct wanted w = {.archive = f->archives[archive].id};

	assert_int_equal(locations_each(f->db, f->layer.id, match, &w, &f->err), 1);
	return w.row;
}

void fixture_adopt(struct fixture *f, size_t archive)
{
	_cleanup_(archive_row_release) struct archive_row row = {0};
	struct archive_row now = take_row(f->archives[archive].path);

	assert_int_equal(archives_get(f->db, f->archives[archive].id, &row, &f->err), 1);
	row.size = now.size;
	row.mtime_ns = now.mtime_ns;
	row.ctime_ns = now.ctime_ns;
	assert_ok(archives_set_identity(f->db, &row, &f->err), &f->err);
}

/* ---- reading ---- */

void fixture_open(struct fixture *f)
{
	assert_ok(content_new(&f->opts, &f->content, &f->err), &f->err);
}

static void assert_part(struct fixture *f, int i, uint64_t off, size_t n)
{
	struct bytes data = buf_bytes(&f->files[i].data);
	size_t want = MIN(n, data.len - MIN(off, data.len)), got;
	_cleanup_free_ char *buf = malloc(n + 1);

	assert_ok(content_pread(f->content, f->files[i].inode, buf, n, off, &got, &f->err),
		  &f->err);
	assert_int_equal(got, want);
	if (want)
		stream_check_equal(bytes_make(buf, got), bytes_make(data.ptr + off, want));
}

void fixture_assert_reads(struct fixture *f)
{
	for (int i = 0; i < FIXTURE_FILES; i++) {
		size_t size = f->files[i].data.len;

		assert_part(f, i, 0, size + 100);
		assert_part(f, i, size, 1);
		assert_part(f, i, UINT64_MAX, 1);
		for (size_t off = 1; off < size; off = off * 2 + 4093)
			assert_part(f, i, off, 5001);
		assert_part(f, i, size / 2, 0);
	}
}

int fixture_read(struct fixture *f, int file)
{
	_cleanup_free_ char *buf = malloc(5000);
	size_t got;

	f->err = ERR_INIT;
	return content_pread(f->content, f->files[file].inode, buf, 5000, 0, &got, &f->err);
}

/* ---- files on disk ---- */

void fixture_write(const char *path, struct bytes content)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	if (content.len)
		assert_int_equal(fwrite(content.ptr, 1, content.len, file), content.len);
	assert_int_equal(fclose(file), 0);
}

static bool same_ctime(const struct stat *a, const struct stat *b)
{
	return a->st_ctim.tv_sec == b->st_ctim.tv_sec &&
	       a->st_ctim.tv_nsec == b->st_ctim.tv_nsec;
}

void fixture_overwrite(const char *path, uint64_t off, struct bytes content)
{
	int fd = open(path, O_RDWR | O_CLOEXEC);
	struct timespec times[2];
	struct stat before, now;

	assert_true(fd >= 0);
	assert_int_equal(fstat(fd, &before), 0);
	assert_int_equal(pwrite(fd, content.ptr, content.len, (off_t)off), content.len);
	times[0] = before.st_atim;
	times[1] = before.st_mtim;
	do {
		assert_int_equal(futimens(fd, times), 0);
		assert_int_equal(fstat(fd, &now), 0);
	} while (same_ctime(&before, &now));
	close(fd);
}

void fixture_chmod(const char *path)
{
	struct stat before, now;

	assert_int_equal(stat(path, &before), 0);
	do {
		assert_int_equal(chmod(path, before.st_mode ^ 0040), 0);
		assert_int_equal(stat(path, &now), 0);
	} while (same_ctime(&before, &now));
}

bool fixture_exists(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0;
}

size_t fixture_count_files(const char *dir)
{
	DIR *d = opendir(dir);
	struct dirent *e;
	size_t n = 0;

	while (d && (e = readdir(d)))
		n += e->d_name[0] != '.' || strlen(e->d_name) > 2;
	if (d)
		closedir(d);
	return n;
}
