/* SPDX-License-Identifier: MIT */
#include "unpack.h"

#include "test.h"

#include <archive.h>
#include <archive_entry.h>
#include <stdio.h>

static void read_all(struct archive *a, struct buf *out)
{
	char piece[16384];
	la_ssize_t n;

	while ((n = archive_read_data(a, piece, sizeof(piece))) > 0)
		buf_add(out, piece, (size_t)n);
	assert_int_equal(n, 0);
	assert_int_equal(buf_status(out), 0);
}

void unpack_fixture(const char *name, void (*member)(void *arg, const char *, struct buf *),
		    void *arg)
{
	struct archive *a = archive_read_new();
	struct archive_entry *e;
	char path[4096];

	snprintf(path, sizeof(path), "%s/%s", TEST_FIXTURES, name);
	assert_non_null(a);
	archive_read_support_filter_xz(a);
	archive_read_support_format_tar(a);
	if (archive_read_open_filename(a, path, 65536) != ARCHIVE_OK)
		fail_msg("cannot read %s", path);
	while (archive_read_next_header(a, &e) == ARCHIVE_OK) {
		_cleanup_(buf_release) struct buf data = BUF_INIT;
		const char *base = strrchr(archive_entry_pathname(e), '/');

		if (archive_entry_filetype(e) != AE_IFREG)
			continue;
		read_all(a, &data);
		member(arg, base ? base + 1 : archive_entry_pathname(e), &data);
	}
	archive_read_free(a);
}

void unpack_gzip(const struct buf *file, struct buf *ret)
{
	struct archive *a = archive_read_new();
	struct archive_entry *e;

	assert_non_null(a);
	archive_read_support_filter_gzip(a);
	archive_read_support_format_raw(a);
	assert_int_equal(archive_read_open_memory(a, file->ptr, file->len), ARCHIVE_OK);
	assert_int_equal(archive_read_next_header(a, &e), ARCHIVE_OK);
	read_all(a, ret);
	archive_read_free(a);
}
