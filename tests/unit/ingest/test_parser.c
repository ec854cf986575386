/* SPDX-License-Identifier: MIT */
#include "test.h"

#include "fixture.h"
#include "ingest/message.h"
#include "ingest/parser.h"

#include <stdio.h>
#include <sys/mman.h>

/* Runs the parser on an archive; the types of its messages, a letter each. */
static void parse(struct bytes archive, const struct known *known, char *ret, size_t size,
		  struct msg_error *ret_error, char *text, size_t text_size)
{
	static const char letters[WIRE_TYPE_END] = {
	    [WIRE_ARCHIVE] = 'A', [WIRE_IMAGE] = 'I',       [WIRE_LAYER] = 'L',
	    [WIRE_NAME] = 'N',    [WIRE_HISTORY] = 'H',     [WIRE_START] = 'S',
	    [WIRE_ENTRY] = 'e',   [WIRE_LAYER_BEGIN] = 'b', [WIRE_LAYER_END] = '.',
	    [WIRE_ERROR] = '!',   [WIRE_DONE] = '$',
	};
	const struct limits limits = LIMITS_DEFAULT;
	_cleanup_close_ int fd = memfd_create("parser", MFD_CLOEXEC);
	_cleanup_(wire_in_release) struct wire_in in = {.fd = fd, .max_frame = MIB(1)};
	_cleanup_(source_unrefp) struct source *file = NULL;
	struct parser_input input = {
	    .dirfd = -1, .spill_fd = -1, .known = known, .limits = &limits};
	struct err err = ERR_INIT;
	struct wire_cursor c;
	enum wire_type type;
	size_t n = 0;

	assert_ok(source_open_memory(archive, &file, &err), &err);
	input.file = file;
	assert_int_equal(parser_run(&input, fd), 0);
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	while (wire_receive(&in, &type, &c, &err) == 1 && n + 1 < size) {
		if (letters[type])
			ret[n++] = letters[type];
		if (type != WIRE_ERROR)
			continue;
		assert_ok(msg_get_error(&c, ret_error, &err), &err);
		snprintf(text, text_size, "%.*s", (int)ret_error->text.len,
			 ret_error->text.ptr);
	}
	ret[n] = '\0';
}

static void image(struct buf *out, const char *diff_id, struct known *known)
{
	_cleanup_(buf_release) struct buf tar = BUF_INIT;
	struct fixture_layer layer = {.diff_id = diff_id};
	char text[DIGEST_TEXT_MAX];
	struct digest d;

	fixture_tar(&tar, "f", "x");
	layer.stored = buf_bytes(&tar);
	fixture_docker(out, &layer, 1, "app:1");
	if (!known)
		return;
	fixture_digest(buf_bytes(&tar), text);
	assert_int_equal(digest_parse(bytes_from_str(text), &d, NULL), 0);
	assert_int_equal(known_add(known, &d), 0);
}

static void parser__tells_images_before_layers(void **state)
{
	_cleanup_(buf_release) struct buf archive = BUF_INIT;
	const struct known none = {0};
	struct msg_error error;
	char got[64], text[256];

	(void)state;
	image(&archive, NULL, NULL);
	parse(buf_bytes(&archive), &none, got, sizeof(got), &error, text, sizeof(text));
	assert_string_equal(got, "AILNHSbeee.$");
}

static void parser__reads_no_known_layer(void **state)
{
	_cleanup_(buf_release) struct buf archive = BUF_INIT;
	_cleanup_(known_release) struct known known = {0};
	struct msg_error error;
	char got[64], text[256];

	(void)state;
	image(&archive, NULL, &known);
	parse(buf_bytes(&archive), &known, got, sizeof(got), &error, text, sizeof(text));
	assert_string_equal(got, "AILNHS$");
}

static void parser__ends_with_its_refusal(void **state)
{
	_cleanup_(buf_release) struct buf archive = BUF_INIT;
	const struct known none = {0};
	struct msg_error error;
	char got[64], text[256];

	(void)state;
	image(&archive,
	      "sha256:0000000000000000000000000000000000000000000000000000000000000000", NULL);
	parse(buf_bytes(&archive), &none, got, sizeof(got), &error, text, sizeof(text));
	assert_string_equal(got, "AILNHS!");
	assert_int_equal(error.code, EBADMSG);
	assert_true(strncmp(text, "layer 1: DiffID is sha256:", 26) == 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(parser__tells_images_before_layers),
	    cmocka_unit_test(parser__reads_no_known_layer),
	    cmocka_unit_test(parser__ends_with_its_refusal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
