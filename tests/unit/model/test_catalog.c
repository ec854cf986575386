/* SPDX-License-Identifier: MIT */
#include "model/catalog.h"
#include "store/layers.h"
#include "test.h"

#include <stdio.h>
#include <string.h>

/* ---- the index as it looks when another process writes to it ---- */

static unsigned changes_left; /* how many of the next answers differ from the one before */

int __real_db_generation(struct db *db, int64_t *ret, struct err *err);
int __wrap_db_generation(struct db *db, int64_t *ret, struct err *err);

int __wrap_db_generation(struct db *db, int64_t *ret, struct err *err)
{
	int r = __real_db_generation(db, ret, err);

	*ret += changes_left;
	changes_left -= changes_left > 0;
	return r;
}

/* ---- making an index ---- */

#define HEX64(eight) eight eight eight eight eight eight eight eight
#define LAYER_A      "sha256:" HEX64("aaaaaaaa")
#define LAYER_B      "sha256:" HEX64("bbbbbbbb")
#define LAYER_C      "sha256:" HEX64("cccccccc")

static int new_index(void **state)
{
	struct err err = ERR_INIT;
	struct db *db;

	changes_left = 0;
	assert_ok(db_open(":memory:", DB_WRITE, &db, &err), &err);
	*state = db;
	return 0;
}

static int free_index(void **state)
{
	db_free(*state);
	return 0;
}

static int64_t put_layer(struct db *db, const char *diff_id, uint64_t content)
{
	struct layer_row row = {
	    .tar_bytes = content + 1024, .content_bytes = content, .entries = 2};
	struct err err = ERR_INIT;

	assert_ok(layers_stage(db, diff_id, "run", &row.id, &err), &err);
	assert_ok(layers_finish(db, &row, &err), &err);
	assert_ok(layers_publish(db, row.id, &err), &err);
	return row.id;
}

/* A layer of an image and the history entry that made it (NULL: none). */
struct use {
	int64_t layer;
	const char *diff_id, *created_by;
};

static int64_t put_image(struct db *db, const char *digest, const struct use *uses, uint32_t n)
{
	struct image_row image = {.config_digest = digest,
				  .platform = "linux/amd64",
				  .created = "2026-01-02T03:04:05Z",
				  .format = "oci-archive",
				  .config = BYTES("{}"),
				  .indexed = 77};
	struct err err = ERR_INIT;

	assert_ok(images_put(db, &image, &image.id, &err), &err);
	for (uint32_t i = 0; i < n; i++) {
		struct image_layer_row l = {.position = i + 1,
					    .layer = uses[i].layer,
					    .diff_id = uses[i].diff_id,
					    .blob_bytes = uses[i].layer ? 10 : -1};
		struct history_row h = {.ord = i,
					.position = i + 1,
					.created_by = bytes_from_str(uses[i].created_by)};

		assert_ok(image_layers_insert(db, image.id, &l, &err), &err);
		if (uses[i].created_by)
			assert_ok(history_insert(db, image.id, &h, &err), &err);
	}
	return image.id;
}

static void tag(struct db *db, const char *reference, int64_t image)
{
	struct name_row row = {.reference = reference, .image = image};
	struct err err = ERR_INIT;

	assert_ok(names_next_event(db, &row.event, &err), &err);
	assert_ok(names_put(db, &row, &err), &err);
}

static struct catalog *load_all(struct db *db)
{
	struct catalog *c = NULL;
	struct err err = ERR_INIT;

	assert_ok(catalog_load(db, NULL, 0, &c, &err), &err);
	return c;
}

/* ---- tests ---- */

static void catalog__of_an_empty_index(void **state)
{
	_cleanup_(catalog_unrefp) struct catalog *c = load_all(*state);
	const struct catalog_image *img;
	struct err err = ERR_INIT;

	assert_int_equal(c->n_images, 0);
	assert_int_equal(c->n_layers, 0);
	assert_null(catalog_image(c, 1));
	assert_null(catalog_stored_layer(c, 1));
	assert_int_equal(catalog_resolve(c, BYTES("app\n"), &img, &err), -ENOENT);
	assert_string_equal(err.msg, "there is no image 'app\\n': the index is empty");
}

static void catalog__an_image_with_its_layers(void **state)
{
	struct db *db = *state;
	int64_t a = put_layer(db, LAYER_A, 100), b = put_layer(db, LAYER_B, 5);
	struct use uses[] = {{a, LAYER_A, "RUN /bin/sh -c npm ci # buildkit"},
			     {b, LAYER_B, "/bin/sh -c #(nop) WORKDIR /src"}};
	int64_t id = put_image(db, "sha256:1234", uses, 2);
	_cleanup_(catalog_unrefp) struct catalog *c = NULL;
	const struct catalog_image *i;

	tag(db, "ghcr.io/acme/app:1", id);
	c = load_all(db);
	i = catalog_image(c, id);
	assert_non_null(i);
	assert_string_equal(i->name, "ghcr.io+acme+app:1");
	assert_string_equal(i->config_digest, "sha256:1234");
	assert_string_equal(i->platform, "linux/amd64");
	assert_string_equal(i->created, "2026-01-02T03:04:05Z");
	assert_string_equal(i->format, "oci-archive");
	assert_null(i->manifest_digest);
	assert_true(i->has_config);
	assert_false(i->has_manifest);
	assert_int_equal(i->n_layers, 2);
	assert_string_equal(i->layers[0].nn, "01");
	assert_string_equal(i->layers[0].slug, "RUN-npm-ci");
	assert_bytes_equal_str(i->layers[0].instruction, "RUN npm ci");
	assert_string_equal(i->layers[0].diff_id, LAYER_A);
	assert_int_equal(i->layers[0].layer, a);
	assert_int_equal(i->layers[0].blob_bytes, 10);
	assert_string_equal(i->layers[1].nn, "02");
	assert_string_equal(i->layers[1].slug, "WORKDIR-src");
}

static void catalog__layers_without_history_are_called_layer(void **state)
{
	struct db *db = *state;
	int64_t a = put_layer(db, LAYER_A, 1);
	struct use uses[] = {{a, LAYER_A, NULL}};
	int64_t id = put_image(db, "sha256:1234", uses, 1);
	_cleanup_(catalog_unrefp) struct catalog *c = load_all(db);

	assert_string_equal(catalog_image(c, id)->layers[0].slug, "layer");
	assert_int_equal(catalog_image(c, id)->layers[0].instruction.len, 0);
	assert_string_equal(catalog_stored_layer(c, a)->name, "aaaaaaaaaaaa-layer");
}

static void catalog__an_absent_layer_keeps_its_place(void **state)
{
	struct db *db = *state;
	int64_t b = put_layer(db, LAYER_B, 1);
	struct use uses[] = {{0, LAYER_A, "RUN a"}, {b, LAYER_B, "RUN b"}};
	int64_t id = put_image(db, "sha256:1234", uses, 2);
	_cleanup_(catalog_unrefp) struct catalog *c = load_all(db);
	const struct catalog_image *i = catalog_image(c, id);

	assert_int_equal(i->layers[0].layer, 0);
	assert_int_equal(i->layers[0].blob_bytes, -1);
	assert_string_equal(i->layers[0].slug, "RUN-a");
	assert_int_equal(c->n_layers, 1);
}

static void catalog__numbers_are_as_wide_as_the_count(void **state)
{
	struct db *db = *state;
	int64_t a = put_layer(db, LAYER_A, 1);
	struct use *uses = calloc(1000, sizeof(*uses));
	int64_t few, many, most;
	struct catalog *c;

	for (int i = 0; i < 1000; i++)
		uses[i] = (struct use){a, LAYER_A, NULL};
	few = put_image(db, "sha256:1", uses, 99);
	many = put_image(db, "sha256:2", uses, 100);
	most = put_image(db, "sha256:3", uses, 1000);
	c = load_all(db);
	assert_string_equal(catalog_image(c, few)->layers[98].nn, "99");
	assert_string_equal(catalog_image(c, many)->layers[0].nn, "001");
	assert_string_equal(catalog_image(c, many)->layers[99].nn, "100");
	assert_string_equal(catalog_image(c, most)->layers[0].nn, "0001");
	assert_int_equal(catalog_stored_layer(c, a)->images, 3);
	catalog_unref(c);
	free(uses);
}

static void catalog__a_layer_is_named_by_its_first_use(void **state)
{
	struct db *db = *state;
	int64_t a = put_layer(db, LAYER_A, 100), b = put_layer(db, LAYER_B, 5);
	struct use first[] = {{a, LAYER_A, "RUN one"}};
	struct use second[] = {{b, LAYER_B, "RUN b"}, {a, LAYER_A, "RUN two"}};
	_cleanup_(catalog_unrefp) struct catalog *c = NULL;
	const struct catalog_stored_layer *s;

	put_image(db, "sha256:1", first, 1);
	put_image(db, "sha256:2", second, 2);
	c = load_all(db);
	assert_int_equal(c->n_layers, 2);
	s = catalog_stored_layer(c, a);
	assert_string_equal(s->name, "aaaaaaaaaaaa-RUN-one");
	assert_string_equal(s->diff_id, LAYER_A);
	assert_int_equal(s->content_bytes, 100);
	assert_int_equal(s->tar_bytes, 1124);
	assert_int_equal(s->images, 2);
	assert_false(s->bottom_only);
	s = catalog_stored_layer(c, b);
	assert_string_equal(s->name, "bbbbbbbbbbbb-RUN-b");
	assert_int_equal(s->images, 1);
	assert_true(s->bottom_only);
}

static void catalog__a_layer_twice_in_one_image_is_one_use(void **state)
{
	struct db *db = *state;
	int64_t a = put_layer(db, LAYER_A, 100);
	struct use uses[] = {{a, LAYER_A, "RUN one"}, {a, LAYER_A, "RUN two"}};
	_cleanup_(catalog_unrefp) struct catalog *c = NULL;

	put_image(db, "sha256:1", uses, 2);
	c = load_all(db);
	assert_int_equal(catalog_stored_layer(c, a)->images, 1);
	assert_false(catalog_stored_layer(c, a)->bottom_only);
	assert_string_equal(catalog_stored_layer(c, a)->name, "aaaaaaaaaaaa-RUN-one");
}

static void catalog__digests_that_begin_alike_show_more_digits(void **state)
{
	static const char *const ids[] = {"sha256:0123456789abcd01", "sha256:0123456789abcd02",
					  "sha512:0123456789abce00", "sha256:0123456789ac0000"};
	struct db *db = *state;
	struct use uses[4];
	_cleanup_(catalog_unrefp) struct catalog *c = NULL;

	for (int i = 0; i < 4; i++)
		uses[i] = (struct use){put_layer(db, ids[i], 1), ids[i], "RUN x"};
	put_image(db, "sha256:1", uses, 4);
	c = load_all(db);
	assert_int_equal(c->n_layers, 4);
	assert_string_equal(c->layers[0].name, "0123456789abcd01-RUN-x");
	assert_string_equal(c->layers[1].name, "0123456789abcd02-RUN-x");
	assert_string_equal(c->layers[2].name, "0123456789abce-RUN-x");
	assert_string_equal(c->layers[3].name, "0123456789ac-RUN-x");
	for (int i = 0; i < 4; i++)
		assert_ptr_equal(catalog_stored_layer(c, c->layers[i].id), &c->layers[i]);
}

static void catalog__layers_that_no_image_uses_are_not_there(void **state)
{
	struct db *db = *state;
	int64_t a = put_layer(db, LAYER_A, 1), b = put_layer(db, LAYER_B, 1);
	struct use uses[] = {{b, LAYER_B, NULL}};
	_cleanup_(catalog_unrefp) struct catalog *c = NULL;

	put_image(db, "sha256:1", uses, 1);
	c = load_all(db);
	assert_int_equal(c->n_layers, 1);
	assert_null(catalog_stored_layer(c, a));
	assert_non_null(catalog_stored_layer(c, b));
}

static void catalog__shows_only_the_images_asked_for(void **state)
{
	struct db *db = *state;
	int64_t a = put_layer(db, LAYER_A, 1), b = put_layer(db, LAYER_B, 1);
	struct use ua[] = {{a, LAYER_A, "RUN a"}}, ub[] = {{b, LAYER_B, "RUN b"}};
	int64_t one = put_image(db, "sha256:1", ua, 1), two = put_image(db, "sha256:2", ub, 1);
	_cleanup_(catalog_unrefp) struct catalog *c = NULL;
	struct err err = ERR_INIT;

	tag(db, "app:1", one);
	tag(db, "app:1", two);
	assert_ok(catalog_load(db, &one, 1, &c, &err), &err);
	assert_int_equal(c->n_images, 1);
	assert_int_equal(c->n_layers, 1);
	assert_string_equal(catalog_image(c, one)->name, "app:1");
	assert_null(catalog_image(c, two));
	assert_null(catalog_stored_layer(c, b));
}

static void catalog__resolves_names_and_digests(void **state)
{
	struct db *db = *state;
	int64_t one = put_image(db, "sha256:abcd0", NULL, 0);
	int64_t two = put_image(db, "sha256:abcd1", NULL, 0);
	_cleanup_(catalog_unrefp) struct catalog *c = NULL;
	const struct catalog_image *img;
	struct err err = ERR_INIT;

	tag(db, "acme/app:1", one);
	c = load_all(db);
	assert_ok(catalog_resolve(c, BYTES("acme/app:1"), &img, &err), &err);
	assert_int_equal(img->id, one);
	assert_ok(catalog_resolve(c, BYTES("sha256:abcd1"), &img, &err), &err);
	assert_int_equal(img->id, two);
	assert_int_equal(catalog_resolve(c, BYTES("abcd"), &img, &err), -EEXIST);
	assert_int_equal(catalog_resolve(c, BYTES("nope"), &img, &err), -ENOENT);
	assert_string_equal(err.msg,
			    "there is no image 'nope' (there are: acme+app:1 sha256:abcd1)");
}

static void catalog__a_long_list_of_images_is_cut(void **state)
{
	_cleanup_(catalog_unrefp) struct catalog *c = NULL;
	const struct catalog_image *img;
	struct err err = ERR_INIT;
	char digest[32];

	for (int i = 0; i < 9; i++) {
		snprintf(digest, sizeof(digest), "sha256:%d", i);
		put_image(*state, digest, NULL, 0);
	}
	c = load_all(*state);
	assert_int_equal(catalog_resolve(c, BYTES("nope"), &img, &err), -ENOENT);
	assert_non_null(strstr(err.msg, "sha256:7 ...)"));
	assert_null(strstr(err.msg, "sha256:8"));
}

static void catalog__lives_until_the_last_reference(void **state)
{
	struct catalog *c = load_all(*state);

	assert_ptr_equal(catalog_ref(c), c);
	catalog_unref(c);
	assert_int_equal(c->n_images, 0);
	catalog_unref(c);
	catalog_unref(NULL);
}

static void catalog__reads_again_what_changed_meanwhile(void **state)
{
	struct catalog *c;

	put_image(*state, "sha256:1", NULL, 0);
	changes_left = 3;
	c = load_all(*state);
	assert_int_equal(changes_left, 0);
	assert_int_equal(c->n_images, 1);
	catalog_unref(c);
}

static void catalog__gives_up_on_an_index_that_never_rests(void **state)
{
	struct catalog *c = NULL;
	struct err err = ERR_INIT;

	changes_left = 1000;
	assert_int_equal(catalog_load(*state, NULL, 0, &c, &err), -EBUSY);
	assert_null(c);
	assert_string_equal(err.msg,
			    ":memory:: changes faster than it can be read (try again)");
}

static void catalog__a_thousand_images(void **state)
{
	struct db *db = *state;
	_cleanup_(catalog_unrefp) struct catalog *c = NULL;
	struct err err = ERR_INIT;
	char text[100];
	int64_t id;

	assert_ok(db_begin(db, &err), &err);
	for (int i = 0; i < 1000; i++) {
		struct use uses[10];

		snprintf(text, sizeof(text), "sha256:%064d", i);
		id = put_layer(db, text, 1);
		for (int k = 0; k < 10; k++)
			uses[k] = (struct use){id, text, "RUN make"};
		id = put_image(db, text, uses, 10);
		snprintf(text, sizeof(text), "app:%d", i);
		tag(db, text, id);
	}
	assert_ok(db_commit(db, &err), &err);
	c = load_all(db);
	assert_int_equal(c->n_images, 1000);
	assert_int_equal(c->n_layers, 1000);
	assert_string_equal(c->images[999].name, "app:999");
}

#define T(f) cmocka_unit_test_setup_teardown(f, new_index, free_index)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    T(catalog__of_an_empty_index),
	    T(catalog__an_image_with_its_layers),
	    T(catalog__layers_without_history_are_called_layer),
	    T(catalog__an_absent_layer_keeps_its_place),
	    T(catalog__numbers_are_as_wide_as_the_count),
	    T(catalog__a_layer_is_named_by_its_first_use),
	    T(catalog__a_layer_twice_in_one_image_is_one_use),
	    T(catalog__digests_that_begin_alike_show_more_digits),
	    T(catalog__layers_that_no_image_uses_are_not_there),
	    T(catalog__shows_only_the_images_asked_for),
	    T(catalog__resolves_names_and_digests),
	    T(catalog__a_long_list_of_images_is_cut),
	    T(catalog__lives_until_the_last_reference),
	    T(catalog__reads_again_what_changed_meanwhile),
	    T(catalog__gives_up_on_an_index_that_never_rests),
	    T(catalog__a_thousand_images),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
