/* SPDX-License-Identifier: MIT */
#include "test.h"

#include "fixture.h"
#include "ingest/layer_job.h"
#include "ingest/message.h"

#include <sys/mman.h>

struct job {
	struct archive_layer what;
	struct plan_layer layer;
	struct limits limits;
	struct wire_out out;
	struct err err;
};

static int job_setup(void **state)
{
	struct job *j = calloc(1, sizeof(*j));

	j->limits = LIMITS_DEFAULT;
	j->out.fd = memfd_create("job", MFD_CLOEXEC);
	j->what.size = -1;
	j->layer = (struct plan_layer){.what = &j->what, .action = PLAN_WALK};
	*state = j;
	return 0;
}

static int job_teardown(void **state)
{
	struct job *j = *state;

	source_unref(j->what.blob.source);
	wire_out_release(&j->out);
	close(j->out.fd);
	free(j);
	return 0;
}

/* The blob, and the DiffID of plain. */
static void store(struct job *j, struct bytes blob, enum codec codec, struct bytes plain)
{
	char text[DIGEST_TEXT_MAX];

	assert_ok(source_open_memory(blob, &j->what.blob.source, &j->err), &j->err);
	j->what.blob.len = blob.len;
	j->layer.codec = codec;
	fixture_digest(plain, text);
	assert_ok(digest_parse(bytes_from_str(text), &j->what.diff_id, &j->err), &j->err);
}

static int run(struct job *j)
{
	struct layer_job job = {.layer = &j->layer, .limits = &j->limits, .spill_fd = -1};
	struct progress progress = {.out = &j->out, .layer = 1};

	return layer_job_run(&job, &progress, &j->err);
}

/* One letter per message: begin, entry, xattr, finding, seek point, end, verified. */
static void expect_messages(struct job *j, const char *want)
{
	static const char letters[WIRE_TYPE_END] = {
	    [WIRE_LAYER_BEGIN] = 'b', [WIRE_ENTRY] = 'e',     [WIRE_XATTR] = 'x',
	    [WIRE_FINDING] = 'f',     [WIRE_SEEKPOINT] = 's', [WIRE_LAYER_END] = '.',
	    [WIRE_VERIFIED] = 'v',
	};
	_cleanup_(wire_in_release) struct wire_in in = {.fd = j->out.fd, .max_frame = MIB(1)};
	struct wire_cursor c;
	enum wire_type type;
	char got[128] = "";

	assert_ok(wire_flush(&j->out, &j->err), &j->err);
	assert_int_equal(lseek(j->out.fd, 0, SEEK_SET), 0);
	while (wire_receive(&in, &type, &c, &j->err) == 1)
		if (letters[type] && strlen(got) + 1 < sizeof(got))
			got[strlen(got)] = letters[type];
	assert_string_equal(got, want);
}

static void layer_job__tells_rows_between_begin_and_end(void **state)
{
	_cleanup_(buf_release) struct buf tar = BUF_INIT;
	struct job *j = *state;

	tar_xattr(&tar, "user.a", BYTES("v"));
	tar_file(&tar, "f", BYTES("x"));
	tar_hardlink(&tar, "g", "f");
	tar_end(&tar);
	tar_raw(&tar, BYTES("trailing"));
	store(j, buf_bytes(&tar), CODEC_NONE, buf_bytes(&tar));
	assert_ok(run(j), &j->err);
	expect_messages(j, "beexef.");
}

static void layer_job__says_nothing_of_a_layer_with_a_wrong_digest(void **state)
{
	_cleanup_(buf_release) struct buf tar = BUF_INIT;
	struct job *j = *state;

	fixture_tar(&tar, "f", "x");
	store(j, buf_bytes(&tar), CODEC_NONE, BYTES("something else"));
	assert_int_equal(run(j), -EBADMSG);
	assert_non_null(strstr(j->err.msg, "DiffID is sha256:"));
	assert_non_null(strstr(j->err.msg, "but the config says sha256:"));
	expect_messages(j, "");
}

static void layer_job__checks_the_blob_digest(void **state)
{
	_cleanup_(buf_release) struct buf tar = BUF_INIT, gz = BUF_INIT;
	struct job *j = *state;

	fixture_tar(&tar, "f", "x");
	fixture_gzip(&gz, buf_bytes(&tar));
	store(j, buf_bytes(&gz), CODEC_GZIP, buf_bytes(&tar));
	j->what.blob_digest = j->what.diff_id;
	assert_int_equal(run(j), -EBADMSG);
	assert_non_null(strstr(j->err.msg, "the blob's digest is sha256:"));
	expect_messages(j, "");
}

static void layer_job__blames_the_digest_of_bytes_that_do_not_decode(void **state)
{
	_cleanup_(buf_release) struct buf tar = BUF_INIT, gz = BUF_INIT;
	char text[DIGEST_TEXT_MAX];
	struct job *j = *state;

	fixture_tar(&tar, "f", "x");
	fixture_gzip(&gz, buf_bytes(&tar));
	fixture_digest(buf_bytes(&gz), text);
	gz.ptr[gz.len / 2] ^= 0x55;
	store(j, buf_bytes(&gz), CODEC_GZIP, buf_bytes(&tar));
	assert_ok(digest_parse(bytes_from_str(text), &j->what.blob_digest, &j->err), &j->err);
	assert_int_equal(run(j), -EBADMSG);
	assert_non_null(strstr(j->err.msg, "the blob's digest is sha256:"));
	assert_non_null(strstr(j->err.msg, text));
}

static void layer_job__hashes_only_when_asked(void **state)
{
	_cleanup_(buf_release) struct buf tar = BUF_INIT;
	struct job *j = *state;

	fixture_tar(&tar, "f", "x");
	store(j, buf_bytes(&tar), CODEC_NONE, buf_bytes(&tar));
	j->layer.action = PLAN_HASH;
	assert_ok(run(j), &j->err);
	expect_messages(j, "v");
}

static void layer_job__keeps_layer_and_stream_findings_apart(void **state)
{
	_cleanup_(buf_release) struct buf tar = BUF_INIT, gz = BUF_INIT;
	struct job *j = *state;

	fixture_tar(&tar, "f", "x");
	fixture_gzip(&gz, buf_bytes(&tar));
	buf_add_str(&gz, "no gzip member");
	store(j, buf_bytes(&gz), CODEC_GZIP, buf_bytes(&tar));
	assert_ok(run(j), &j->err);
	expect_messages(j, "beeefs.");
}

int main(void)
{
#define JOB_TEST(t) cmocka_unit_test_setup_teardown(t, job_setup, job_teardown)
	const struct CMUnitTest tests[] = {
	    JOB_TEST(layer_job__tells_rows_between_begin_and_end),
	    JOB_TEST(layer_job__says_nothing_of_a_layer_with_a_wrong_digest),
	    JOB_TEST(layer_job__checks_the_blob_digest),
	    JOB_TEST(layer_job__blames_the_digest_of_bytes_that_do_not_decode),
	    JOB_TEST(layer_job__hashes_only_when_asked),
	    JOB_TEST(layer_job__keeps_layer_and_stream_findings_apart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
