/* SPDX-License-Identifier: MIT */
#include "test.h"

#include "fixture.h"
#include "hostile.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>

static int ingest(struct fixture *f, struct bytes archive)
{
	_cleanup_(ingest_result_release) struct ingest_result result = {0};

	return fixture_ingest(f, archive, &result);
}

/* An image of two layers with the given texts. */
static void two_layers(struct buf *out, const char *low, const char *high, const char *tag)
{
	_cleanup_(buf_release) struct buf a = BUF_INIT, b = BUF_INIT;
	struct fixture_layer layers[2] = {0};

	fixture_tar(&a, "low", low);
	fixture_tar(&b, "high", high);
	layers[0].stored = buf_bytes(&a);
	layers[1].stored = buf_bytes(&b);
	fixture_docker(out, layers, 2, tag);
}

static void ingest__indexes_a_docker_archive(void **state)
{
	_cleanup_(ingest_result_release) struct ingest_result result = {0};
	_cleanup_(buf_release) struct buf archive = BUF_INIT;
	struct fixture *f = *state;

	two_layers(&archive, "one", "two", "docker.io/library/app:1");
	assert_ok(fixture_ingest(f, buf_bytes(&archive), &result), &f->err);
	assert_int_equal(result.images.n, 1);
	assert_int_equal(result.layers_new, 2);
	assert_int_equal(result.layers_known, 0);
	assert_int_equal(fixture_number(f, "SELECT count(*) FROM layer WHERE published"), 2);
	assert_int_equal(fixture_number(f, "SELECT count(*) FROM entry"), 6);
	assert_int_equal(fixture_number(f, "SELECT total(content_bytes) FROM layer"), 6);
	assert_int_equal(fixture_number(f, "SELECT count(*) FROM location WHERE verified"), 2);
	assert_int_equal(fixture_number(f, "SELECT count(*) FROM name WHERE reference='app:1'"),
			 1);
	assert_int_equal(fixture_number(f, "SELECT count(*) FROM history WHERE position = "
					   "ord + 1"),
			 2);
	assert_int_equal(fixture_number(f, "SELECT generation FROM meta"), 1);
	/* sha256 of "two" */
	assert_int_equal(
	    fixture_number(f,
			   "SELECT count(*) FROM entry WHERE name = CAST('high' AS BLOB) AND "
			   "sha256 = x'3fc4ccfe745870e2c0d99f71f30ff0656c8dedd41cc1d7d3d376b0"
			   "dbe685e2f3' AND size = 3 AND length(xxh128) = 16"),
	    1);
	assert_ok(db_check(f->db, &f->err), &f->err);
}

static void ingest__the_data_offset_leads_to_the_bytes(void **state)
{
	_cleanup_(buf_release) struct buf archive = BUF_INIT;
	struct fixture *f = *state;
	int64_t at;

	two_layers(&archive, "first", "second", NULL);
	assert_ok(ingest(f, buf_bytes(&archive)), &f->err);
	at = fixture_number(f, "SELECT l.offset + e.data FROM entry e JOIN location l ON "
			       "l.layer = e.id >> 24 WHERE e.name = CAST('high' AS BLOB)");
	assert_memory_equal(archive.ptr + at, "second", 6);
}

static void ingest__the_same_archive_again_changes_nothing(void **state)
{
	_cleanup_(ingest_result_release) struct ingest_result result = {0};
	_cleanup_(buf_release) struct buf archive = BUF_INIT, before = BUF_INIT,
					  after = BUF_INIT;
	struct fixture *f = *state;
	char path[128];

	two_layers(&archive, "one", "two", "app:1");
	fixture_write(f, "same.tar", buf_bytes(&archive), path, sizeof(path));
	assert_ok(ingest_input(f->db, path, &f->opts, &result, &f->err), &f->err);
	ingest_result_release(&result);
	fixture_dump(f, &before);
	assert_ok(ingest_input(f->db, path, &f->opts, &result, &f->err), &f->err);
	fixture_dump(f, &after);
	assert_string_equal(buf_str(&before), buf_str(&after));
	assert_int_equal(before.len, after.len);
	assert_int_equal(result.images.n, 1);
	assert_int_equal(result.layers_new, 0);
	assert_int_equal(result.layers_known, 2);
}

static void ingest__a_second_archive_shares_layers_and_takes_the_tag(void **state)
{
	_cleanup_(ingest_result_release) struct ingest_result result = {0};
	_cleanup_(buf_release) struct buf one = BUF_INIT, two = BUF_INIT;
	struct fixture *f = *state;

	two_layers(&one, "base", "v1", "app:1");
	two_layers(&two, "base", "v2", "app:1");
	assert_ok(ingest(f, buf_bytes(&one)), &f->err);
	assert_ok(fixture_ingest(f, buf_bytes(&two), &result), &f->err);
	assert_int_equal(result.layers_new, 1);
	assert_int_equal(result.layers_known, 1);
	assert_int_equal(fixture_number(f, "SELECT count(*) FROM layer"), 3);
	assert_int_equal(fixture_number(f, "SELECT count(*) FROM location"), 4);
	/* The shared layer's second place was not read. */
	assert_int_equal(fixture_number(f, "SELECT count(*) FROM location WHERE verified"), 3);
	assert_int_equal(
	    fixture_number(f, "SELECT image FROM name ORDER BY event DESC LIMIT 1"),
	    result.images.v[0]);
}

static void ingest__verify_reads_places_of_known_layers(void **state)
{
	_cleanup_(buf_release) struct buf one = BUF_INIT, two = BUF_INIT;
	struct fixture *f = *state;

	two_layers(&one, "base", "v1", NULL);
	two_layers(&two, "base", "v2", NULL);
	assert_ok(ingest(f, buf_bytes(&one)), &f->err);
	f->opts.verify = true;
	assert_ok(ingest(f, buf_bytes(&two)), &f->err);
	assert_int_equal(fixture_number(f, "SELECT count(*) FROM location WHERE verified"), 4);
}

static void ingest__reads_gzip_layers_in_docker_archives(void **state)
{
	_cleanup_(buf_release) struct buf tar = BUF_INIT, gz = BUF_INIT, archive = BUF_INIT;
	struct fixture_layer layer = {0};
	struct fixture *f = *state;

	fixture_tar(&tar, "x", "text");
	fixture_gzip(&gz, buf_bytes(&tar));
	layer.stored = buf_bytes(&gz);
	layer.tar = buf_bytes(&tar);
	fixture_docker(&archive, &layer, 1, "gz:1");
	assert_ok(ingest(f, buf_bytes(&archive)), &f->err);
	assert_int_equal(fixture_number(f, "SELECT count(*) FROM location WHERE codec = 'gzip' "
					   "AND verified AND blob_digest IS NOT NULL"),
			 1);
	assert_int_equal(fixture_number(f, "SELECT tar_bytes FROM layer"), tar.len);
}

static void ingest__reads_an_archive_that_is_compressed_as_a_whole(void **state)
{
	_cleanup_(buf_release) struct buf archive = BUF_INIT, gz = BUF_INIT;
	struct fixture *f = *state;

	two_layers(&archive, "one", "two", "app:1");
	fixture_gzip(&gz, buf_bytes(&archive));
	assert_ok(ingest(f, buf_bytes(&gz)), &f->err);
	assert_int_equal(fixture_number(f, "SELECT count(*) FROM archive WHERE codec = 'gzip'"),
			 1);
	assert_int_equal(fixture_number(f, "SELECT count(*) FROM entry"), 6);
}

static void ingest__takes_a_bare_layer(void **state)
{
	_cleanup_(ingest_result_release) struct ingest_result result = {0};
	_cleanup_(buf_release) struct buf tar = BUF_INIT;
	char text[DIGEST_TEXT_MAX], sql[256];
	struct fixture *f = *state;

	fixture_tar(&tar, "x", "text");
	f->opts.layer = true;
	assert_ok(fixture_ingest(f, buf_bytes(&tar), &result), &f->err);
	snprintf(sql, sizeof(sql),
		 "SELECT count(*) FROM image i JOIN image_layer l ON l.image = i.id WHERE "
		 "i.config_digest = '%s' AND l.diff_id = i.config_digest AND i.platform = ''",
		 fixture_digest(buf_bytes(&tar), text));
	assert_int_equal(fixture_number(f, sql), 1);
}

static void ingest__accepts_an_empty_layer_file(void **state)
{
	_cleanup_(buf_release) struct buf tar = BUF_INIT, archive = BUF_INIT;
	struct fixture_layer layers[2] = {0};
	struct fixture *f = *state;
	char text[DIGEST_TEXT_MAX];

	tar_end(&tar);
	layers[0].stored = BYTES("");
	layers[1].stored = BYTES("");
	layers[1].diff_id = fixture_digest(buf_bytes(&tar), text);
	fixture_docker(&archive, layers, 2, NULL);
	assert_ok(ingest(f, buf_bytes(&archive)), &f->err);
	assert_int_equal(fixture_number(f, "SELECT count(*) FROM layer WHERE published AND "
					   "entries = 1"),
			 2);
}

static void ingest__spools_standard_input(void **state)
{
	_cleanup_(ingest_result_release) struct ingest_result result = {0};
	_cleanup_(buf_release) struct buf archive = BUF_INIT;
	struct fixture *f = *state;
	char path[128], spool[128];
	int old = dup(STDIN_FILENO), fd;

	two_layers(&archive, "one", "two", "app:1");
	fixture_write(f, "in.tar", buf_bytes(&archive), path, sizeof(path));
	snprintf(spool, sizeof(spool), "%s/spool", f->dir);
	f->opts.spool_dir = spool;
	fd = open(path, O_RDONLY);
	assert_true(dup2(fd, STDIN_FILENO) == STDIN_FILENO);
	close(fd);
	fd = ingest_input(f->db, "-", &f->opts, &result, &f->err);
	assert_true(dup2(old, STDIN_FILENO) == STDIN_FILENO);
	close(old);
	assert_ok(fd, &f->err);
	assert_int_equal(fixture_number(f, "SELECT count(*) FROM archive WHERE spooled AND "
					   "input = CAST('-' AS BLOB)"),
			 1);
}

/* ---- refusals leave nothing ---- */

static void refuse(struct fixture *f, struct bytes archive, const char *words)
{
	_cleanup_(buf_release) struct buf before = BUF_INIT, after = BUF_INIT;

	fixture_dump(f, &before);
	assert_true(ingest(f, archive) < 0);
	assert_non_null(strstr(f->err.msg, "archive-"));
	if (!strstr(f->err.msg, words))
		fail_msg("no \"%s\" in: %s", words, f->err.msg);
	fixture_dump(f, &after);
	assert_int_equal(before.len, after.len);
	assert_memory_equal(buf_str(&before), buf_str(&after), before.len);
}

/* On an empty index, then on one that shares the lower layer. */
static void refuse_twice(struct fixture *f, struct bytes archive, const char *words)
{
	_cleanup_(buf_release) struct buf good = BUF_INIT;

	refuse(f, archive, words);
	two_layers(&good, "base", "good", "app:1");
	assert_ok(ingest(f, buf_bytes(&good)), &f->err);
	refuse(f, archive, words);
}

static void ingest__refuses_a_wrong_diff_id(void **state)
{
	_cleanup_(buf_release) struct buf a = BUF_INIT, b = BUF_INIT, archive = BUF_INIT;
	struct fixture_layer layers[2] = {0};
	struct fixture *f = *state;

	fixture_tar(&a, "new", "stays staged for a while");
	fixture_tar(&b, "b", "b");
	layers[0].stored = buf_bytes(&a);
	layers[1].stored = buf_bytes(&b);
	layers[1].diff_id = "sha256:"
			    "0000000000000000000000000000000000000000000000000000000000000000";
	fixture_docker(&archive, layers, 2, "bad:1");
	refuse_twice(f, buf_bytes(&archive), "layer 2: DiffID is sha256:");
	assert_non_null(strstr(f->err.msg, "but the config says sha256:0000"));
}

static void ingest__names_the_digest_of_an_altered_layer(void **state)
{
	_cleanup_(buf_release) struct buf a = BUF_INIT, wrong = BUF_INIT, archive = BUF_INIT;
	struct fixture_layer layer = {0};
	struct fixture *f = *state;

	fixture_tar(&a, "x", "text");
	buf_add_bytes(&wrong, buf_bytes(&a));
	wrong.ptr[3] ^= 1; /* breaks the header's checksum, too */
	layer.stored = buf_bytes(&wrong);
	layer.tar = buf_bytes(&a);
	fixture_docker(&archive, &layer, 1, "bad:1");
	refuse_twice(f, buf_bytes(&archive), "DiffID is sha256:");
}

static void ingest__refuses_a_truncated_archive(void **state)
{
	_cleanup_(buf_release) struct buf archive = BUF_INIT;
	struct fixture *f = *state;

	two_layers(&archive, "one", "two", "bad:1");
	refuse_twice(f, bytes_make(archive.ptr, archive.len / 2), "");
}

static void ingest__refuses_damaged_gzip(void **state)
{
	_cleanup_(buf_release) struct buf a = BUF_INIT, b = BUF_INIT, gz = BUF_INIT,
					  archive = BUF_INIT;
	struct fixture_layer layers[2] = {0};
	struct fixture *f = *state;

	fixture_tar(&a, "low", "whatever");
	fixture_tar(&b, "b", "b");
	fixture_gzip(&gz, buf_bytes(&b));
	layers[0].stored = buf_bytes(&a);
	layers[1].stored = bytes_make(gz.ptr, gz.len - 4);
	layers[1].tar = buf_bytes(&b);
	fixture_docker(&archive, layers, 2, "bad:1");
	refuse_twice(f, buf_bytes(&archive), "layer 2: ");
}

static void ingest__refuses_a_missing_layer(void **state)
{
	_cleanup_(buf_release) struct buf a = BUF_INIT, archive = BUF_INIT;
	struct fixture_layer layers[2] = {0};
	struct fixture *f = *state;

	fixture_tar(&a, "low", "base");
	layers[0].stored = buf_bytes(&a);
	layers[1].stored = BYTES("never written");
	layers[1].absent = true;
	fixture_docker(&archive, layers, 2, "bad:1");
	refuse_twice(f, buf_bytes(&archive), "1/layer.tar");
}

static void ingest__refuses_over_a_limit(void **state)
{
	_cleanup_(buf_release) struct buf archive = BUF_INIT;
	struct fixture *f = *state;

	two_layers(&archive, "one", "two", "bad:1");
	f->limits.entries = 1;
	refuse(f, buf_bytes(&archive), "entries");
}

static void ingest__refuses_what_is_no_file(void **state)
{
	_cleanup_(ingest_result_release) struct ingest_result result = {0};
	struct fixture *f = *state;
	char path[128];

	snprintf(path, sizeof(path), "%s/fifo", f->dir);
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_int_equal(ingest_input(f->db, path, &f->opts, &result, &f->err), -EINVAL);
	assert_non_null(strstr(f->err.msg, "/fifo: neither a file nor a directory"));
	f->err = ERR_INIT;
	assert_int_equal(ingest_input(f->db, "/nonexistent\n", &f->opts, &result, &f->err),
			 -ENOENT);
	assert_non_null(strstr(f->err.msg, "/nonexistent\\n: "));
}

/* The whole way, for every case of the corpus: what is refused leaves the index as it was. */
static void ingest__hostile_layers_get_their_verdicts(void **state)
{
	_cleanup_(hostile_release) struct hostile_vec cases = {0};
	struct fixture *f = *state;

	assert_ok(hostile_load(&cases, &f->err), &f->err);
	assert_true(cases.n > 100);
	f->opts.layer = true;
	vec_foreach (c, &cases) {
		_cleanup_(buf_release) struct buf before = BUF_INIT, after = BUF_INIT;
		bool refuse = strcmp(c->verdict, "refuse") == 0;
		int r;

		fixture_dump(f, &before);
		r = ingest(f, buf_bytes(&c->data));
		if (strcmp(c->verdict, "either") != 0 && (r < 0) != refuse)
			fail_msg("%s: %d, not %s: %s", c->name, r, c->verdict, f->err.msg);
		if (strstr(f->err.msg, "parser process"))
			fail_msg("%s: %s", c->name, f->err.msg);
		fixture_dump(f, &after);
		if (r < 0 && (before.len != after.len ||
			      memcmp(buf_str(&before), buf_str(&after), before.len) != 0))
			fail_msg("%s: the refusal left something", c->name);
	}
}

/* ---- killed runs ---- */

static void ingest__adopts_the_staged_layers_of_a_killed_run(void **state)
{
	_cleanup_(ingest_result_release) struct ingest_result result = {0};
	_cleanup_(buf_release) struct buf archive = BUF_INIT;
	struct fixture *f = *state;
	char path[128];
	int64_t id;

	two_layers(&archive, "one", "two", "app:1");
	fixture_write(f, "a.tar", buf_bytes(&archive), path, sizeof(path));
	assert_ok(ingest_input(f->db, path, &f->opts, &result, &f->err), &f->err);
	ingest_result_release(&result);
	/* The index as a kill before the publishing transaction leaves it. */
	id = fixture_number(f, "SELECT max(id) FROM layer");
	fixture_exec(f, "PRAGMA foreign_keys = ON; DELETE FROM image;"
			"UPDATE layer SET published = 0, staged_by = 'dead'");
	assert_ok(ingest_input(f->db, path, &f->opts, &result, &f->err), &f->err);
	assert_int_equal(result.layers_new, 0);
	assert_int_equal(result.layers_known, 2);
	assert_int_equal(fixture_number(f, "SELECT max(id) FROM layer WHERE published"), id);
	assert_int_equal(fixture_number(f, "SELECT count(*) FROM image"), 1);
	assert_int_equal(fixture_number(f, "SELECT count(*) FROM location WHERE verified"), 2);
	assert_ok(db_check(f->db, &f->err), &f->err);
}

static void ingest__a_refusal_keeps_what_another_run_staged(void **state)
{
	_cleanup_(buf_release) struct buf good = BUF_INIT, bad = BUF_INIT;
	struct fixture *f = *state;

	two_layers(&good, "base", "good", "app:1");
	assert_ok(ingest(f, buf_bytes(&good)), &f->err);
	fixture_exec(f, "PRAGMA foreign_keys = ON; DELETE FROM image;"
			"UPDATE layer SET published = 0, staged_by = 'dead'");
	two_layers(&bad, "base", "bad", "app:1");
	refuse(f, bytes_make(bad.ptr, bad.len / 2), "");
	assert_int_equal(fixture_number(f, "SELECT count(*) FROM layer"), 2);
}

static void ingest__an_overwritten_archive_loses_its_old_places(void **state)
{
	_cleanup_(ingest_result_release) struct ingest_result result = {0};
	_cleanup_(buf_release) struct buf one = BUF_INIT, two = BUF_INIT;
	struct fixture *f = *state;
	char path[128];

	two_layers(&one, "one", "1", "app:1");
	two_layers(&two, "two", "2, and longer", "app:2");
	fixture_write(f, "a.tar", buf_bytes(&one), path, sizeof(path));
	assert_ok(ingest_input(f->db, path, &f->opts, &result, &f->err), &f->err);
	ingest_result_release(&result);
	assert_int_equal(unlink(path), 0);
	tar_zero_blocks(&two, 20); /* another size, whatever the clock says */
	fixture_write(f, "a.tar", buf_bytes(&two), path, sizeof(path));
	assert_ok(ingest_input(f->db, path, &f->opts, &result, &f->err), &f->err);
	assert_int_equal(fixture_number(f, "SELECT count(*) FROM archive"), 1);
	assert_int_equal(fixture_number(f, "SELECT count(*) FROM location WHERE verified"), 2);
	assert_int_equal(fixture_number(f, "SELECT count(*) FROM image"), 2);
}

int main(void)
{
#define INGEST_TEST(t) cmocka_unit_test_setup_teardown(t, fixture_setup, fixture_teardown)
	const struct CMUnitTest tests[] = {
	    INGEST_TEST(ingest__indexes_a_docker_archive),
	    INGEST_TEST(ingest__the_data_offset_leads_to_the_bytes),
	    INGEST_TEST(ingest__the_same_archive_again_changes_nothing),
	    INGEST_TEST(ingest__a_second_archive_shares_layers_and_takes_the_tag),
	    INGEST_TEST(ingest__verify_reads_places_of_known_layers),
	    INGEST_TEST(ingest__reads_gzip_layers_in_docker_archives),
	    INGEST_TEST(ingest__reads_an_archive_that_is_compressed_as_a_whole),
	    INGEST_TEST(ingest__takes_a_bare_layer),
	    INGEST_TEST(ingest__accepts_an_empty_layer_file),
	    INGEST_TEST(ingest__spools_standard_input),
	    INGEST_TEST(ingest__refuses_a_wrong_diff_id),
	    INGEST_TEST(ingest__names_the_digest_of_an_altered_layer),
	    INGEST_TEST(ingest__refuses_a_truncated_archive),
	    INGEST_TEST(ingest__refuses_damaged_gzip),
	    INGEST_TEST(ingest__refuses_a_missing_layer),
	    INGEST_TEST(ingest__refuses_over_a_limit),
	    INGEST_TEST(ingest__refuses_what_is_no_file),
	    INGEST_TEST(ingest__hostile_layers_get_their_verdicts),
	    INGEST_TEST(ingest__adopts_the_staged_layers_of_a_killed_run),
	    INGEST_TEST(ingest__a_refusal_keeps_what_another_run_staged),
	    INGEST_TEST(ingest__an_overwritten_archive_loses_its_old_places),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
