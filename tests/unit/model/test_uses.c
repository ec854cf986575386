/* SPDX-License-Identifier: MIT */
#include "builds_fixture.h"

#include "model/uses.h"

static const struct used_layer *layer(const struct uses *u, const char *diff_id)
{
	for (uint32_t i = 0; i < u->n_layers; i++)
		if (strcmp(u->layers[i].diff_id, diff_id) == 0)
			return &u->layers[i];
	fail_msg("no layer %s", diff_id);
	return NULL;
}

static void assert_places(const struct uses *u, const char *diff_id, const char *want)
{
	_cleanup_(buf_release) struct buf places = BUF_INIT;
	const struct used_layer *l = layer(u, diff_id);

	for (uint32_t i = l->first; i < l->first + l->n; i++) {
		if (places.len)
			buf_add_char(&places, '\n');
		assert_int_equal(uses_place(u, &u->uses.v[i], &places), 0);
	}
	assert_string_equal(buf_str(&places), want);
}

static void uses__a_stage_that_is_an_image_stands_as_that(void **state)
{
	struct bx *x = *state;
	struct uses u;

	bx_webapp(x);
	bx_load(x);
	assert_int_equal(uses_make(x->catalog, &u), 0);
	assert_int_equal(u.n_layers, 7);
	assert_places(&u, "sha256:03",
		      "images/webapp:deps/layers/03-RUN-npm-install\n"
		      "images/webapp:build/layers/03-RUN-npm-install");
	assert_places(&u, "sha256:06",
		      "images/webapp:production/layers/03-COPY-app-nm-left.js-app-nm");
	/* The base has no image of its own. */
	assert_places(&u, "sha256:01",
		      "images/webapp:deps/layers/01-layer\n"
		      "images/webapp:build/layers/01-layer\n"
		      "images/webapp:production/layers/01-layer\n"
		      "stages/webapp:production/base/layers/01-layer");
	assert_bytes_equal_str(layer(&u, "sha256:03")->instruction, "RUN npm install");
	uses_release(&u);
}

static void uses__only_what_a_build_ends_in_is_shipped(void **state)
{
	struct bx *x = *state;
	struct uses u;

	bx_webapp(x);
	bx_layer(x, "sha256:99", "x=1:9@1");
	bx_image(x, "other:1", "sha256:99", NULL);
	bx_load(x);
	assert_int_equal(uses_make(x->catalog, &u), 0);
	vec_foreach (c, &u.chains) {
		const char *name = c->image ? c->image->name : c->stage->name;
		bool ships = c->image && (strcmp(name, "webapp:production") == 0 ||
					  strcmp(name, "other:1") == 0);

		assert_int_equal(c->shipped, ships);
	}
	uses_release(&u);
}

static void uses__every_position_and_no_absent_layer(void **state)
{
	struct bx *x = *state;
	struct uses u;

	bx_layer(x, "sha256:1", "a=1:1@1");
	bx_layer(x, "sha256:2", "b=1:2@1");
	bx_image(x, "app:1", "sha256:2 sha256:gone sha256:1 sha256:2", NULL);
	bx_load(x);
	assert_int_equal(uses_make(x->catalog, &u), 0);
	assert_int_equal(u.n_layers, 2);
	assert_places(&u, "sha256:2",
		      "images/app:1/layers/01-layer\nimages/app:1/layers/04-layer");
	assert_int_equal(uses_find(&u, u.layers[1].id), 1);
	assert_int_equal(uses_find(&u, 12345), USES_NONE);
	assert_int_equal(uses_find(&u, 0), USES_NONE);
	uses_release(&u);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(uses__a_stage_that_is_an_image_stands_as_that,
					    bx_setup, bx_teardown),
	    cmocka_unit_test_setup_teardown(uses__only_what_a_build_ends_in_is_shipped,
					    bx_setup, bx_teardown),
	    cmocka_unit_test_setup_teardown(uses__every_position_and_no_absent_layer, bx_setup,
					    bx_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
