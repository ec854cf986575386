/* SPDX-License-Identifier: MIT */
#include "test.h"

#include "fixture.h"

#include "content/choice.h"
#include "content/identity.h"

#include "util/log.h"

#include <stdio.h>
#include <sys/stat.h>

static struct opened *choose(struct fixture *f)
{
	struct opened *o = NULL;

	assert_ok(choice_open(&f->opener, f->layer.id, &o, &f->err), &f->err);
	assert_non_null(o->tar);
	return o;
}

static int try_choose(struct fixture *f)
{
	struct opened *o = NULL;
	int r = choice_open(&f->opener, f->layer.id, &o, &f->err);

	assert_true((r == 0) == (o != NULL));
	opened_unref(o);
	return r;
}

static void assert_chosen(struct fixture *f, size_t archive)
{
	_cleanup_(opened_unrefp) struct opened *o = choose(f);

	assert_int_equal(o->archive.id, f->archives[archive].id);
}

static void choice__list_is_of_one_layer(void **state)
{
	_cleanup_(location_vec_release) struct location_vec all = {0}, none = {0};
	struct fixture *f = *state;
	struct layer_row row;

	fixture_locate(f, fixture_archive(f, "one.tar", CODEC_NONE, CODEC_NONE), false);
	fixture_locate(f, fixture_archive(f, "two.tar", CODEC_NONE, CODEC_NONE), true);
	assert_ok(choice_list(&f->opener, f->layer.id, &row, &all, &f->err), &f->err);
	assert_string_equal(row.diff_id, f->layer.diff_id);
	assert_int_equal(all.n, 2);
	assert_int_equal(all.v[0].archive, f->archives[1].id); /* verified first */
	assert_int_equal(choice_list(&f->opener, f->layer.id + 7, &row, &none, &f->err),
			 -ESTALE);
}

struct place {
	enum codec stored, whole;
	bool verified;
};

/* Each is better than the one behind it. */
static void choice__the_best_place_wins(void **state)
{
	static const struct place order[] = {
	    {CODEC_NONE, CODEC_NONE, true},  {CODEC_GZIP, CODEC_NONE, true},
	    {CODEC_XZ, CODEC_NONE, true},    {CODEC_XZ, CODEC_GZIP, true},
	    {CODEC_NONE, CODEC_NONE, false}, {CODEC_GZIP, CODEC_NONE, false},
	    {CODEC_ZSTD, CODEC_NONE, false},
	};
	struct fixture *f = *state;

	for (size_t i = ARRAY_SIZE(order); i-- > 0;) {
		char name[16] = "0.tar";

		name[0] = (char)('0' + i);
		fixture_locate(f, fixture_archive(f, name, order[i].stored, order[i].whole),
			       order[i].verified);
		assert_chosen(f, f->n_archives - 1);
		/* Chosen, it was hashed; the next must win by more than that. */
		if (!order[i].verified)
			assert_ok(locations_set_verified(
				      f->db, fixture_location(f, f->n_archives - 1).id, false,
				      &f->err),
				  &f->err);
		ledger_free(f->opener.ledger);
		assert_int_equal(ledger_new(&f->opener.ledger), 0);
	}
}

static void choice__between_equals_the_newest(void **state)
{
	struct fixture *f = *state;

	fixture_locate(f, fixture_archive(f, "one.tar", CODEC_GZIP, CODEC_NONE), true);
	fixture_locate(f, fixture_archive(f, "two.tar", CODEC_GZIP, CODEC_NONE), true);
	assert_chosen(f, 1);
}

static void choice__where_a_read_failed_is_the_last_resort(void **state)
{
	struct archive_row now = {0};
	struct fixture *f = *state;
	struct opened *o;

	fixture_locate(f, fixture_archive(f, "one.tar", CODEC_NONE, CODEC_NONE), true);
	fixture_locate(f, fixture_archive(f, "two.tar", CODEC_XZ, CODEC_NONE), false);
	o = choose(f);
	assert_int_equal(identity_take(o->file->fd, &now), 0);
	opened_note(&f->opener, o, &now, VERDICT_SHAKY);
	opened_unref(o);
	assert_chosen(f, 1);
	assert_int_equal(unlink(f->archives[1].path), 0);
	assert_chosen(f, 0); /* better than nothing */
}

static void choice__damage_and_loss_lead_to_the_next_place(void **state)
{
	struct fixture *f = *state;

	fixture_locate(f, fixture_archive(f, "plain.tar", CODEC_NONE, CODEC_NONE), true);
	fixture_locate(f, fixture_archive(f, "gzip.tar", CODEC_GZIP, CODEC_NONE), true);
	fixture_locate(f, fixture_archive(f, "good.tar", CODEC_XZ, CODEC_NONE), false);
	fixture_locate(f, fixture_damaged(f, "bad.tar", CODEC_NONE), false);
	assert_int_equal(unlink(f->archives[0].path), 0);
	assert_int_equal(truncate(f->archives[1].path, 50), 0);
	assert_chosen(f, 2);
}

static unsigned n_lines;
static char last_line[1200];

static void take_line(const char *line)
{
	n_lines++;
	snprintf(last_line, sizeof(last_line), "%s", line);
}

static void choice__damage_that_another_place_made_good_is_logged(void **state)
{
	struct fixture *f = *state;

	fixture_locate(f, fixture_archive(f, "good.tar", CODEC_XZ, CODEC_NONE), true);
	fixture_locate(f, fixture_archive(f, "gone.tar", CODEC_NONE, CODEC_NONE), true);
	assert_int_equal(unlink(f->archives[1].path), 0);
	n_lines = 0;
	log_set_sink(take_line);
	assert_chosen(f, 0); /* nothing new: files are moved away every day */
	assert_int_equal(n_lines, 0);
	fixture_locate(f, fixture_damaged(f, "bad.tar", CODEC_ZSTD), true);
	assert_ok(cachedir_clear(f->cache, &f->err), &f->err);
	assert_chosen(f, 0);
	log_set_sink(NULL);
	assert_int_equal(n_lines, 1);
	assert_non_null(strstr(last_line, "bad.tar"));
	assert_non_null(strstr(last_line, "good.tar"));
}

static void choice__the_worst_news_is_told(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(try_choose(f), -ENOENT);
	fixture_locate(f, fixture_archive(f, "gone.tar", CODEC_NONE, CODEC_NONE), true);
	assert_int_equal(unlink(f->archives[0].path), 0);
	assert_int_equal(try_choose(f), -ENOENT);
	fixture_locate(f, fixture_archive(f, "cut.tar", CODEC_NONE, CODEC_NONE), true);
	assert_int_equal(truncate(f->archives[1].path, 50), 0);
	assert_int_equal(try_choose(f), -ESTALE);
	assert_non_null(strstr(f->err.msg, "cut.tar"));
	fixture_locate(f, fixture_damaged(f, "bad.tar", CODEC_NONE), false);
	assert_int_equal(try_choose(f), -EBADMSG);
	assert_non_null(strstr(f->err.msg, "bad.tar"));
}

static void choice__renew_proves_a_touched_archive_again(void **state)
{
	static const struct place places[] = {{CODEC_NONE, CODEC_NONE, true},
					      {CODEC_GZIP, CODEC_NONE, true},
					      {CODEC_NONE, CODEC_ZSTD, true}};
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
		_cleanup_(opened_unrefp) struct opened *o = NULL, *anew = NULL, *bad = NULL;

		f->n_archives = 0;
		seekpoints_release(&f->archives[0].points);
		fixture_locate(
		    f, fixture_archive(f, "one.tar", places[i].stored, places[i].whole), true);
		o = choose(f);
		fixture_chmod(f->archives[0].path);
		assert_int_equal(opened_check(&f->opener, o, &f->err), -EAGAIN);
		assert_ok(choice_renew(&f->opener, o, &anew, &f->err), &f->err);
		assert_int_equal(opened_check(&f->opener, anew, &f->err), 0);
		assert_int_not_equal(anew->serial, o->serial);
		/* Bytes in the layer, or in the one stream that holds it. */
		fixture_overwrite(f->archives[0].path, places[i].whole ? 30 : 1700,
				  BYTES("\xff\xff\xff\xff\xff\xff other"));
		assert_int_equal(choice_renew(&f->opener, anew, &bad, &f->err),
				 places[i].whole ? -EBADMSG : -ESTALE);
		assert_null(bad);
	}
}

#define T(f) cmocka_unit_test_setup_teardown(f, fixture_setup, fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    T(choice__list_is_of_one_layer),
	    T(choice__the_best_place_wins),
	    T(choice__between_equals_the_newest),
	    T(choice__where_a_read_failed_is_the_last_resort),
	    T(choice__damage_and_loss_lead_to_the_next_place),
	    T(choice__damage_that_another_place_made_good_is_logged),
	    T(choice__the_worst_news_is_told),
	    T(choice__renew_proves_a_touched_archive_again),
	};

	return cmocka_run_group_tests_name("content/choice", tests, NULL, NULL);
}
