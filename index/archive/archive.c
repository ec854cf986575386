/* SPDX-License-Identifier: MIT */
#include "archive/archive.h"

#include "archive/bare.h"
#include "archive/evidence.h"
#include "archive/reader.h"

#include <stdio.h>

#define BLOCK 512

/* Every format whose probe says yes is read: docker >= 25 writes two into one archive. */
static const struct archive_format *const formats[] = {
    &format_dir,
    &format_docker,
    &format_oci,
    &format_docker_legacy,
};

void archive_close(struct archive *a)
{
	if (!a)
		return;
	vec_foreach (img, &a->images)
		archive_image_release(img);
	archive_image_vec_release(&a->images);
	buf_release(&a->notes);
	blobs_free(a->priv);
	source_unref(a->file);
	free(a);
}

static bool has_checksum(const unsigned char *block)
{
	unsigned sum = 0, said;
	char digits[9] = {0};
	char *end;

	for (size_t i = 0; i < BLOCK; i++)
		sum += i >= 148 && i < 156 ? ' ' : block[i];
	memcpy(digits, block + 148, 8);
	said = (unsigned)strtoul(digits, &end, 8);
	return end != digits && said == sum;
}

/* A name may begin as JSON does. */
static bool begins_as_tar(struct source *file)
{
	unsigned char block[BLOCK];
	size_t n;

	return source_pread(file, block, sizeof(block), 0, &n, NULL) == 0 && n == BLOCK &&
	       has_checksum(block);
}

/* One clear message for files that are no tar, before the walk finds a reason of its own. */
static int check_is_tar(struct source *file, struct err *err)
{
	static const unsigned char zeros[BLOCK];
	unsigned char block[BLOCK];
	enum codec codec;
	size_t n;
	int r = source_pread(file, block, sizeof(block), 0, &n, err);

	if (r < 0)
		return r;
	if (n == 0)
		return err_set(err, EINVAL, "the file is empty");
	codec = codec_detect(block, n);
	if (codec == CODEC_BZIP2)
		return err_set(err, EINVAL, "bzip2 is not supported (bunzip2 it first)");
	if (codec != CODEC_NONE)
		return err_set(err, EINVAL,
			       "a %s stream inside another (decompress it once by hand)",
			       codec_name(codec));
	if (n == BLOCK && (memcmp(block, zeros, BLOCK) == 0 || has_checksum(block)))
		return 0;
	return err_set(err, EINVAL,
		       "not a tar archive (expected what docker save, podman save or skopeo "
		       "write)");
}

/* A layer may be compressed: its codec is told from its bytes when it is read. */
static int check_is_layer(struct source *file, struct err *err)
{
	char magic[CODEC_MAGIC_BYTES];
	size_t n;
	int r = source_pread(file, magic, sizeof(magic), 0, &n, err);

	if (r < 0)
		return r;
	if (n == 0)
		return err_set(err, EINVAL, "the file is empty");
	if (codec_detect(magic, n) == CODEC_BZIP2)
		return err_set(err, EINVAL, "bzip2 is not supported (bunzip2 it first)");
	return 0;
}

/* No format wants it. */
static int no_format(const struct archive *a, struct err *err)
{
	if (!a->file)
		return err_set(err, EINVAL,
			       "no image in it: neither an OCI layout (index.json) nor a dir: "
			       "directory (manifest.json)");
	return err_set(err, EINVAL,
		       "no image in it: neither manifest.json nor index.json (a layer or root "
		       "file system? use --layer)");
}

static int read_formats(struct reader *r, struct err *err)
{
	struct archive *a = r->a;

	for (size_t i = 0; i < ARRAY_SIZE(formats); i++) {
		const struct archive_format *f = formats[i];
		const char *name = a->file ? f->name : f->dir_name;
		int ret;

		if (!name || !f->probe(r->blobs))
			continue;
		if (!a->format)
			a->format = name;
		ret = f->read(r, err);
		if (ret < 0)
			return ret;
	}
	return a->format ? 0 : no_format(a, err);
}

static int finish(struct reader *r, struct err *err)
{
	int ret = reader_name_pending(r, err);

	if (ret == 0)
		ret = reader_render_notes(r, err);
	if (ret < 0 || r->a->images.n)
		return ret;
	if (r->notes[NOTE_UNREADABLE])
		return err_set(err, -r->unreadable.code, "%s", r->unreadable.msg);
	if (reader_recognised(r))
		return 0;
	if (r->a->notes.len)
		return err_set(err, EINVAL, "no image in it, only %s", buf_str(&r->a->notes));
	return err_set(err, EINVAL, "no image in it: its %s lists none",
		       format_docker.probe(r->blobs) ? "manifest.json" : "index");
}

static struct archive *archive_new(struct source *file)
{
	struct archive *a = calloc(1, sizeof(*a));

	if (a && file)
		a->file = source_ref(file);
	return a;
}

static int read_all(struct archive *a, const struct archive_opts *opts, struct err *err)
{
	_cleanup_(reader_release) struct reader r = {
	    .a = a, .blobs = a->priv, .limits = opts->limits};
	int ret;

	if (opts->layer) {
		a->format = "layer";
		ret = bare_read(&r, a->file, opts->base_name, err);
	} else {
		ret = read_formats(&r, err);
	}
	return ret < 0 ? ret : finish(&r, err);
}

/* A JSON file is no archive: the one document is all there is. */
static int read_json(struct source *file, const struct archive_opts *opts, struct archive **a,
		     struct archive **ret, struct err *err)
{
	_cleanup_(reader_release) struct reader r = {.a = *a, .limits = opts->limits};
	int result;

	(*a)->format = "json";
	result = evidence_read_json(&r, file, opts->base_name, err);
	if (result == 0)
		result = reader_render_notes(&r, err);
	if (result == 0)
		*ret = steal_ptr(a);
	return result;
}

int archive_open_file(struct source *file, enum codec outer_codec,
		      const struct archive_opts *opts, struct archive **ret, struct err *err)
{
	_cleanup_(archive_freep) struct archive *a = archive_new(file);
	int r;

	if (!a)
		return err_oom(err);
	a->outer_codec = outer_codec;
	if (!opts->layer && evidence_is_json(file) && !begins_as_tar(file))
		return read_json(file, opts, &a, ret, err);
	r = opts->layer ? check_is_layer(file, err) : check_is_tar(file, err);
	if (r == 0 && !opts->layer)
		r = blobs_open_tar(file, opts->limits, &a->priv, err);
	if (r == 0)
		r = read_all(a, opts, err);
	if (r < 0)
		return r;
	*ret = steal_ptr(&a);
	return 0;
}

int archive_open_dir(int dirfd, const struct archive_opts *opts, struct archive **ret,
		     struct err *err)
{
	_cleanup_(archive_freep) struct archive *a = archive_new(NULL);
	int r;

	if (!a)
		return err_oom(err);
	if (opts->layer)
		return err_set(err, EINVAL, "a directory is no layer (give --layer a tar)");
	r = blobs_open_dir(dirfd, &a->priv, err);
	if (r == 0)
		r = read_all(a, opts, err);
	if (r < 0)
		return r;
	*ret = steal_ptr(&a);
	return 0;
}
