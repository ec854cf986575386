/* SPDX-License-Identifier: MIT */
#include "test.h"

#include "ingest/intake.h"

struct talk {
	struct limits limits;
	struct intake intake;
	struct wire_out out;
	struct err err;
};

static int talk_setup(void **state)
{
	struct talk *t = calloc(1, sizeof(*t));

	t->limits = LIMITS_DEFAULT;
	t->out.fd = -1;
	t->intake.limits = &t->limits;
	t->intake.file_size = 10000;
	*state = t;
	return 0;
}

static int talk_teardown(void **state)
{
	struct talk *t = *state;

	intake_release(&t->intake);
	wire_out_release(&t->out);
	free(t);
	return 0;
}

/* Hands the message that was just put to the intake. */
static int hand_over(struct talk *t, enum wire_type type)
{
	struct wire_cursor c = {t->out.buf.ptr + 8, t->out.buf.len - 8, false};
	int r = intake_take(&t->intake, type, &c, &t->err);

	buf_clear(&t->out.buf);
	return r;
}

static int say_archive(struct talk *t)
{
	struct msg_archive m = {BYTES("docker-archive"), BYTES("")};

	assert_ok(msg_put_archive(&t->out, &m, &t->err), &t->err);
	return hand_over(t, WIRE_ARCHIVE);
}

static int say_image(struct talk *t, bool bare)
{
	struct msg_image m = {
	    .os = BYTES("linux"),
	    .architecture = BYTES("arm64"),
	    .variant = BYTES("v8"),
	    .bare = bare,
	};

	if (!bare)
		m.config_digest = (struct digest){.alg = DIGEST_SHA256, .raw = {9}};
	assert_ok(msg_put_image(&t->out, &m, &t->err), &t->err);
	return hand_over(t, WIRE_IMAGE);
}

static int say_layer(struct talk *t, const char *path, uint64_t offset, uint64_t len)
{
	struct msg_layer m = {
	    .diff_id = {.alg = DIGEST_SHA256, .raw = {1}},
	    .size = -1,
	    .path = path ? bytes_from_str(path) : BYTES_NULL,
	    .offset = offset,
	    .len = len,
	    .identity = {.size = 10000},
	};

	assert_ok(msg_put_layer(&t->out, &m, &t->err), &t->err);
	return hand_over(t, WIRE_LAYER);
}

static void intake__keeps_what_is_told_in_order(void **state)
{
	struct talk *t = *state;
	struct msg_name name = {BYTES("app:1"), 3};

	assert_ok(say_archive(t), &t->err);
	assert_ok(say_image(t, false), &t->err);
	assert_ok(say_layer(t, NULL, 512, 9488), &t->err);
	assert_ok(msg_put_name(&t->out, &name, &t->err), &t->err);
	assert_ok(hand_over(t, WIRE_NAME), &t->err);
	assert_string_equal(t->intake.format, "docker-archive");
	assert_string_equal(t->intake.images.v[0].platform, "linux/arm64/v8");
	assert_string_equal(t->intake.images.v[0].names.v[0].reference, "app:1");
	assert_int_equal(intake_layer(&t->intake, 0, 0)->offset, 512);
	assert_null(intake_layer(&t->intake, 0, 1));
	assert_null(intake_layer(&t->intake, 1, 0));
}

static void intake__refuses_messages_out_of_order(void **state)
{
	struct talk *t = *state;

	assert_int_equal(say_image(t, false), -EBADMSG);
	assert_ok(say_archive(t), &t->err);
	assert_int_equal(say_archive(t), -EBADMSG);
	assert_int_equal(say_layer(t, NULL, 0, 1), -EBADMSG);
}

static void intake__refuses_places_outside_the_input(void **state)
{
	struct talk *t = *state;

	assert_ok(say_archive(t), &t->err);
	assert_ok(say_image(t, false), &t->err);
	assert_int_equal(say_layer(t, NULL, 512, 9489), -EBADMSG);
	assert_int_equal(say_layer(t, NULL, INT64_MAX, INT64_MAX), -EBADMSG);
	assert_int_equal(say_layer(t, "blobs/x", 0, 1), -EBADMSG); /* no directory */
	t->intake.directory = true;
	assert_int_equal(say_layer(t, NULL, 0, 1), -EBADMSG);
	assert_int_equal(say_layer(t, "/etc/passwd", 0, 1), -EBADMSG);
	assert_int_equal(say_layer(t, "a/../../etc/passwd", 0, 1), -EBADMSG);
	assert_int_equal(say_layer(t, "", 0, 1), -EBADMSG);
	assert_int_equal(say_layer(t, "blobs/x", 0, 10001), -EBADMSG);
	assert_ok(say_layer(t, "blobs/..x", 0, 10000), &t->err);
}

static void intake__bounds_images_and_layers(void **state)
{
	struct talk *t = *state;

	t->limits.manifests = 1;
	t->limits.layers = 2;
	assert_ok(say_archive(t), &t->err);
	assert_ok(say_image(t, false), &t->err);
	assert_ok(say_layer(t, NULL, 0, 1), &t->err);
	assert_ok(say_layer(t, NULL, 0, 1), &t->err);
	assert_int_equal(say_layer(t, NULL, 0, 1), -EFBIG);
	assert_int_equal(say_image(t, false), -EFBIG);
}

static void intake__takes_a_layer_read_only_as_declared(void **state)
{
	const struct digest right = {.alg = DIGEST_SHA256, .raw = {1}};
	const struct digest wrong = {.alg = DIGEST_SHA256, .raw = {2}};
	struct intake_layer *l;
	struct talk *t = *state;

	assert_ok(say_archive(t), &t->err);
	assert_ok(say_image(t, false), &t->err);
	assert_ok(say_layer(t, NULL, 0, 1), &t->err);
	assert_int_equal(intake_layer_read(&t->intake, 0, 1, &right, &right, &l, &t->err),
			 -EBADMSG);
	assert_int_equal(intake_layer_read(&t->intake, 0, 0, &wrong, &right, &l, &t->err),
			 -EBADMSG);
	assert_ok(intake_layer_read(&t->intake, 0, 0, &right, &wrong, &l, &t->err), &t->err);
	assert_true(l->verified);
	/* Once is enough. */
	assert_int_equal(intake_layer_read(&t->intake, 0, 0, &right, &wrong, &l, &t->err),
			 -EBADMSG);
}

static void intake__gives_a_bare_layer_its_digest(void **state)
{
	const struct digest id = {.alg = DIGEST_SHA256, .raw = {5}};
	struct msg_layer m = {.size = -1, .len = 10};
	struct intake_layer *l;
	struct talk *t = *state;

	assert_ok(say_archive(t), &t->err);
	assert_ok(say_image(t, true), &t->err);
	assert_ok(msg_put_layer(&t->out, &m, &t->err), &t->err);
	assert_ok(hand_over(t, WIRE_LAYER), &t->err);
	assert_ok(intake_layer_read(&t->intake, 0, 0, &id, &id, &l, &t->err), &t->err);
	assert_true(digest_equal(&t->intake.images.v[0].config_digest, &id));
	assert_true(digest_equal(&l->diff_id, &id));
}

int main(void)
{
#define TALK_TEST(t) cmocka_unit_test_setup_teardown(t, talk_setup, talk_teardown)
	const struct CMUnitTest tests[] = {
	    TALK_TEST(intake__keeps_what_is_told_in_order),
	    TALK_TEST(intake__refuses_messages_out_of_order),
	    TALK_TEST(intake__refuses_places_outside_the_input),
	    TALK_TEST(intake__bounds_images_and_layers),
	    TALK_TEST(intake__takes_a_layer_read_only_as_declared),
	    TALK_TEST(intake__gives_a_bare_layer_its_digest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
