/* SPDX-License-Identifier: MIT */
#include "builds_fixture.h"

#include "model/vote.h"

#include <stdio.h>
#include <time.h>

/* The vote of a layer of the last image among the last n images; "" for nobody. */
static const char *winner_among(struct bx *x, uint32_t position, size_t n)
{
	static char name[100];
	struct layer_contents_cache contents = {.bytes = 0};
	uint32_t candidates[16];
	struct facts f;
	struct vote v;

	assert_ok(facts_load(x->db, &f, &x->err), &x->err);
	n = MIN(n, f.images.n);
	for (size_t i = 0; i < n; i++)
		candidates[i] = (uint32_t)(f.images.n - n + i);
	assert_ok(vote_layer(&contents, x->db, &f, (uint32_t)f.images.n - 1, position,
			     candidates, n, VOTE_ANY, &v, &x->err),
		  &x->err);
	name[0] = 0;
	if (v.image != UINT32_MAX)
		strcpy(name, f.images.v[v.image].names.v[0].ptr);
	layer_contents_cache_release(&contents);
	facts_release(&f);
	return name;
}

static const char *winner(struct bx *x, uint32_t position)
{
	return winner_among(x, position, 16);
}

static void vote__the_stage_that_brought_the_files(void **state)
{
	bx_webapp(*state);
	assert_string_equal(winner(*state, 3), "webapp:deps"); /* build has them from deps */
	assert_string_equal(winner(*state, 4), "webapp:build");
	assert_string_equal(winner(*state, 1), ""); /* everybody's base */
	assert_string_equal(winner(*state, 2), "");
}

static void vote__nine_tenths_of_the_bytes(void **state)
{
	struct bx *x = *state;

	bx_layer(x, "sha256:1", "a=899:1@1 b=900:2@1");
	bx_layer(x, "sha256:2", "a=899:1@1 new=101:9@1");
	bx_layer(x, "sha256:3", "b=900:2@1 new=100:9@1");
	bx_image(x, "app:builder", "sha256:1", "RUN make");
	bx_image(x, "app:one", "sha256:2", "COPY /a /");
	assert_string_equal(winner(x, 1), "");
	bx_image(x, "app:two", "sha256:3", "COPY /b /");
	assert_string_equal(winner(x, 1), "app:builder");
}

/* The same step of an older version holds the same files, and is no source of this one. */
static void vote__another_version_is_no_source(void **state)
{
	struct bx *x = *state;

	bx_layer(x, "sha256:1", "a=500:1@1");
	bx_layer(x, "sha256:2", "a=500:1@2");
	bx_image(x, "app:1", "sha256:1", "COPY /a /");
	bx_image(x, "app:2", "sha256:2", "COPY /a /");
	assert_string_equal(winner(x, 1), "");
}

/* COPY --from keeps the mtime, a rebuild does not. */
static void vote__of_equals_the_one_with_the_same_mtime(void **state)
{
	struct bx *x = *state;

	bx_layer(x, "sha256:1", "a=500:1@1");
	bx_layer(x, "sha256:2", "a=500:1@2");
	bx_layer(x, "sha256:3", "dir/a=500:1@1");
	bx_image(x, "app:old-builder", "sha256:1", "RUN make");
	bx_image(x, "app:new-builder", "sha256:2", "RUN make");
	bx_image(x, "app:prod", "sha256:3", "COPY /a /dir/");
	assert_string_equal(winner(x, 1), "app:old-builder");
}

/* Small files vote only where there are no others. */
static void vote__small_files(void **state)
{
	struct bx *x = *state;

	bx_layer(x, "sha256:1", "marker=3:1@1");
	bx_layer(x, "sha256:2", "marker=3:1@1 real=100:2@1");
	bx_layer(x, "sha256:3", "marker=3:1@1");
	bx_image(x, "app:builder", "sha256:1", "RUN make");
	bx_image(x, "app:a", "sha256:2", "COPY /x /");
	assert_string_equal(winner(x, 1), "");
	bx_image(x, "app:b", "sha256:3", "COPY /y /");
	assert_string_not_equal(winner(x, 1), "");
}

/* A random layer text of files with contents and mtimes from small ranges, and what is in it.
 */
struct drawn {
	char text[1000];
	unsigned content[12], mtime[12], n;
};

static void draw(struct drawn *d)
{
	int at = 0;

	d->n = (unsigned)rand() % 12 + 1;
	for (unsigned i = 0; i < d->n; i++) {
		d->content[i] = (unsigned)rand() % 9 + 1;
		d->mtime[i] = (unsigned)rand() % 3 + 1;
		at +=
		    snprintf(d->text + at, sizeof(d->text) - (size_t)at, "%sf%u=%u:%u@%u",
			     i ? " " : "", i, 100 * d->content[i], d->content[i], d->mtime[i]);
	}
}

/* Of the own files, by every pair: bytes that one of the other layers has too. */
static uint64_t pairs(const struct drawn *own, const struct drawn *others, size_t n)
{
	uint64_t bytes = 0;

	for (unsigned i = 0; i < own->n; i++) {
		bool there = false;

		for (size_t o = 0; o < n; o++)
			for (unsigned k = 0; k < others[o].n; k++)
				there |= others[o].content[k] == own->content[i];
		bytes += there ? 100 * own->content[i] : 0;
	}
	return bytes;
}

static void vote__agrees_with_every_pair_of_files(void **state)
{
	struct bx *x = *state;
	unsigned seed = (unsigned)time(NULL);

	print_message("# seed %u\n", seed);
	srand(seed);
	for (int round = 0; round < 40; round++) {
		struct drawn own, others[2];
		char ids[3][40], layers[100], name[40];
		uint64_t total = 0;
		bool wins;

		draw(&own);
		draw(&others[0]);
		draw(&others[1]);
		for (int k = 0; k < 3; k++) {
			snprintf(ids[k], sizeof(ids[k]), "sha256:%d%d", round, k);
			bx_layer(x, ids[k], k == 2 ? own.text : others[k].text);
		}
		for (unsigned i = 0; i < own.n; i++)
			total += 100 * own.content[i];
		wins = pairs(&own, others, 2) >= total - total / 10;
		snprintf(layers, sizeof(layers), "%s %s", ids[0], ids[1]);
		snprintf(name, sizeof(name), "r%d:builder", round);
		bx_image(x, name, layers, "RUN one|RUN two");
		snprintf(layers, sizeof(layers), "r%d:prod", round);
		bx_image(x, layers, ids[2], "COPY /a /");
		assert_int_equal(wins, strcmp(winner_among(x, 1, 2), name) == 0);
	}
}

/* Two stages have the file: the one that has it where it was copied from is the source. */
static void vote__the_path_that_the_history_names(void **state)
{
	struct bx *x = *state;

	bx_layer(x, "sha256:1", "src/LICENSE=500:1@1");
	bx_layer(x, "sha256:2", "web/LICENSE=500:1@1");
	bx_layer(x, "sha256:3", "licenses/LICENSE=500:1@1");
	bx_image(x, "app:backend", "sha256:1", "RUN one");
	bx_image(x, "app:frontend", "sha256:2", "RUN two");
	bx_image(x, "app:prod", "sha256:3", "COPY /src/LICENSE /licenses/");
	assert_string_equal(winner(x, 1), "app:backend");
}

/* nginx.conf of the context, which the builder has by its "COPY . ." as well. */
static void vote__relative_sources_are_of_the_context(void **state)
{
	struct bx *x = *state;

	bx_layer(x, "sha256:1", "app/nginx.conf=500:1@1");
	bx_layer(x, "sha256:2", "etc/default.conf=500:1@1");
	bx_layer(x, "sha256:3", "srv/default.conf=500:1@1");
	bx_image(x, "app:build", "sha256:1", "COPY . .");
	bx_image(x, "app:1", "sha256:2", "COPY nginx.conf /etc/default.conf");
	assert_string_equal(winner(x, 1), "");
	bx_image(x, "app:2", "sha256:3", "COPY app/nginx.conf /srv/default.conf");
	assert_string_equal(winner(x, 1), "app:build");
}

/* Where sources are hashes: what both may have from the context is nobody's. */
static void vote__hashes_tell_only_what_was_made(void **state)
{
	struct bx *x = *state;

	bx_layer(x, "sha256:1", "app/conf=500:1@1");
	bx_layer(x, "sha256:2", "app/out=500:2@1");
	bx_layer(x, "sha256:3", "etc/conf=500:1@1");
	bx_layer(x, "sha256:4", "etc/out=500:2@1");
	bx_image(x, "app:build", "sha256:1 sha256:2", "C:COPY dir:01 in /app|C:RUN make");
	bx_image(x, "app:1", "sha256:3 sha256:4",
		 "C:COPY file:02 in /etc|C:COPY file:03 in /etc");
	assert_string_equal(winner(x, 1), "");
	assert_string_equal(winner(x, 2), "app:build");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(vote__the_stage_that_brought_the_files, bx_setup,
					    bx_teardown),
	    cmocka_unit_test_setup_teardown(vote__nine_tenths_of_the_bytes, bx_setup,
					    bx_teardown),
	    cmocka_unit_test_setup_teardown(vote__another_version_is_no_source, bx_setup,
					    bx_teardown),
	    cmocka_unit_test_setup_teardown(vote__of_equals_the_one_with_the_same_mtime,
					    bx_setup, bx_teardown),
	    cmocka_unit_test_setup_teardown(vote__agrees_with_every_pair_of_files, bx_setup,
					    bx_teardown),
	    cmocka_unit_test_setup_teardown(vote__small_files, bx_setup, bx_teardown),
	    cmocka_unit_test_setup_teardown(vote__the_path_that_the_history_names, bx_setup,
					    bx_teardown),
	    cmocka_unit_test_setup_teardown(vote__relative_sources_are_of_the_context, bx_setup,
					    bx_teardown),
	    cmocka_unit_test_setup_teardown(vote__hashes_tell_only_what_was_made, bx_setup,
					    bx_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
