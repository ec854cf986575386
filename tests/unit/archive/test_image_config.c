/* SPDX-License-Identifier: MIT */
#include "archive/image_config.h"

#include "archive/reader.h"
#include "opened.h"
#include "test.h"

#define HEX64 "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static int read_config(const char *text, size_t len, struct archive_image *img,
		       struct diff_id_vec *ids, struct err *err)
{
	img->config = strndup(text, len);
	img->config_len = len;
	assert_non_null(img->config);
	return image_config_read(img, &default_limits, ids, err);
}

static void image_config__reads_platform_diff_ids_and_history(void **state)
{
	static const char text[] =
	    "{\"os\":\"linux\",\"architecture\":\"arm64\",\"variant\":\"v8\","
	    "\"created\":\"2026-01-01T00:00:00Z\",\"rootfs\":{\"diff_ids\":["
	    "\"sha256:" HEX64 "\"]},\"history\":[{\"created_by\":\"RUN x\",\"comment\":\"c\","
	    "\"author\":\"a\",\"created\":\"t\"},{\"empty_layer\":true}]}";
	_cleanup_(archive_image_release) struct archive_image img = {0};
	_cleanup_(diff_id_vec_release) struct diff_id_vec ids = {0};
	struct err err = ERR_INIT;

	(void)state;
	assert_ok(read_config(text, strlen(text), &img, &ids, &err), &err);
	assert_string_equal(img.os, "linux");
	assert_string_equal(img.architecture, "arm64");
	assert_string_equal(img.variant, "v8");
	assert_string_equal(img.created, "2026-01-01T00:00:00Z");
	assert_int_equal(ids.n, 1);
	assert_int_equal(ids.v[0].raw[1], 0x23);
	assert_int_equal(img.history.n, 2);
	assert_string_equal(img.history.v[0].created_by, "RUN x");
	assert_string_equal(img.history.v[0].comment, "c");
	assert_string_equal(img.history.v[0].author, "a");
	assert_false(img.history.v[0].empty_layer);
	assert_true(img.history.v[1].empty_layer);
	assert_null(img.history.v[1].created_by);
}

static void image_config__history_keeps_any_byte(void **state)
{
	static const char text[] = "{\"history\":[{\"created_by\":\"a\\u0000\\u001bb\"}]}";
	_cleanup_(archive_image_release) struct archive_image img = {0};
	_cleanup_(diff_id_vec_release) struct diff_id_vec ids = {0};
	struct err err = ERR_INIT;

	(void)state;
	assert_ok(read_config(text, strlen(text), &img, &ids, &err), &err);
	assert_int_equal(img.history.v[0].created_by_len, 4);
	assert_memory_equal(img.history.v[0].created_by, "a\0\033b", 5);
}

static void image_config__absent_and_null_members_are_fine(void **state)
{
	static const char *const texts[] = {"{}", "{\"history\":null,\"rootfs\":null}",
					    "{\"rootfs\":{\"diff_ids\":null}}"};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		_cleanup_(archive_image_release) struct archive_image img = {0};
		_cleanup_(diff_id_vec_release) struct diff_id_vec ids = {0};
		struct err err = ERR_INIT;

		assert_ok(read_config(texts[i], strlen(texts[i]), &img, &ids, &err), &err);
		assert_int_equal(ids.n, 0);
		assert_int_equal(img.history.n, 0);
		assert_ok(image_config_assign(&img, &ids, &err), &err);
	}
}

static void image_config__wrong_types_are_refused(void **state)
{
	static const char *const texts[] = {
	    "[]",
	    "7",
	    "{",
	    "{\"os\":7}",
	    "{\"os\":\"li\\u0000nux\"}",
	    "{\"created\":{}}",
	    "{\"rootfs\":[]}",
	    "{\"rootfs\":{\"diff_ids\":{}}}",
	    "{\"rootfs\":{\"diff_ids\":[7]}}",
	    "{\"rootfs\":{\"diff_ids\":[\"sha256:abc\"]}}",
	    "{\"history\":{}}",
	    "{\"history\":[1]}",
	    "{\"history\":[null]}",
	    "{\"history\":[{\"created_by\":7}]}",
	    "{\"history\":[{\"empty_layer\":\"true\"}]}",
	    "{\"history\":[],\"history\":[]}",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		_cleanup_(archive_image_release) struct archive_image img = {0};
		_cleanup_(diff_id_vec_release) struct diff_id_vec ids = {0};
		struct err err = ERR_INIT;

		if (read_config(texts[i], strlen(texts[i]), &img, &ids, &err) >= 0)
			fail_msg("taken: %s", texts[i]);
		assert_true(err.msg[0]);
	}
}

static void image_config__counts_must_agree(void **state)
{
	_cleanup_(archive_image_release) struct archive_image img = {0};
	_cleanup_(diff_id_vec_release) struct diff_id_vec ids = {0};
	struct digest d = {.alg = DIGEST_SHA256, .raw = {7}};
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(archive_layer_vec_push(&img.layers, (struct archive_layer){0}), 0);
	assert_true(image_config_assign(&img, &ids, &err) < 0);
	assert_non_null(strstr(err.msg, "schema 1"));
	assert_int_equal(diff_id_vec_push(&ids, d), 0);
	assert_ok(image_config_assign(&img, &ids, &err), &err);
	assert_int_equal(img.layers.v[0].diff_id.raw[0], 7);
	assert_int_equal(diff_id_vec_push(&ids, d), 0);
	err = ERR_INIT;
	assert_true(image_config_assign(&img, &ids, &err) < 0);
	assert_non_null(strstr(err.msg, "2 diff_ids"));
}

static void image_config__too_many_layers_name_the_limit(void **state)
{
	struct err err = ERR_INIT;

	(void)state;
	assert_ok(image_config_check_layers(default_limits.layers, &default_limits, &err),
		  &err);
	assert_int_equal(
	    image_config_check_layers(default_limits.layers + 1, &default_limits, &err),
	    -EFBIG);
	assert_non_null(strstr(err.msg, "limit layers"));
}

static void image_config__history_is_bounded(void **state)
{
	_cleanup_(archive_image_release) struct archive_image img = {0};
	_cleanup_(diff_id_vec_release) struct diff_id_vec ids = {0};
	_cleanup_(buf_release) struct buf text = BUF_INIT;
	struct err err = ERR_INIT;

	(void)state;
	buf_add_str(&text, "{\"history\":[{}");
	for (int i = 0; i < 65536; i++)
		buf_add_str(&text, ",{}");
	buf_add_str(&text, "]}");
	assert_int_equal(read_config(text.ptr, text.len, &img, &ids, &err), -EFBIG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(image_config__reads_platform_diff_ids_and_history),
	    cmocka_unit_test(image_config__history_keeps_any_byte),
	    cmocka_unit_test(image_config__absent_and_null_members_are_fine),
	    cmocka_unit_test(image_config__wrong_types_are_refused),
	    cmocka_unit_test(image_config__counts_must_agree),
	    cmocka_unit_test(image_config__too_many_layers_name_the_limit),
	    cmocka_unit_test(image_config__history_is_bounded),
	};

	return cmocka_run_group_tests_name("archive/image_config", tests, NULL, NULL);
}
