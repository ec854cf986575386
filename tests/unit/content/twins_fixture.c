/* SPDX-License-Identifier: MIT */
#include "test.h"

#include "twins_fixture.h"

#include "content/identity.h"
#include "io/hash.h"
#include "tarmake.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>

static void put(struct fixture *f, struct buf *tar, const char *name, int64_t inode,
		struct bytes data, int64_t twin)
{
	unsigned char sha[32], xxh[16] = {FILE_BIG + 1};
	struct entry_row row = {.id = inode,
				.name = bytes_from_str(name),
				.inode = inode,
				.mode = S_IFREG | 0644,
				.nlink = 1,
				.size = data.len,
				.stored = data.len,
				.twin = twin};

	tar_file(tar, name, data);
	row.data = (int64_t)(tar->len - (data.len + 511) / 512 * 512);
	sha256_of(data.ptr, data.len, sha);
	row.sha256 = bytes_make(sha, 32);
	row.xxh128 = bytes_make(xxh, 16);
	assert_ok(entries_insert(f->db, &row, &f->err), &f->err);
}

static void locate(struct fixture *f, const struct twins *t, size_t length)
{
	struct archive_row archive = {0};
	struct location_row row = {
	    .layer = t->layer, .length = length, .codec = CODEC_NONE, .verified = true};
	char path[sizeof(t->path)];
	int64_t id;
	int fd = open(t->path, O_RDONLY | O_CLOEXEC);

	assert_int_equal(identity_take(fd, &archive), 0);
	close(fd);
	memcpy(path, t->path, sizeof(path));
	archive.path = archive.input = path;
	assert_ok(archives_put(f->db, &archive, &row.archive, NULL, &f->err), &f->err);
	assert_ok(locations_put(f->db, &row, &id, &f->err), &f->err);
}

void twins_add(struct fixture *f, struct twins *ret)
{
	_cleanup_(buf_release) struct buf tar = BUF_INIT, near = BUF_INIT;
	struct layer_row layer = {.entries = 3};
	struct bytes big = buf_bytes(&f->files[FILE_BIG].data);

	buf_add_bytes(&near, big);
	near.ptr[near.len - 1] ^= 1;
	assert_ok(db_begin(f->db, &f->err), &f->err);
	assert_ok(layers_stage(f->db, "sha256:twins", "run", &layer.id, &f->err), &f->err);
	*ret = (struct twins){layer.id, ENTRY_ID(layer.id, 1), ENTRY_ID(layer.id, 2), ""};
	put(f, &tar, "copy", ret->copy, big, f->files[FILE_BIG].inode);
	put(f, &tar, "near", ret->near, buf_bytes(&near), 0);
	tar_end(&tar);
	layer.tar_bytes = tar.len;
	assert_ok(layers_finish(f->db, &layer, &f->err), &f->err);
	assert_ok(layers_publish(f->db, layer.id, &f->err), &f->err);
	assert_ok(db_commit(f->db, &f->err), &f->err);
	snprintf(ret->path, sizeof(ret->path), "%s/twins.tar", f->dir);
	fixture_write(ret->path, buf_bytes(&tar));
	locate(f, ret, tar.len);
}
