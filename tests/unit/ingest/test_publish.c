/* SPDX-License-Identifier: MIT */
#include "test.h"

#include "fixture.h"
#include "ingest/publish.h"
#include "store/images.h"
#include "store/layers.h"

/* A writer that has heard of one image with one layer (DiffID 01...), and one absent layer. */
struct press {
	struct fixture *f;
	struct infile input;
	struct writer w;
	struct ingest_result result;
};

static int press_setup(void **state)
{
	struct press *p = calloc(1, sizeof(*p));
	struct intake_image img = {.config_digest = {.alg = DIGEST_SHA256, .raw = {7}}};
	struct intake_layer layer = {
	    .diff_id = {.alg = DIGEST_SHA256, .raw = {1}}, .size = -1, .len = 10};
	void *fixture;

	if (fixture_setup(&fixture) < 0)
		return -1;
	p->f = fixture;
	p->input = INFILE_INIT;
	p->input.path = strdup("/nowhere/a.tar");
	if (writer_init(&p->w, p->f->db, &p->input, "a.tar", &p->f->opts, &p->f->err) < 0)
		return -1;
	img.platform = strdup("linux/amd64");
	if (intake_layer_vec_push(&img.layers, layer) < 0)
		return -1;
	layer.diff_id.raw[0] = 2;
	layer.missing = true;
	if (intake_layer_vec_push(&img.layers, layer) < 0)
		return -1;
	p->w.intake.format = strdup("oci");
	*state = p;
	return intake_image_vec_push(&p->w.intake.images, img);
}

static int press_teardown(void **state)
{
	struct press *p = *state;
	void *fixture = p->f;

	ingest_result_release(&p->result);
	writer_release(&p->w);
	infile_release(&p->input);
	free(p);
	return fixture_teardown(&fixture);
}

static void stage_layer(struct press *p)
{
	char text[DIGEST_TEXT_MAX];
	int64_t id;

	digest_format(&p->w.intake.images.v[0].layers.v[0].diff_id, text);
	assert_ok(db_begin(p->f->db, &p->f->err), &p->f->err);
	assert_ok(layers_stage(p->f->db, text, "run", &id, &p->f->err), &p->f->err);
	assert_ok(db_commit(p->f->db, &p->f->err), &p->f->err);
}

static void publish__publishes_staged_layers_and_keeps_absent_ones_absent(void **state)
{
	struct press *p = *state;

	stage_layer(p);
	assert_ok(publish(&p->w, &p->result, &p->f->err), &p->f->err);
	assert_int_equal(p->result.images.n, 1);
	assert_int_equal(fixture_number(p->f, "SELECT count(*) FROM layer WHERE published"), 1);
	assert_int_equal(fixture_number(p->f, "SELECT count(*) FROM image_layer WHERE layer IS "
					      "NULL AND position = 2"),
			 1);
	assert_int_equal(fixture_number(p->f, "SELECT count(*) FROM location WHERE NOT "
					      "verified"),
			 1);
	assert_int_equal(fixture_number(p->f, "SELECT generation FROM meta"), 1);
}

static void publish__the_same_again_keeps_the_generation(void **state)
{
	struct press *p = *state;

	stage_layer(p);
	assert_ok(publish(&p->w, &p->result, &p->f->err), &p->f->err);
	assert_ok(publish(&p->w, &p->result, &p->f->err), &p->f->err);
	assert_int_equal(p->result.images.n, 1);
	assert_int_equal(fixture_number(p->f, "SELECT generation FROM meta"), 1);
}

static void publish__a_layer_that_left_the_index_means_again(void **state)
{
	_cleanup_(buf_release) struct buf before = BUF_INIT, after = BUF_INIT;
	struct press *p = *state;

	fixture_dump(p->f, &before);
	assert_int_equal(publish(&p->w, &p->result, &p->f->err), -EAGAIN);
	fixture_dump(p->f, &after);
	assert_string_equal(buf_str(&before), buf_str(&after));
}

static void publish__keeps_the_manifest_of_a_richer_source(void **state)
{
	struct press *p = *state;
	struct intake_image *img = &p->w.intake.images.v[0];

	stage_layer(p);
	img->layers.n = 1;
	img->has_manifest = true;
	assert_int_equal(buf_add_str(&img->manifest, "{}"), 0);
	assert_ok(publish(&p->w, &p->result, &p->f->err), &p->f->err);
	img->has_manifest = false;
	buf_clear(&img->manifest);
	assert_ok(publish(&p->w, &p->result, &p->f->err), &p->f->err);
	assert_int_equal(fixture_number(p->f, "SELECT count(*) FROM image WHERE manifest IS "
					      "NOT NULL"),
			 1);
}

int main(void)
{
#define PRESS_TEST(t) cmocka_unit_test_setup_teardown(t, press_setup, press_teardown)
	const struct CMUnitTest tests[] = {
	    PRESS_TEST(publish__publishes_staged_layers_and_keeps_absent_ones_absent),
	    PRESS_TEST(publish__the_same_again_keeps_the_generation),
	    PRESS_TEST(publish__a_layer_that_left_the_index_means_again),
	    PRESS_TEST(publish__keeps_the_manifest_of_a_richer_source),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
