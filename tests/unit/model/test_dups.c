/* SPDX-License-Identifier: MIT */
#include "builds_fixture.h"

#include "model/dups.h"
#include "store/hashes.h"

#include <stdio.h>

#include <time.h>

struct found {
	struct uses uses;
	struct dup_scope scope;
	uint32_t *layers;
	struct dups dups;
};

static const struct dup_limits no_limits = {.order = DUPS_BY_SHIPPED};

static void found_release(struct found *f)
{
	dups_release(&f->dups);
	free(f->layers);
	uses_release(&f->uses);
}

static void find_index(struct bx *x, const struct dup_limits *limits, struct found *f)
{
	*f = (struct found){0};
	assert_int_equal(uses_make(x->catalog, &f->uses), 0);
	f->scope = (struct dup_scope){.uses = &f->uses};
	assert_ok(dups_find(x->db, x->forest, &f->scope, limits, &f->dups, &x->err), &x->err);
}

static void find_image(struct bx *x, const struct catalog_image *img, struct found *f)
{
	*f = (struct found){0};
	assert_int_equal(uses_make(x->catalog, &f->uses), 0);
	assert_int_equal(
	    dups_scope_of_chain(&f->uses, img->layers, img->n_layers, &f->layers, &f->scope),
	    0);
	assert_ok(dups_find(x->db, x->forest, &f->scope, &no_limits, &f->dups, &x->err),
		  &x->err);
}

/* "2 x 42: 42 = 0 + 0 + 42" a group. */
static void assert_groups(const struct dups *d, const char *want)
{
	_cleanup_(buf_release) struct buf text = BUF_INIT;

	vec_foreach (g, &d->groups)
		buf_addf(&text, "%llu x %llu: %llu = %llu + %llu + %llu\n",
			 (unsigned long long)g->copies, (unsigned long long)g->size,
			 (unsigned long long)g->reclaimable, (unsigned long long)g->shipped,
			 (unsigned long long)g->across_images,
			 (unsigned long long)g->build_only);
	assert_string_equal(buf_str(&text), want);
}

static void dups__of_a_build(void **state)
{
	struct bx *x = *state;
	struct found f;

	bx_webapp(x);
	bx_load(x);
	find_index(x, &no_limits, &f);
	/* left.js and o.js, each made in one stage and copied into production. */
	assert_groups(&f.dups, "2 x 77: 77 = 0 + 0 + 77\n2 x 42: 42 = 0 + 0 + 42\n");
	assert_int_equal(f.dups.all.reclaimable, 119);
	found_release(&f);
	find_image(x,
		   bx_stage(x, "webapp:production", "production")->s->image
		       ? catalog_image(x->catalog,
				       bx_stage(x, "webapp:production", "production")->s->image)
		       : NULL,
		   &f);
	assert_groups(&f.dups, "");
	found_release(&f);
}

/*
 * Three images: one and two stand on a base that stores its license twice; one adds a third
 * copy. Three has a copy of its own, and a file that two also has.
 */
static void dups__shipped_first_and_the_parts_add_up(void **state)
{
	struct bx *x = *state;
	struct found f;

	bx_layer(x, "sha256:1", "l/a=100:1@1 l/b=100:1@2 only=7:9@1");
	bx_layer(x, "sha256:2", "l/c=100:1@1");
	bx_layer(x, "sha256:3", "big=5000:2@1");
	bx_layer(x, "sha256:4", "l/d=100:1@1 large=5000:2@1 empty=0:0@1 empty2=0:0@1");
	bx_image(x, "one:1", "sha256:1 sha256:2", NULL);
	bx_image(x, "two:1", "sha256:1 sha256:3", NULL);
	bx_image(x, "three:1", "sha256:4", NULL);
	bx_load(x);
	find_index(x, &no_limits, &f);
	assert_groups(&f.dups, "4 x 100: 300 = 200 + 100 + 0\n"
			       "2 x 5000: 5000 = 0 + 5000 + 0\n");
	assert_int_equal(f.dups.groups.v[0].places, 2 * 2 + 1 + 1);
	found_release(&f);
}

static void dups__copies_with_their_paths(void **state)
{
	_cleanup_(arena_release) struct arena paths = {0};
	_cleanup_(dup_copy_vec_release) struct dup_copy_vec copies = {0};
	struct bx *x = *state;
	int64_t one, two;
	struct found f;

	one = bx_layer(x, "sha256:1", "etc/x=10:1@1 usr/lib/y=10:1@1");
	two = bx_layer(x, "sha256:2", "z=10:1@1");
	bx_layer(x, "sha256:3", "unused=10:1@1");
	bx_image(x, "app:1", "sha256:1 sha256:2", NULL);
	bx_load(x);
	find_index(x, &no_limits, &f);
	assert_groups(&f.dups, "3 x 10: 20 = 20 + 0 + 0\n");
	assert_ok(dups_copies(x->db, &f.scope, &f.dups, 0, &copies, &paths, &x->err), &x->err);
	assert_int_equal(copies.n, 3);
	assert_bytes_equal_str(copies.v[0].path, "etc/x");
	assert_bytes_equal_str(copies.v[1].path, "usr/lib/y");
	assert_bytes_equal_str(copies.v[2].path, "z");
	assert_int_equal(f.uses.layers[copies.v[1].layer].id, one);
	assert_int_equal(f.uses.layers[copies.v[2].layer].id, two);
	found_release(&f);
}

static void dups__limits_leave_the_sums_whole(void **state)
{
	struct dup_limits limits = {
	    .max_groups = 3, .min_size = 20, .order = DUPS_BY_RECLAIMABLE};
	char files[2000] = "";
	struct bx *x = *state;
	struct found f;

	for (int i = 10; i < 30; i++)
		sprintf(files + strlen(files), "a%d=%d:%d@1 b%d=%d:%d@1 ", i, i, i, i, i, i);
	bx_layer(x, "sha256:1", files);
	bx_image(x, "app:1", "sha256:1", NULL);
	bx_load(x);
	find_index(x, &limits, &f);
	assert_groups(&f.dups, "2 x 29: 29 = 29 + 0 + 0\n2 x 28: 28 = 28 + 0 + 0\n"
			       "2 x 27: 27 = 27 + 0 + 0\n");
	assert_int_equal(f.dups.all.groups, 10);
	assert_int_equal(f.dups.all.copies, 20);
	assert_int_equal(f.dups.all.reclaimable,
			 20 + 21 + 22 + 23 + 24 + 25 + 26 + 27 + 28 + 29);
	found_release(&f);
}

/* Sizes that a hostile tar may claim with one hole. */
static void dups__sums_do_not_turn_over(void **state)
{
	struct bx *x = *state;
	struct found f;

	bx_layer(x, "sha256:1",
		 "a=9223372036854775807:1@1 b=9223372036854775807:1@1 "
		 "c=9223372036854775807:1@1 d=9223372036854775807:1@1");
	bx_image(x, "app:1", "sha256:1", NULL);
	bx_load(x);
	find_index(x, &no_limits, &f);
	assert_int_equal(f.dups.groups.v[0].reclaimable, UINT64_MAX);
	assert_int_equal(f.dups.all.reclaimable, UINT64_MAX);
	found_release(&f);
}

/* ---- against a naive computation over random indexes ---- */

#define LAYERS 8
#define IMAGES 4

struct model {
	int content[LAYERS][12], size[LAYERS][12], files[LAYERS];
	bool in[IMAGES][LAYERS];
};

/* The sum of what the groups could save, of one kind of content. */
struct answer {
	uint64_t copies, shipped, across, build_only;
};

static bool in_any(const struct model *m, int layer)
{
	for (int i = 0; i < IMAGES; i++)
		if (m->in[i][layer])
			return true;
	return false;
}

/* All images are shipped here: copies that can be reached from each other through images that
 * have both are one set. Colours are spread until nothing changes. */
static struct answer naive(const struct model *m, int content)
{
	struct answer a = {0};
	int colour[LAYERS], sets = 0;
	bool changed = true;

	for (int l = 0; l < LAYERS; l++)
		colour[l] = l;
	while (changed) {
		changed = false;
		for (int i = 0; i < IMAGES; i++)
			for (int l = 0; l < LAYERS; l++)
				for (int k = 0; k < LAYERS; k++) {
					bool both = m->in[i][l] && m->in[i][k], has_l = false,
					     has_k = false;

					for (int f = 0; f < m->files[l]; f++)
						has_l |= m->content[l][f] == content;
					for (int f = 0; f < m->files[k]; f++)
						has_k |= m->content[k][f] == content;
					if (!both || !has_l || !has_k || colour[l] <= colour[k])
						continue;
					colour[l] = colour[k];
					changed = true;
				}
	}
	for (int l = 0; l < LAYERS; l++) {
		bool first = false;

		for (int f = 0; f < m->files[l] && in_any(m, l); f++)
			if (m->content[l][f] == content) {
				a.copies++;
				first = colour[l] == l;
			}
		sets += first;
	}
	a.shipped = a.copies - (uint64_t)sets;
	a.across = sets ? (uint64_t)sets - 1 : 0;
	return a;
}

static void fill(struct bx *x, struct model *m, int round)
{
	char files[400], chain[200], name[20];

	for (int l = 0; l < LAYERS; l++) {
		char diff_id[40];

		files[0] = 0;
		m->files[l] = rand() % 8;
		for (int f = 0; f < m->files[l]; f++) {
			m->content[l][f] = rand() % 12 + 1;
			sprintf(files + strlen(files), "f%d=%d:%d@1 ", f,
				100 + m->content[l][f], m->content[l][f] + 100 * round);
		}
		sprintf(diff_id, "sha256:%d.%d", round, l);
		bx_layer(x, diff_id, files);
	}
	for (int i = 0; i < IMAGES; i++) {
		chain[0] = 0;
		for (int l = 0; l < LAYERS; l++) {
			m->in[i][l] = rand() % 3 == 0;
			if (m->in[i][l])
				sprintf(chain + strlen(chain), "sha256:%d.%d ", round, l);
		}
		/* Repositories of their own: no image is a stage of another's build. */
		sprintf(name, "r%di%d:1", round, i);
		bx_image(x, name, chain, NULL);
	}
}

static void compare(const struct model *m, const struct dups *d, int round)
{
	for (int content = 1; content <= 12; content++) {
		struct answer a = naive(m, content);
		uint64_t size = 100 + (uint64_t)content;
		const struct dup_group *found = NULL;

		vec_foreach (g, &d->groups) {
			int hash;

			memcpy(&hash, g->xxh128, sizeof(hash));
			if (hash == content + 100 * round)
				found = g;
		}
		assert_int_equal(found != NULL, a.copies > 1);
		if (!found)
			continue;
		assert_int_equal(found->size, size);
		assert_int_equal(found->copies, a.copies);
		assert_int_equal(found->shipped, a.shipped * size);
		assert_int_equal(found->across_images, a.across * size);
		assert_int_equal(found->build_only, 0);
		assert_int_equal(found->reclaimable, (a.copies - 1) * size);
	}
}

static void dups__agree_with_a_naive_computation(void **state)
{
	struct bx *x = *state;
	unsigned seed = (unsigned)time(NULL);

	print_message("# seed %u\n", seed);
	srand(seed);
	for (int round = 1; round <= 8; round++) {
		struct model m = {.files = {0}};
		struct found f;

		fill(x, &m, round);
		bx_load(x);
		find_index(x, &no_limits, &f);
		compare(&m, &f.dups, round);
		found_release(&f);
	}
}

/* What is found by sorting the files of a few layers and by reading the whole index in order
 * of its hashes is the same. */
static void dups__both_ways_find_the_same(void **state)
{
	struct model m = {.files = {0}};
	struct found sorted, streamed;
	struct bx *x = *state;

	srand(1);
	fill(x, &m, 1);
	bx_load(x);
	for (size_t i = 0; i < x->catalog->n_images; i++) {
		find_image(x, &x->catalog->images[i], &sorted);
		find_image(x, &x->catalog->images[i], &streamed);
		dups_release(&streamed.dups);
		streamed.scope.files = DUPS_SORTED + 1;
		assert_ok(dups_find(x->db, x->forest, &streamed.scope, &no_limits,
				    &streamed.dups, &x->err),
			  &x->err);
		assert_int_equal(sorted.dups.groups.n, streamed.dups.groups.n);
		if (sorted.dups.groups.n)
			assert_memory_equal(sorted.dups.groups.v, streamed.dups.groups.v,
					    sorted.dups.groups.n * sizeof(struct dup_group));
		found_release(&sorted);
		found_release(&streamed);
	}
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, bx_setup, bx_teardown)
	static const struct CMUnitTest tests[] = {
	    TEST(dups__of_a_build),
	    TEST(dups__shipped_first_and_the_parts_add_up),
	    TEST(dups__copies_with_their_paths),
	    TEST(dups__limits_leave_the_sums_whole),
	    TEST(dups__sums_do_not_turn_over),
	    TEST(dups__agree_with_a_naive_computation),
	    TEST(dups__both_ways_find_the_same),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
