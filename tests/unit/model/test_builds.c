/* SPDX-License-Identifier: MIT */
#include "builds_fixture.h"

static int update(struct bx *x)
{
	int r;

	assert_ok(db_begin(x->db, &x->err), &x->err);
	r = builds_update(x->db, &x->err);
	assert_true(r >= 0);
	assert_ok(db_commit(x->db, &x->err), &x->err);
	return r;
}

static void builds__the_same_rows_give_the_same_builds(void **state)
{
	struct bx *x = *state;

	bx_webapp(x);
	assert_int_equal(update(x), 1);
	assert_int_equal(update(x), 0);
}

/* What is mounted stays what it is: ids of what did not change do not change. */
static void builds__another_image_leaves_the_ids_alone(void **state)
{
	struct bx *x = *state;
	int64_t build, stage;

	bx_webapp(x);
	bx_load(x);
	build = bx_build(x, "webapp:production")->b->id;
	stage = bx_stage(x, "webapp:production", "deps")->s->id;
	bx_layer(x, "sha256:99", "z=1000:99@1");
	bx_image(x, "other:1", "sha256:99", "RUN other");
	bx_load(x);
	assert_int_equal(bx_build(x, "webapp:production")->b->id, build);
	assert_int_equal(bx_stage(x, "webapp:production", "deps")->s->id, stage);
	assert_int_equal(x->catalog->n_builds, 2);
}

/* Better evidence changes what is said, not which build and stage it is. */
static void builds__a_dockerfile_that_comes_later(void **state)
{
	struct bx *x = *state;
	int64_t build, stage;

	bx_webapp(x);
	bx_load(x);
	build = bx_build(x, "webapp:production")->b->id;
	stage = bx_stage(x, "webapp:production", "deps")->s->id;
	bx_dockerfile(x, bx_build(x, "webapp:production")->b->image, bx_webapp_dockerfile);
	bx_load(x);
	assert_int_equal(bx_build(x, "webapp:production")->b->id, build);
	assert_int_equal(bx_stage(x, "webapp:production", "deps")->s->id, stage);
	assert_int_equal(bx_stage(x, "webapp:production", "deps")->s->name_by,
			 EVIDENCE_DOCKERFILE);
	assert_true(bx_build(x, "webapp:production")->b->dockerfile.len > 0);
}

static void builds__an_unreadable_dockerfile_is_not_used(void **state)
{
	struct bx *x = *state;
	int64_t id;

	bx_layer(x, "sha256:1", "a=10:1@1");
	id = bx_image(x, "app:1", "sha256:1", "RUN make");
	bx_dockerfile(x, id, "RUN before FROM\n");
	bx_load(x);
	assert_build(x, "app:1", "final! on ? ?/1 by default\n");
	assert_non_null(
	    strstr(bx_build(x, "app:1")->b->note, "The Dockerfile cannot be read: "));
}

/* ARGs before the first FROM decide which stage the last one stands on. */
static void builds__arguments_of_the_build(void **state)
{
	static const char args[] = "OTHER\0FLAVOUR=dev\0FLAVOUR=prod";
	struct bx *x = *state;
	struct document_row row = {.kind = DOCUMENT_ARGUMENTS,
				   .body = bytes_make(args, sizeof(args)),
				   .name = BYTES("Dockerfile"),
				   .input = BYTES("Dockerfile")};
	struct image_row img;
	int64_t id, image;

	bx_layer(x, "sha256:1", "a=100:1@1");
	bx_layer(x, "sha256:2", "b=100:2@1");
	bx_layer(x, "sha256:3", "c=100:3@1");
	image = bx_image(x, "app:1", "sha256:1 sha256:2 sha256:3",
			 "I:|RUN harden everything|RUN finish this");
	bx_dockerfile(x, image,
		      "ARG FLAVOUR=dev\nFROM x AS dev\nRUN debug it all\n"
		      "FROM x AS prod\nRUN harden everything\n"
		      "FROM ${FLAVOUR}\nRUN finish this\n");
	assert_int_equal(images_get(x->db, image, &img, &x->err), 1);
	row.subject = bytes_from_str(img.config_digest);
	assert_true(document_add(x->db, &row, &id, &x->err) >= 0);
	bx_load(x);
	assert_build(x, "app:1",
		     "dev? on x ?/0 by nobody\nprod on x 1/2 by dockerfile\n"
		     "stage-2! on prod 2/3 by dockerfile\n");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(builds__the_same_rows_give_the_same_builds,
					    bx_setup, bx_teardown),
	    cmocka_unit_test_setup_teardown(builds__another_image_leaves_the_ids_alone,
					    bx_setup, bx_teardown),
	    cmocka_unit_test_setup_teardown(builds__a_dockerfile_that_comes_later, bx_setup,
					    bx_teardown),
	    cmocka_unit_test_setup_teardown(builds__an_unreadable_dockerfile_is_not_used,
					    bx_setup, bx_teardown),
	    cmocka_unit_test_setup_teardown(builds__arguments_of_the_build, bx_setup,
					    bx_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
