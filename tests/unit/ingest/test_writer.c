/* SPDX-License-Identifier: MIT */
#include "test.h"

#include "fixture.h"
#include "ingest/writer.h"

#include <sys/mman.h>

/*
 * A parser that says what the test wants: messages go into a memory file, which the writer then
 * reads as its pipe.
 */
struct play {
	struct fixture *f;
	struct infile input;
	struct writer w;
	struct wire_out out;
};

static int play_setup(void **state)
{
	struct play *p = calloc(1, sizeof(*p));
	void *fixture;

	if (fixture_setup(&fixture) < 0)
		return -1;
	p->f = fixture;
	p->input = INFILE_INIT;
	p->input.path = strdup("/nowhere/a.tar");
	if (source_open_memory(BYTES("0123456789"), &p->input.file, &p->f->err) < 0 ||
	    writer_init(&p->w, p->f->db, &p->input, "a.tar", &p->f->opts, &p->f->err) < 0)
		return -1;
	p->out.fd = memfd_create("play", MFD_CLOEXEC);
	*state = p;
	return 0;
}

static int play_teardown(void **state)
{
	struct play *p = *state;
	void *fixture = p->f;

	writer_release(&p->w);
	infile_release(&p->input);
	close(p->out.fd);
	wire_out_release(&p->out);
	free(p);
	return fixture_teardown(&fixture);
}

static const struct digest diff_id = {.alg = DIGEST_SHA256, .raw = {1}};

static void say_image(struct play *p)
{
	struct msg_archive archive = {BYTES("docker-archive"), BYTES("")};
	struct msg_image image = {.config_digest = {.alg = DIGEST_SHA256, .raw = {7}}};
	struct msg_layer layer = {.diff_id = diff_id, .size = -1, .len = 10};
	struct msg_start start = {1, 10};

	assert_ok(msg_put_archive(&p->out, &archive, NULL), &p->f->err);
	assert_ok(msg_put_image(&p->out, &image, NULL), &p->f->err);
	assert_ok(msg_put_layer(&p->out, &layer, NULL), &p->f->err);
	assert_ok(msg_put_start(&p->out, &start, NULL), &p->f->err);
}

static void say_begin(struct play *p)
{
	struct msg_layer_begin m = {
	    .diff_id = diff_id, .blob_digest = diff_id, .tar_bytes = 10};

	assert_ok(msg_put_layer_begin(&p->out, &m, NULL), &p->f->err);
}

static void say_row(struct play *p, uint32_t seq, uint32_t parent, struct bytes name,
		    uint32_t mode)
{
	struct entry_row row = {
	    .id = seq,
	    .parent = parent,
	    .name = name,
	    .inode = seq,
	    .mode = mode,
	    .nlink = 1,
	    .data = -1,
	};

	assert_ok(msg_put_entry(&p->out, &row, NULL), &p->f->err);
}

static void say_end(struct play *p, uint64_t entries)
{
	struct msg_layer_end m = {.entries = entries};

	assert_ok(msg_put_layer_end(&p->out, &m, NULL), &p->f->err);
}

static int listen_to(struct play *p)
{
	p->f->err = ERR_INIT;
	assert_ok(wire_flush(&p->out, &p->f->err), &p->f->err);
	assert_int_equal(lseek(p->out.fd, 0, SEEK_SET), 0);
	return writer_run(&p->w, p->out.fd, &p->f->err);
}

static void writer__stages_a_layer(void **state)
{
	struct play *p = *state;

	say_image(p);
	say_begin(p);
	say_row(p, 0, 0, BYTES(""), 040755);
	say_row(p, 1, 0, BYTES("a"), 040755);
	say_row(p, 2, 1, BYTES("b"), 0100644);
	say_end(p, 3);
	assert_ok(msg_put_done(&p->out, NULL), &p->f->err);
	assert_int_equal(listen_to(p), 0);
	assert_int_equal(fixture_number(p->f, "SELECT count(*) FROM layer WHERE NOT published "
					      "AND staged_by IS NOT NULL AND entries = 3"),
			 1);
	assert_int_equal(fixture_number(p->f, "SELECT count(*) FROM entry"), 3);
	assert_int_equal(fixture_number(p->f, "SELECT count(*) FROM location WHERE verified"),
			 1);
	writer_undo(&p->w);
	assert_int_equal(fixture_number(p->f, "SELECT (SELECT count(*) FROM layer) + "
					      "(SELECT count(*) FROM entry) + "
					      "(SELECT count(*) FROM location) + "
					      "(SELECT count(*) FROM archive)"),
			 0);
}

/* Everything the parser said so far, then an end: refused, and nothing is in the index. */
static void expect_nonsense(struct play *p, const char *words)
{
	assert_int_equal(listen_to(p), -EBADMSG);
	if (!strstr(p->f->err.msg, words))
		fail_msg("no \"%s\" in: %s", words, p->f->err.msg);
	assert_int_equal(fixture_number(p->f, "SELECT count(*) FROM layer"), 0);
}

static void writer__refuses_rows_out_of_sequence(void **state)
{
	struct play *p = *state;

	say_image(p);
	say_begin(p);
	say_row(p, 0, 0, BYTES(""), 040755);
	say_row(p, 2, 0, BYTES("a"), 0100644);
	expect_nonsense(p, "out of sequence");
}

static void writer__refuses_names_that_are_none(void **state)
{
	struct play *p = *state;

	say_image(p);
	say_begin(p);
	say_row(p, 0, 0, BYTES(""), 040755);
	say_row(p, 1, 0, BYTES("a/b"), 0100644);
	expect_nonsense(p, "a name that is none");
}

static void writer__refuses_dotdot(void **state)
{
	struct play *p = *state;

	say_image(p);
	say_begin(p);
	say_row(p, 0, 0, BYTES(""), 040755);
	say_row(p, 1, 0, BYTES(".."), 040755);
	expect_nonsense(p, "a name that is none");
}

static void writer__refuses_rows_below_files(void **state)
{
	struct play *p = *state;

	say_image(p);
	say_begin(p);
	say_row(p, 0, 0, BYTES(""), 040755);
	say_row(p, 1, 0, BYTES("a"), 0100644);
	say_row(p, 2, 1, BYTES("b"), 0100644);
	expect_nonsense(p, "below no directory");
}

static void writer__refuses_parents_that_come_later(void **state)
{
	struct play *p = *state;

	say_image(p);
	say_begin(p);
	say_row(p, 0, 0, BYTES(""), 040755);
	say_row(p, 1, 5, BYTES("a"), 0100644);
	expect_nonsense(p, "below no directory");
}

static void writer__refuses_totals_that_do_not_fit(void **state)
{
	struct play *p = *state;

	say_image(p);
	say_begin(p);
	say_row(p, 0, 0, BYTES(""), 040755);
	say_end(p, 2);
	expect_nonsense(p, "totals");
}

static void writer__refuses_messages_out_of_order(void **state)
{
	struct play *p = *state;

	say_image(p);
	say_row(p, 0, 0, BYTES(""), 040755);
	expect_nonsense(p, "out of order");
}

static void writer__refuses_layers_that_were_not_announced(void **state)
{
	struct play *p = *state;
	struct msg_layer_begin m = {.layer = 1, .diff_id = diff_id};

	say_image(p);
	assert_ok(msg_put_layer_begin(&p->out, &m, NULL), &p->f->err);
	expect_nonsense(p, "not announced");
}

static void writer__an_end_without_done_is_no_success(void **state)
{
	struct play *p = *state;

	say_image(p);
	say_begin(p);
	say_row(p, 0, 0, BYTES(""), 040755);
	assert_int_equal(listen_to(p), 1);
	assert_int_equal(fixture_number(p->f, "SELECT count(*) FROM layer"), 0);
}

static void writer__repeats_a_refusal_without_control_bytes(void **state)
{
	struct msg_error m = {EFBIG, BYTES("too \x1b[31m large")};
	struct play *p = *state;

	say_image(p);
	assert_ok(msg_put_error(&p->out, &m, NULL), &p->f->err);
	assert_int_equal(listen_to(p), -EFBIG);
	assert_string_equal(p->f->err.msg, "too ?[31m large");
}

static void writer__leaves_a_layer_to_the_run_that_was_faster(void **state)
{
	struct play *p = *state;

	/* In the index since after the parser was started. */
	fixture_exec(p->f,
		     "INSERT INTO layer (diff_id, published, tar_bytes, content_bytes, "
		     "entries, findings, indexed) VALUES ('sha256:01"
		     "00000000000000000000000000000000000000000000000000000000000000', 1, "
		     "10, 0, 1, 0, 0)");
	say_image(p);
	say_begin(p);
	say_row(p, 0, 0, BYTES(""), 040755);
	say_end(p, 1);
	assert_ok(msg_put_done(&p->out, NULL), &p->f->err);
	assert_int_equal(listen_to(p), 0);
	assert_int_equal(p->w.layers_new, 0);
	assert_int_equal(fixture_number(p->f, "SELECT count(*) FROM layer"), 1);
	assert_int_equal(fixture_number(p->f, "SELECT count(*) FROM entry"), 0);
	assert_int_equal(fixture_number(p->f, "SELECT count(*) FROM location"), 1);
}

int main(void)
{
#define PLAY_TEST(t) cmocka_unit_test_setup_teardown(t, play_setup, play_teardown)
	const struct CMUnitTest tests[] = {
	    PLAY_TEST(writer__stages_a_layer),
	    PLAY_TEST(writer__refuses_rows_out_of_sequence),
	    PLAY_TEST(writer__refuses_names_that_are_none),
	    PLAY_TEST(writer__refuses_dotdot),
	    PLAY_TEST(writer__refuses_rows_below_files),
	    PLAY_TEST(writer__refuses_parents_that_come_later),
	    PLAY_TEST(writer__refuses_totals_that_do_not_fit),
	    PLAY_TEST(writer__refuses_messages_out_of_order),
	    PLAY_TEST(writer__refuses_layers_that_were_not_announced),
	    PLAY_TEST(writer__an_end_without_done_is_no_success),
	    PLAY_TEST(writer__repeats_a_refusal_without_control_bytes),
	    PLAY_TEST(writer__leaves_a_layer_to_the_run_that_was_faster),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
