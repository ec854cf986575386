/* SPDX-License-Identifier: MIT */
#include "builds_fixture.h"

#include "model/sharing.h"

#include <stdio.h>

#include <time.h>

static const struct catalog_image *image(const struct bx *x, const char *name)
{
	for (size_t i = 0; i < x->catalog->n_images; i++)
		if (strcmp(x->catalog->images[i].name, name) == 0)
			return &x->catalog->images[i];
	fail_msg("no image %s", name);
	return NULL;
}

static void assert_sharing(const struct bx *x, const char *name, uint64_t unique,
			   uint64_t shared, const char *base, uint64_t added)
{
	struct sharing s = sharing_of(x->catalog, image(x, name));

	assert_int_equal(s.unique, unique);
	assert_int_equal(s.shared, shared);
	assert_int_equal(s.content, unique + shared);
	assert_int_equal(s.added, added);
	if (base)
		assert_ptr_equal(s.base, image(x, base));
	else
		assert_null(s.base);
}

static void sharing__of_images_on_one_base(void **state)
{
	struct bx *x = *state;

	bx_layer(x, "sha256:1", "sh=1000:1@1");
	bx_layer(x, "sha256:2", "lib=500:2@1");
	bx_layer(x, "sha256:3", "a=30:3@1");
	bx_layer(x, "sha256:4", "b=4:4@1");
	bx_image(x, "base:1", "sha256:1", NULL);
	bx_image(x, "lib:1", "sha256:1 sha256:2", NULL);
	bx_image(x, "a:1", "sha256:1 sha256:2 sha256:3", NULL);
	bx_image(x, "b:1", "sha256:1 sha256:2 sha256:4", NULL);
	bx_image(x, "other:1", "sha256:2 sha256:1", NULL);
	bx_load(x);
	assert_sharing(x, "base:1", 0, 1000, NULL, 1000);
	assert_sharing(x, "lib:1", 0, 1500, "base:1", 500);
	assert_sharing(x, "a:1", 30, 1500, "lib:1", 30);
	assert_sharing(x, "b:1", 4, 1500, "lib:1", 4);
	assert_sharing(x, "other:1", 0, 1500, NULL, 1500);
}

/* A layer that stands twice is stored once; one that is in no archive has nothing. */
static void sharing__counts_what_is_stored(void **state)
{
	struct bx *x = *state;

	bx_layer(x, "sha256:1", "sh=1000:1@1");
	bx_image(x, "a:1", "sha256:1 sha256:gone sha256:1", NULL);
	bx_load(x);
	assert_sharing(x, "a:1", 1000, 0, NULL, 1000);
}

static void sharing__equal_chains_are_no_base(void **state)
{
	struct bx *x = *state;

	bx_layer(x, "sha256:1", "sh=1000:1@1");
	bx_image(x, "a:1", "sha256:1", NULL);
	bx_image(x, "b:1", "sha256:1", "RUN make");
	bx_load(x);
	assert_sharing(x, "a:1", 0, 1000, NULL, 1000);
	assert_sharing(x, "b:1", 0, 1000, NULL, 1000);
}

/* Random images: the sum against sizes added up layer by layer from what was written. */
static void sharing__adds_up(void **state)
{
	struct bx *x = *state;
	unsigned seed = (unsigned)time(NULL);
	uint64_t expected = 0;
	int sizes[12], used[12] = {0};
	struct sharing_totals t;

	print_message("# seed %u\n", seed);
	srand(seed);
	for (int l = 0; l < 12; l++) {
		char diff_id[20], files[40];

		sizes[l] = rand() % 1000 + 1;
		sprintf(diff_id, "sha256:%d", l);
		sprintf(files, "f=%d:%d@1", sizes[l], l + 1);
		bx_layer(x, diff_id, files);
	}
	for (int i = 0; i < 8; i++) {
		char chain[200] = "", name[20];

		for (int l = 0; l < 12; l++)
			if (rand() % 4 == 0) {
				sprintf(chain + strlen(chain), "sha256:%d ", l);
				used[l] = 1;
			}
		sprintf(name, "i%d:1", i);
		bx_image(x, name, chain, NULL);
	}
	for (int l = 0; l < 12; l++)
		expected += used[l] ? (uint64_t)sizes[l] : 0;
	bx_load(x);
	t = sharing_totals(x->catalog);
	assert_int_equal(t.content, expected);
	assert_int_equal(t.unique + t.shared + t.stages_only, expected);
	assert_int_equal(t.stages_only, 0);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, bx_setup, bx_teardown)
	static const struct CMUnitTest tests[] = {
	    TEST(sharing__of_images_on_one_base),
	    TEST(sharing__counts_what_is_stored),
	    TEST(sharing__equal_chains_are_no_base),
	    TEST(sharing__adds_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
