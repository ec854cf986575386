/* SPDX-License-Identifier: MIT */
#include "archive/archive.h"

#include "imagemake.h"
#include "opened.h"
#include "tarmake.h"
#include "test.h"

#include <stdio.h>

#define BASE "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define TOP  "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"

static void add_v1(struct buf *tar, const char *id, const char *more, struct bytes layer)
{
	_cleanup_(buf_release) struct buf json = BUF_INIT;
	char name[100];

	buf_addf(&json, "{\"id\":\"%s\",\"os\":\"linux\",\"architecture\":\"amd64\"%s}", id,
		 more);
	snprintf(name, sizeof(name), "%s/VERSION", id);
	tar_file(tar, name, BYTES("1.0"));
	snprintf(name, sizeof(name), "%s/json", id);
	tar_file(tar, name, buf_bytes(&json));
	snprintf(name, sizeof(name), "%s/layer.tar", id);
	tar_file(tar, name, layer);
}

static void make(struct buf *tar, const char *repositories, const char *top_more)
{
	add_v1(tar, TOP, top_more, BYTES("upper layer"));
	add_v1(tar, BASE, ",\"container_config\":{\"Cmd\":[\"/bin/sh\",\"-c\",\"x\"]}",
	       BYTES("base layer"));
	tar_file(tar, "repositories", bytes_from_str(repositories));
	tar_end(tar);
}

static void docker_legacy__walks_parents_to_the_base(void **state)
{
	_cleanup_(archive_freep) struct archive *a = NULL;
	_cleanup_(buf_release) struct buf tar = BUF_INIT;
	char text[DIGEST_TEXT_MAX], want[DIGEST_TEXT_MAX];
	struct archive_image *img;

	(void)state;
	make(&tar, "{\"app\":{\"1\":\"" TOP "\"},\"base\":{\"latest\":\"" BASE "\"}}",
	     ",\"parent\":\"" BASE "\",\"comment\":\"top\"");
	a = assert_opened(&tar);
	assert_string_equal(a->format, "docker-archive");
	assert_int_equal(a->images.n, 2);
	img = &a->images.v[0];
	assert_name(img, 0, "app:1");
	assert_int_equal(img->layers.n, 2);
	assert_blob(&img->layers.v[0].blob, BYTES("base layer"));
	assert_blob(&img->layers.v[1].blob, BYTES("upper layer"));
	assert_string_equal(digest_format(&img->layers.v[0].diff_id, text),
			    image_digest(BYTES("base layer"), want));
	assert_string_equal(img->history.v[0].created_by, "/bin/sh -c x");
	assert_string_equal(img->history.v[1].comment, "top");
	assert_string_equal(img->os, "linux");
	assert_int_equal(img->config_digest.alg, DIGEST_SHA256);
	assert_null(img->config);
	assert_name(&a->images.v[1], 0, "base:latest");
	assert_int_equal(a->images.v[1].layers.n, 1);
}

static void docker_legacy__two_tags_of_one_id_are_one_image(void **state)
{
	_cleanup_(archive_freep) struct archive *a = NULL;
	_cleanup_(buf_release) struct buf tar = BUF_INIT;

	(void)state;
	make(&tar, "{\"app\":{\"1\":\"" TOP "\",\"2\":\"" TOP "\"}}", "");
	a = assert_opened(&tar);
	assert_int_equal(a->images.n, 1);
	assert_int_equal(a->images.v[0].names.n, 2);
}

static void assert_make_refused(const char *repositories, const char *more, const char *words)
{
	_cleanup_(buf_release) struct buf tar = BUF_INIT;

	make(&tar, repositories, more);
	assert_refused(&tar, words);
}

static void docker_legacy__wrong_ids_and_circles_are_refused(void **state)
{
	(void)state;
	assert_make_refused("{\"app\":{\"1\":\"../../etc\"}}", "", "no image id");
	assert_make_refused("{\"app\":{\"1\":7}}", "", "no image id");
	assert_make_refused("[]", "", "repositories: ");
	assert_make_refused("{\"app\":{\"1\":\"" TOP "\"}}", ",\"parent\":\"" TOP "\"",
			    "limit layers");
	assert_make_refused("{\"app\":{\"1\":\"" TOP "\"}}", ",\"parent\":\"..\"",
			    "no image id");
	assert_make_refused("{\"app\":{\"1\":\""
			    "cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc"
			    "\"}}",
			    "", "is not in the archive");
}

static void docker_legacy__repositories_alone_is_no_image(void **state)
{
	_cleanup_(buf_release) struct buf tar = BUF_INIT;

	(void)state;
	tar_file(&tar, "repositories", BYTES("{}"));
	tar_end(&tar);
	assert_refused(&tar, "neither manifest.json nor index.json");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(docker_legacy__walks_parents_to_the_base),
	    cmocka_unit_test(docker_legacy__two_tags_of_one_id_are_one_image),
	    cmocka_unit_test(docker_legacy__wrong_ids_and_circles_are_refused),
	    cmocka_unit_test(docker_legacy__repositories_alone_is_no_image),
	};

	return cmocka_run_group_tests_name("archive/docker_legacy", tests, NULL, NULL);
}
