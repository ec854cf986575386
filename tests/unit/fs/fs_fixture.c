/* SPDX-License-Identifier: MIT */
#include "fs_fixture.h"

#include "fs/vfile.h"
#include "fs/worker.h"
#include "model/builds.h"
#include "store/images.h"
#include "store/locations.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#define DIFF_1 "sha256:1111111111111111111111111111111111111111111111111111111111111111"
#define DIFF_2 "sha256:2222222222222222222222222222222222222222222222222222222222222222"
/* "hello" and "HELLO" for layers 1 and 2 stand here in the archive. */
static const char archive_bytes[] = "helloworldHELLO";

static struct entry_row file_row(uint32_t parent, const char *name, uint32_t mode)
{
	return (struct entry_row){
	    .parent = parent,
	    .name = bytes_from_str(name),
	    .mode = mode,
	    .uid = 7,
	    .gid = 8,
	    .mtime = 1000000,
	    .mtime_nsec = 5,
	    .nlink = 1,
	    .data = -1,
	};
}

static struct entry_row content_row(uint32_t parent, const char *name, int64_t data)
{
	static const char hash[32] = "0123456789abcdef0123456789abcdef";
	struct entry_row row = file_row(parent, name, S_IFREG | 0644);

	row.size = 5;
	row.stored = 5;
	row.data = data;
	/* The same for equal content: where it stands tells. */
	row.xxh128 = bytes_make(hash + (data & 15), 16);
	row.sha256 = bytes_make(hash, 32);
	return row;
}

static void insert(struct db *db, int64_t layer, uint32_t seq, struct entry_row row)
{
	struct err err = ERR_INIT;

	row.id = ENTRY_ID(layer, seq);
	if (!row.inode)
		row.inode = row.id;
	assert_ok(entries_insert(db, &row, &err), &err);
}

static int64_t stage(struct db *db, const char *diff_id)
{
	struct err err = ERR_INIT;
	int64_t id;

	assert_ok(layers_stage(db, diff_id, "run", &id, &err), &err);
	return id;
}

static void publish(struct db *db, int64_t id, const char *diff_id, uint64_t content,
		    uint64_t entries)
{
	struct layer_row row = {.id = id,
				.tar_bytes = 10240,
				.content_bytes = content,
				.entries = entries,
				.indexed = 500};
	struct err err = ERR_INIT;

	strcpy(row.diff_id, diff_id);
	assert_ok(layers_finish(db, &row, &err), &err);
	assert_ok(entries_find_twins(db, id, &err), &err);
	assert_ok(layers_publish(db, id, &err), &err);
}

static void put_layer_1(struct db *db, int64_t l)
{
	struct entry_row row;

	insert(db, l, 0, file_row(0, "", S_IFDIR | 0755));
	insert(db, l, L1_BIN, file_row(0, "bin", S_IFDIR | 0700));
	insert(db, l, L1_ETC, file_row(0, "etc", S_IFDIR | 0755));
	row = file_row(0, "link", S_IFLNK | 0777);
	row.link = BYTES("etc/a");
	insert(db, l, L1_LINK, row);
	row = file_row(0, "null", S_IFCHR | 0666);
	row.rdev_major = 1;
	row.rdev_minor = 3;
	insert(db, l, L1_NULL, row);
	row = content_row(L1_BIN, "sh", 0);
	row.nlink = 2;
	insert(db, l, L1_SH, row);
	row.name = BYTES("sh2");
	row.inode = ENTRY_ID(l, L1_SH);
	insert(db, l, L1_SH2, row);
	insert(db, l, L1_A, content_row(L1_ETC, "a", 5));
	publish(db, l, DIFF_1, 10, 8);
}

static void put_layer_2(struct db *db, int64_t l)
{
	struct err err = ERR_INIT;
	struct entry_row row = file_row(0, "", S_IFDIR | 0755);

	row.xattrs = true;
	insert(db, l, 0, row);
	row = file_row(0, ".wh.null", S_IFREG);
	row.kind = ENTRY_WHITEOUT;
	insert(db, l, L2_WH, row);
	insert(db, l, L2_ETC, file_row(0, "etc", S_IFDIR | 0750));
	row = file_row(0, "low", S_IFREG | 0644);
	row.kind = ENTRY_LINK_LOWER;
	row.link = BYTES("bin/sh");
	insert(db, l, L2_LOW, row);
	row = content_row(0, "twin", 0);
	row.nlink = 1;
	insert(db, l, L2_TWIN, row);
	row = content_row(L2_ETC, "a", 10);
	row.xattrs = true;
	insert(db, l, L2_A, row);
	insert(db, l, L2_E, file_row(L2_ETC, "e", S_IFREG | 0644));
	assert_ok(xattrs_insert(db, ENTRY_ID(l, 0), BYTES("trusted.overlay.opaque"), BYTES("y"),
				&err),
		  &err);
	assert_ok(
	    xattrs_insert(db, ENTRY_ID(l, L2_A), BYTES("user.color"), BYTES("blue"), &err),
	    &err);
	assert_ok(
	    xattrs_insert(db, ENTRY_ID(l, L2_A), BYTES("security.selinux"), BYTES("ctx"), &err),
	    &err);
	publish(db, l, DIFF_2, 10, 7);
}

static int64_t put_image(struct db *db, const char *digest, const int64_t *layers,
			 const char *const *diff_ids, uint32_t n)
{
	struct image_row image = {.config_digest = digest,
				  .platform = "linux/amd64",
				  .created = "",
				  .format = "docker-archive",
				  .config = BYTES("{\"config\":1}"),
				  .indexed = 600};
	struct history_row history = {.created = "", .created_by = BYTES("RUN make it")};
	struct err err = ERR_INIT;
	int64_t id;

	assert_ok(images_put(db, &image, &id, &err), &err);
	for (uint32_t i = 0; i < n; i++) {
		struct image_layer_row l = {.position = i + 1,
					    .layer = layers[i],
					    .diff_id = diff_ids[i],
					    .blob_bytes = 100,
					    .codec = "none"};

		assert_ok(image_layers_insert(db, id, &l, &err), &err);
		history.ord = i;
		history.position = i + 1;
		assert_ok(history_insert(db, id, &history, &err), &err);
	}
	return id;
}

static void put_name(struct db *db, const char *reference, int64_t image)
{
	struct name_row row = {.reference = reference, .image = image};
	struct err err = ERR_INIT;

	assert_ok(names_next_event(db, &row.event, &err), &err);
	assert_ok(names_put(db, &row, &err), &err);
}

/* The archive is one file of plain bytes; both layers' tars are the whole of it. */
static void put_archive(struct fixture *f, struct db *db)
{
	struct archive_row row = {.path = f->archive_path, .input = f->archive_path};
	struct err err = ERR_INIT;
	struct stat st;
	int fd = open(f->archive_path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	int64_t id;

	assert_true(fd >= 0);
	assert_int_equal(write(fd, archive_bytes, sizeof(archive_bytes)),
			 sizeof(archive_bytes));
	close(fd);
	assert_int_equal(stat(f->archive_path, &st), 0);
	row.dev = st.st_dev;
	row.ino = st.st_ino;
	row.size = (uint64_t)st.st_size;
	row.mtime_ns = st.st_mtim.tv_sec * 1000000000 + st.st_mtim.tv_nsec;
	row.ctime_ns = st.st_ctim.tv_sec * 1000000000 + st.st_ctim.tv_nsec;
	assert_ok(archives_put(db, &row, &id, NULL, &err), &err);
	for (int i = 1; i <= 2; i++) {
		struct location_row l = {.layer = f->layer[i],
					 .archive = id,
					 .length = sizeof(archive_bytes),
					 .verified = true};
		int64_t location;

		assert_ok(locations_put(db, &l, &location, &err), &err);
	}
}

static struct db *begin(struct fixture *f)
{
	struct err err = ERR_INIT;
	struct db *db;

	assert_ok(db_open(f->db_path, DB_WRITE, &db, &err), &err);
	assert_ok(db_begin(db, &err), &err);
	return db;
}

static void commit(struct db *db)
{
	struct err err = ERR_INIT;

	assert_ok(builds_update(db, &err), &err);
	assert_ok(db_bump_generation(db, &err), &err);
	assert_ok(db_commit(db, &err), &err);
	db_free(db);
}

static void fill(struct fixture *f)
{
	static const char *const diff_ids[] = {DIFF_1, DIFF_2};
	struct db *db = begin(f);

	f->layer[1] = stage(db, DIFF_1);
	f->layer[2] = stage(db, DIFF_2);
	put_layer_1(db, f->layer[1]);
	put_layer_2(db, f->layer[2]);
	f->image[1] = put_image(db, DIFF_1, f->layer + 1, diff_ids, 2);
	f->image[2] = put_image(db, DIFF_2, f->layer + 1, diff_ids, 1);
	put_name(db, "app:1", f->image[1]);
	put_name(db, "ghcr.io/acme/app:2", f->image[1]);
	put_name(db, "old:1", f->image[2]);
	put_archive(f, db);
	commit(db);
}

int64_t fixture_add_image(struct fixture *f, const char *name)
{
	static const char *const diff_ids[] = {DIFF_2};
	struct db *db = begin(f);
	int64_t id = put_image(db, "sha256:3333", f->layer + 2, diff_ids, 1);

	put_name(db, name, id);
	commit(db);
	return id;
}

void fixture_delete_image(struct fixture *f, int64_t id)
{
	struct db *db = begin(f);
	struct err err = ERR_INIT;

	assert_ok(images_delete(db, id, &err), &err);
	commit(db);
}

static void open_ctx(struct fixture *f)
{
	struct fs_ctx *c = &f->ctx;
	struct err err = ERR_INIT;
	struct content_opts opts = {.span_bytes = MIB(1)};
	struct db *db;

	assert_ok(db_open(f->db_path, DB_READ, &c->forest_db, &err), &err);
	assert_ok(db_open(f->db_path, DB_READ, &c->xattr_db, &err), &err);
	assert_ok(db_open(f->db_path, DB_READ, &c->render_db, &err), &err);
	assert_ok(db_open(f->db_path, DB_WRITE, &c->content_db, &err), &err);
	assert_ok(db_open(f->db_path, DB_READ, &db, &err), &err);
	assert_ok(forest_new(c->forest_db, MIB(16), &c->forest), &err);
	assert_ok(growth_new(db, c->forest, NULL, 0, &c->growth, &err), &err);
	opts.db = c->content_db;
	assert_ok(content_new(&opts, &c->content, &err), &err);
	assert_ok(vfile_cache_new(MIB(1), &c->vfiles), &err);
	assert_ok(worker_pool_new(1, &c->readers, &err), &err);
	assert_ok(worker_pool_new(1, &c->renderer, &err), &err);
	assert_int_equal(fs_buffer_key_create(&c->read_buf), 0);
	pthread_mutex_init(&c->xattr_lock, NULL);
	c->uid = 11;
	c->gid = 12;
	c->started.tv_sec = 400;
}

int fixture_setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	strcpy(f->dir, "/tmp/stagefs-unit.XXXXXX");
	assert_non_null(mkdtemp(f->dir));
	snprintf(f->db_path, sizeof(f->db_path), "%s/index.db", f->dir);
	snprintf(f->archive_path, sizeof(f->archive_path), "%s/archive.tar", f->dir);
	fill(f);
	open_ctx(f);
	*state = f;
	return 0;
}

static void close_ctx(struct fs_ctx *c)
{
	free(pthread_getspecific(c->read_buf));
	pthread_setspecific(c->read_buf, NULL);
	worker_pool_free(c->readers);
	worker_pool_free(c->renderer);
	pthread_key_delete(c->read_buf);
	vfile_cache_free(c->vfiles);
	content_free(c->content);
	growth_free(c->growth);
	forest_free(c->forest);
	db_free(c->content_db);
	db_free(c->render_db);
	db_free(c->xattr_db);
	db_free(c->forest_db);
	pthread_mutex_destroy(&c->xattr_lock);
}

int fixture_teardown(void **state)
{
	static const char *const names[] = {"index.db", "index.db-wal", "index.db-shm",
					    "archive.tar"};
	struct fixture *f = *state;
	char path[128];

	close_ctx(&f->ctx);
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		snprintf(path, sizeof(path), "%s/%s", f->dir, names[i]);
		unlink(path);
	}
	assert_int_equal(rmdir(f->dir), 0);
	free(f);
	return 0;
}

uint64_t fixture_ino(struct fixture *f, const char *path)
{
	struct bytes rest = bytes_from_str(path), name;
	uint64_t ino = INODE_ROOT;

	while (bytes_next_component(&rest, &name)) {
		struct fake_req *r = fake_req(f);
		char text[256];

		memcpy(text, name.ptr, name.len);
		text[name.len] = 0;
		op_lookup(fake_fuse_req(r), ino, text);
		fake_wait(r, REPLY_ENTRY);
		ino = r->entry.ino;
		if (!ino)
			fail_msg("%s: no %s", path, text);
		fake_free(r);
	}
	return ino;
}
