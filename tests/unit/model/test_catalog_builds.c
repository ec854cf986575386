/* SPDX-License-Identifier: MIT */
#include "builds_fixture.h"

static void catalog_builds__stages_by_what_a_person_types(void **state)
{
	struct bx *x = *state;
	const struct catalog_stage *s;

	bx_webapp(x);
	bx_load(x);
	assert_ok(
	    catalog_resolve_stage(x->catalog, BYTES("webapp:production#build"), &s, &x->err),
	    &x->err);
	assert_string_equal(s->name, "build");
	assert_ok(catalog_resolve_stage(x->catalog, BYTES("webapp:deps"), &s, &x->err),
		  &x->err);
	assert_string_equal(s->name, "deps");
	assert_ok(
	    catalog_resolve_stage(x->catalog, BYTES("webapp:deps#production"), &s, &x->err),
	    &x->err);
	assert_true(s->s->target);
	assert_int_equal(
	    catalog_resolve_stage(x->catalog, BYTES("webapp:deps#none"), &s, &x->err), -ENOENT);
	assert_string_equal(x->err.msg,
			    "webapp:production: no stage 'none' (there are: base, deps, "
			    "build, production)");
	x->err = ERR_INIT;
	assert_int_equal(catalog_resolve_stage(x->catalog, BYTES("no#x"), &s, &x->err),
			 -ENOENT);
}

static void catalog_builds__layers_are_told_as_those_of_images(void **state)
{
	struct bx *x = *state;
	const struct catalog_stage *s;

	bx_webapp(x);
	bx_load(x);
	s = bx_stage(x, "webapp:production", "production");
	assert_int_equal(s->n_layers, 4);
	assert_string_equal(s->layers[2].nn, "03");
	assert_string_equal(s->layers[2].slug, "COPY-app-nm-left.js-app-nm");
	assert_string_equal(s->layers[0].codec, "gzip");
	assert_int_equal(catalog_stage_position(s, s->layers[3].layer), 4);
	assert_int_equal(catalog_stage_position(s, 99), 0);
	assert_int_equal(catalog_stage_position(s, 0), 0);
	assert_ptr_equal(catalog_stage(x->catalog, s->s->id), s);
	assert_ptr_equal(catalog_build(x->catalog, s->build->b->id), s->build);
	assert_null(catalog_stage(x->catalog, 999));
}

static void catalog_builds__which_stage_an_image_is(void **state)
{
	struct bx *x = *state;
	const struct catalog_image *img;

	bx_webapp(x);
	bx_load(x);
	img = catalog_image_named(x->catalog, "docker.io/library/webapp:build");
	assert_non_null(img);
	assert_string_equal(catalog_stage_of(x->catalog, img)->name, "build");
	assert_null(catalog_image_named(x->catalog, "webapp:none"));
	assert_null(catalog_image_named(x->catalog, NULL));
}

/* base 1; deps 2, 3 on it; build 4, 5 on deps; production 2, 6, 7 on base. */
static void catalog_builds__which_stage_made_a_layer(void **state)
{
	static const struct {
		const char *of, *maker;
		uint32_t position;
	} rows[] = {
	    {"build", "build", 5},
	    {"build", "build", 4},
	    {"build", "deps", 3},
	    {"build", "deps", 2},
	    {"production", "production", 4},
	    {"production", "production", 2},
	    {"deps", "deps", 3},
	};
	struct bx *x = *state;

	bx_webapp(x);
	bx_load(x);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct catalog_stage *s = catalog_stage_maker(
		    bx_stage(x, "webapp:production", rows[i].of), rows[i].position);

		assert_non_null(s);
		assert_string_equal(s->name, rows[i].maker);
	}
}

/* buildah's COPY --from=acme/tools:2 is its own localhost/acme/tools:2. */
static void catalog_builds__names_without_a_registry_may_be_local(void **state)
{
	struct bx *x = *state;

	bx_layer(x, "sha256:1", "a=100:1@1");
	bx_image(x, "localhost/acme/tools:2", "sha256:1", "RUN make");
	bx_load(x);
	assert_non_null(catalog_image_named(x->catalog, "acme/tools:2"));
	assert_null(catalog_image_named(x->catalog, "acme/tools:3"));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(catalog_builds__stages_by_what_a_person_types,
					    bx_setup, bx_teardown),
	    cmocka_unit_test_setup_teardown(catalog_builds__layers_are_told_as_those_of_images,
					    bx_setup, bx_teardown),
	    cmocka_unit_test_setup_teardown(catalog_builds__which_stage_an_image_is, bx_setup,
					    bx_teardown),
	    cmocka_unit_test_setup_teardown(catalog_builds__which_stage_made_a_layer, bx_setup,
					    bx_teardown),
	    cmocka_unit_test_setup_teardown(
		catalog_builds__names_without_a_registry_may_be_local, bx_setup, bx_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
