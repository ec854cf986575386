/* SPDX-License-Identifier: MIT */
#include "archive/blobs.h"

#include "imagemake.h"
#include "io/hash.h"
#include "opened.h"
#include "tarmake.h"
#include "test.h"

#include <stdio.h>

static struct archive_blobs *blobs_of(const struct buf *tar)
{
	_cleanup_(source_unrefp) struct source *s = NULL;
	struct archive_blobs *b = NULL;
	struct err err = ERR_INIT;

	assert_ok(source_open_memory(buf_bytes(tar), &s, &err), &err);
	assert_ok(blobs_open_tar(s, &default_limits, &b, &err), &err);
	return b;
}

static void blobs__documents_are_what_their_digest_says(void **state)
{
	_cleanup_(blobs_freep) struct archive_blobs *b = NULL;
	_cleanup_(document_release) struct document doc = {0};
	_cleanup_(buf_release) struct buf tar = BUF_INIT;
	struct digest d = digest_of(DIGEST_SHA256, BYTES("{}"));
	struct err err = ERR_INIT;

	(void)state;
	image_blob(&tar, BYTES("{}"));
	tar_end(&tar);
	b = blobs_of(&tar);
	assert_int_equal(blobs_read_digest(b, &d, 2, &default_limits, &doc, &err), 1);
	assert_string_equal(doc.text, "{}");
	document_release(&doc);
	assert_true(blobs_read_digest(b, &d, 3, &default_limits, &doc, &err) < 0);
	assert_non_null(strstr(err.msg, "declared are 3"));
}

static void blobs__an_altered_document_is_refused(void **state)
{
	_cleanup_(blobs_freep) struct archive_blobs *b = NULL;
	_cleanup_(buf_release) struct buf tar = BUF_INIT;
	struct digest d = digest_of(DIGEST_SHA256, BYTES("{}"));
	char hex[DIGEST_TEXT_MAX], name[DIGEST_TEXT_MAX + 16];
	struct document doc = {0};
	struct err err = ERR_INIT;

	(void)state;
	snprintf(name, sizeof(name), "blobs/sha256/%s", digest_hex(&d, hex));
	tar_file(&tar, name, BYTES("[]"));
	tar_end(&tar);
	b = blobs_of(&tar);
	assert_true(blobs_read_digest(b, &d, 2, &default_limits, &doc, &err) < 0);
	assert_non_null(strstr(err.msg, name));
	assert_non_null(strstr(err.msg, "have the digest"));
	assert_null(doc.text);
}

static void blobs__sha512_has_its_own_directory(void **state)
{
	_cleanup_(blobs_freep) struct archive_blobs *b = NULL;
	_cleanup_(document_release) struct document doc = {0};
	_cleanup_(buf_release) struct buf tar = BUF_INIT;
	struct digest d = digest_of(DIGEST_SHA512, BYTES("{}"));
	char hex[DIGEST_TEXT_MAX], name[DIGEST_TEXT_MAX + 16];
	struct err err = ERR_INIT;

	(void)state;
	snprintf(name, sizeof(name), "blobs/sha512/%s", digest_hex(&d, hex));
	tar_file(&tar, name, BYTES("{}"));
	tar_end(&tar);
	b = blobs_of(&tar);
	assert_int_equal(blobs_read_digest(b, &d, -1, &default_limits, &doc, &err), 1);
}

static void blobs__documents_over_the_limit_are_not_read(void **state)
{
	_cleanup_(blobs_freep) struct archive_blobs *b = NULL;
	_cleanup_(buf_release) struct buf tar = BUF_INIT;
	struct limits limits = default_limits;
	struct document doc = {0};
	struct err err = ERR_INIT;

	(void)state;
	tar_file(&tar, "index.json", BYTES("{\"a\": 1}"));
	tar_end(&tar);
	b = blobs_of(&tar);
	limits.json_bytes = 7;
	assert_int_equal(blobs_read(b, BYTES("index.json"), &limits, &doc, &err), -EFBIG);
	assert_non_null(strstr(err.msg, "index.json: "));
	assert_non_null(strstr(err.msg, "json-bytes"));
}

static void blobs__a_member_cut_off_is_refused(void **state)
{
	_cleanup_(blobs_freep) struct archive_blobs *b = calloc(1, sizeof(*b));
	struct member m = {.name = BYTES("x"), .offset = 512, .len = 1000};
	struct blob_place p;
	struct err err = ERR_INIT;

	(void)state;
	assert_non_null(b);
	b->dirfd = -1;
	assert_ok(source_open_memory(BYTES("short"), &b->file, &err), &err);
	assert_int_equal(member_vec_push(&b->members.v, m), 0);
	assert_true(blobs_find(b, BYTES("x"), &p, &err) < 0);
	assert_non_null(strstr(err.msg, "ends within it"));
}

static void blobs__directories_are_read_by_path(void **state)
{
	_cleanup_(blobs_freep) struct archive_blobs *b = NULL;
	struct blob_place p = {0}, again = {0};
	struct err err = ERR_INIT;
	struct tmpdir t;

	(void)state;
	tmpdir_make(&t);
	tmpdir_file(&t, "a/b/file", BYTES("content"));
	assert_ok(blobs_open_dir(t.fd, &b, &err), &err);
	assert_true(blobs_have(b, "a"));
	assert_false(blobs_have(b, "c"));
	assert_int_equal(blobs_find(b, BYTES("./a//b/file"), &p, &err), 1);
	assert_string_equal(p.path, "a/b/file");
	assert_blob(&p, BYTES("content"));
	assert_int_equal(blobs_find(b, BYTES("a/b/file"), &again, &err), 1);
	assert_ptr_equal(p.source, again.source);
	blob_place_release(&p);
	blob_place_release(&again);
	assert_int_equal(blobs_find(b, BYTES("a/nope/file"), &p, &err), 0);
	assert_int_equal(blobs_find(b, BYTES("../../etc/passwd"), &p, &err), 0);
	tmpdir_remove(&t);
}

static void blobs__links_in_directories_are_not_followed(void **state)
{
	_cleanup_(blobs_freep) struct archive_blobs *b = NULL;
	struct err err = ERR_INIT;
	struct blob_place p;
	struct tmpdir t;

	(void)state;
	tmpdir_make(&t);
	tmpdir_file(&t, "real/file", BYTES("content"));
	assert_int_equal(symlinkat("/etc/passwd", t.fd, "file"), 0);
	assert_int_equal(symlinkat("real", t.fd, "dir"), 0);
	assert_ok(blobs_open_dir(t.fd, &b, &err), &err);
	assert_true(blobs_find(b, BYTES("file"), &p, &err) < 0);
	assert_non_null(strstr(err.msg, "symbolic link"));
	err = ERR_INIT;
	assert_true(blobs_find(b, BYTES("dir/file"), &p, &err) < 0);
	err = ERR_INIT;
	assert_true(blobs_find(b, BYTES("real"), &p, &err) < 0);
	assert_non_null(strstr(err.msg, "not a regular file"));
	tmpdir_remove(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(blobs__documents_are_what_their_digest_says),
	    cmocka_unit_test(blobs__an_altered_document_is_refused),
	    cmocka_unit_test(blobs__sha512_has_its_own_directory),
	    cmocka_unit_test(blobs__documents_over_the_limit_are_not_read),
	    cmocka_unit_test(blobs__a_member_cut_off_is_refused),
	    cmocka_unit_test(blobs__directories_are_read_by_path),
	    cmocka_unit_test(blobs__links_in_directories_are_not_followed),
	};

	return cmocka_run_group_tests_name("archive/blobs", tests, NULL, NULL);
}
