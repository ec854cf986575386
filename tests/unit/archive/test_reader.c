/* SPDX-License-Identifier: MIT */
#include "archive/reader.h"

#include "opened.h"
#include "test.h"

static struct reader reader_with_image(struct archive *a)
{
	struct reader r = {.a = a, .limits = &default_limits};
	struct archive_image img = {.config_digest = {.alg = DIGEST_SHA256, .raw = {1}}};
	struct err err = ERR_INIT;
	size_t at;

	assert_ok(reader_add_image(&r, &img, &at, &err), &err);
	assert_int_equal(at, a->images.n - 1);
	return r;
}

static void reader__finds_images_by_config_digest(void **state)
{
	_cleanup_(archive_freep) struct archive *a = calloc(1, sizeof(*a));
	_cleanup_(reader_release) struct reader r = reader_with_image(a);
	struct digest known = {.alg = DIGEST_SHA256, .raw = {1}};
	struct digest other = {.alg = DIGEST_SHA256, .raw = {2}};

	(void)state;
	assert_int_equal(reader_find_image(&r, &known), 0);
	assert_int_equal(reader_find_image(&r, &other), -1);
	assert_string_equal(a->images.v[0].os, "");
	assert_string_equal(a->images.v[0].variant, "");
}

static void reader__one_name_in_two_spellings_is_one(void **state)
{
	_cleanup_(archive_freep) struct archive *a = calloc(1, sizeof(*a));
	_cleanup_(reader_release) struct reader r = reader_with_image(a);
	struct err err = ERR_INIT;

	(void)state;
	assert_ok(reader_name_image(&r, 0, BYTES("docker.io/library/app:1"), 4, &err), &err);
	assert_ok(reader_name_image(&r, 0, BYTES("app:1"), 5, &err), &err);
	assert_ok(reader_name_image(&r, 0, BYTES("index.docker.io/acme/app:1"), 6, &err), &err);
	assert_ok(reader_name_image(&r, 0, BYTES("acme/app:1"), 7, &err), &err);
	assert_int_equal(a->images.v[0].names.n, 2);
	assert_name(&a->images.v[0], 0, "docker.io/library/app:1");
	assert_int_equal(a->images.v[0].names.v[0].event, 4);
	assert_name(&a->images.v[0], 1, "index.docker.io/acme/app:1");
}

static void reader__nothing_is_no_name(void **state)
{
	_cleanup_(archive_freep) struct archive *a = calloc(1, sizeof(*a));
	_cleanup_(reader_release) struct reader r = reader_with_image(a);
	struct err err = ERR_INIT;

	(void)state;
	assert_ok(reader_name_image(&r, 0, BYTES(""), 0, &err), &err);
	assert_ok(reader_name_image(&r, 0, BYTES("<none>:<none>"), 0, &err), &err);
	assert_int_equal(a->images.v[0].names.n, 0);
	assert_true(reader_name_image(&r, 0, BYTES("a\0b"), 0, &err) < 0);
	assert_non_null(strstr(err.msg, "NUL"));
}

static void reader__later_names_come_last_each_with_its_event(void **state)
{
	_cleanup_(archive_freep) struct archive *a = calloc(1, sizeof(*a));
	_cleanup_(reader_release) struct reader r = reader_with_image(a);
	struct err err = ERR_INIT;

	(void)state;
	assert_ok(reader_name_later(&r, 0, BYTES("x:1"), &err), &err);
	assert_ok(reader_name_later(&r, 0, BYTES("x:2"), &err), &err);
	assert_ok(reader_name_image(&r, 0, BYTES("y:1"), r.events++, &err), &err);
	assert_ok(reader_name_pending(&r, &err), &err);
	assert_name(&a->images.v[0], 0, "y:1");
	assert_name(&a->images.v[0], 1, "x:1");
	assert_name(&a->images.v[0], 2, "x:2");
	assert_int_equal(a->images.v[0].names.v[2].event, 2);
}

static void reader__names_are_bounded(void **state)
{
	_cleanup_(archive_freep) struct archive *a = calloc(1, sizeof(*a));
	_cleanup_(reader_release) struct reader r = reader_with_image(a);
	struct err err = ERR_INIT;
	int ret = 0;

	(void)state;
	for (unsigned i = 0; ret == 0 && i < 5000; i++) {
		_cleanup_(buf_release) struct buf name = BUF_INIT;

		buf_addf(&name, "x:%u", i);
		ret = reader_name_image(&r, 0, buf_bytes(&name), i, &err);
	}
	assert_int_equal(ret, -EFBIG);
}

static void reader__notes_are_counted_in_words(void **state)
{
	_cleanup_(archive_freep) struct archive *a = calloc(1, sizeof(*a));
	_cleanup_(reader_release) struct reader r = reader_with_image(a);
	struct err err = ERR_INIT;

	(void)state;
	assert_false(reader_recognised(&r));
	reader_note(&r, NOTE_ABSENT_PLATFORM);
	assert_false(reader_recognised(&r));
	reader_note(&r, NOTE_ATTESTATION);
	reader_note(&r, NOTE_ATTESTATION);
	assert_true(reader_recognised(&r));
	assert_ok(reader_render_notes(&r, &err), &err);
	assert_string_equal(buf_str(&a->notes),
			    "2 attestations, 1 platform that is not in the archive");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(reader__finds_images_by_config_digest),
	    cmocka_unit_test(reader__one_name_in_two_spellings_is_one),
	    cmocka_unit_test(reader__nothing_is_no_name),
	    cmocka_unit_test(reader__later_names_come_last_each_with_its_event),
	    cmocka_unit_test(reader__names_are_bounded),
	    cmocka_unit_test(reader__notes_are_counted_in_words),
	};

	return cmocka_run_group_tests_name("archive/reader", tests, NULL, NULL);
}
