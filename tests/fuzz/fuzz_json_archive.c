/* SPDX-License-Identifier: MIT */
/*
 * An image archive: opened, and everything that it says looked at.
 *
 * An input that does not begin with "--- " is the archive. Otherwise it is a description of
 * one, so that the fuzzer need not guess SHA-256 and tar checksums: members, each behind a line
 *
 *     --- NAME
 *
 * NAME "=x" makes a blob: blobs/sha256/<digest of its content>, and in the members behind it
 * "@x@" becomes that hex and "#x#" its size (x: one byte).
 */
#include "fuzz.h"

#include "archive/archive.h"
#include "imagemake.h"
#include "tarmake.h"

struct made {
	struct buf tar;
	char hex[256][DIGEST_TEXT_MAX]; /* by the byte of the blob's name */
	size_t sizes[256];
};

/* "@x@" and "#x#" of blobs that are there. */
static void substitute(const struct made *m, struct bytes in, struct buf *out)
{
	while (in.len) {
		unsigned char x = in.len > 2 ? (unsigned char)in.ptr[1] : 0;
		bool marked = x && m->hex[x][0] && in.ptr[2] == in.ptr[0];

		if (marked && in.ptr[0] == '@')
			buf_add_str(out, m->hex[x]);
		else if (marked && in.ptr[0] == '#')
			buf_addf(out, "%zu", m->sizes[x]);
		else
			marked = false;
		if (!marked)
			buf_add_char(out, in.ptr[0]);
		in = bytes_skip(in, marked ? 3 : 1);
	}
}

static void add_member(struct made *m, struct bytes name, struct bytes text)
{
	_cleanup_(buf_release) struct buf content = BUF_INIT;
	_cleanup_free_ char *path = strndup(name.len ? name.ptr : "", name.len);
	char digest[DIGEST_TEXT_MAX];

	fuzz_check(path);
	substitute(m, text, &content);
	if (name.len == 2 && name.ptr[0] == '=' && name.ptr[1]) {
		unsigned char x = (unsigned char)name.ptr[1];

		image_digest(buf_bytes(&content), digest);
		snprintf(m->hex[x], sizeof(m->hex[x]), "%s", digest + 7);
		m->sizes[x] = content.len;
		image_blob(&m->tar, buf_bytes(&content));
	} else {
		tar_file(&m->tar, path, buf_bytes(&content));
	}
}

static void make_tar(struct bytes in, struct made *m)
{
	while (bytes_starts_with(in, BYTES("--- "))) {
		struct bytes line = bytes_make(in.ptr, bytes_find(in, '\n'));
		const char *end;
		struct bytes text;

		in = bytes_skip(in, MIN(line.len + 1, in.len));
		end = in.len ? memmem(in.ptr, in.len, "\n--- ", 5) : NULL;
		text = bytes_make(in.ptr, end ? (size_t)(end - in.ptr) : in.len);
		add_member(m, bytes_skip(line, 4), text);
		in = bytes_skip(in, end ? text.len + 1 : in.len);
	}
	tar_end(&m->tar);
	fuzz_check(buf_status(&m->tar) == 0);
}

static void check_place(const struct archive *a, const struct archive_layer *l)
{
	struct err err = ERR_INIT;
	char first[64];
	size_t n;

	fuzz_check(l->missing == !l->blob.source);
	if (l->missing)
		return;
	fuzz_check(l->blob.source->size == l->blob.len);
	fuzz_check(l->blob.len <= a->file->size);
	fuzz_check(l->blob.offset <= a->file->size - l->blob.len);
	fuzz_check(source_pread(l->blob.source, first, sizeof(first), 0, &n, &err) == 0);
	fuzz_check(n == MIN(sizeof(first), l->blob.len));
}

static void check_archive(const struct archive *a)
{
	fuzz_check(a->format);
	vec_foreach (img, &a->images) {
		fuzz_check(img->os && img->architecture && img->variant);
		fuzz_check(img->config || img->bare || !img->config_len);
		vec_foreach (name, &img->names)
			fuzz_check(name->reference && strlen(name->reference) == name->len);
		vec_foreach (l, &img->layers)
			check_place(a, l);
	}
}

static void open_it(struct bytes tar, bool layer)
{
	const struct limits limits = LIMITS_DEFAULT;
	const struct archive_opts opts = {&limits, layer, "fuzz.tar"};
	_cleanup_(source_unrefp) struct source *src = NULL;
	_cleanup_(archive_freep) struct archive *a = NULL;
	struct err err = ERR_INIT;
	int r;

	fuzz_check(source_open_memory(tar, &src, &err) == 0);
	r = archive_open_file(src, CODEC_NONE, &opts, &a, &err);
	if (r < 0)
		fuzz_refused(r, &err);
	else
		check_archive(a);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bytes in = bytes_make(data, size);
	struct made *m;

	if (!bytes_starts_with(in, BYTES("--- "))) {
		open_it(in, false);
		open_it(in, true);
		return 0;
	}
	m = calloc(1, sizeof(*m));
	fuzz_check(m);
	make_tar(in, m);
	open_it(buf_bytes(&m->tar), false);
	buf_release(&m->tar);
	free(m);
	return 0;
}
