/* SPDX-License-Identifier: MIT */
#include "test.h"

#include "ingest/plan.h"

/* An archive of images over one piece of memory; layers stand at `offset`. */
struct made {
	struct source *file;
	struct archive archive;
	struct known known;
	struct err err;
};

static int made_setup(void **state)
{
	struct made *m = calloc(1, sizeof(*m));
	char content[4096] = "\x1f\x8b\x08";

	*state = m;
	memcpy(content + 1024, "BZh91AY&SY", 10);
	return source_open_memory(bytes_make(content, sizeof(content)), &m->file, &m->err);
}

static int made_teardown(void **state)
{
	struct made *m = *state;

	vec_foreach (img, &m->archive.images) {
		vec_foreach (l, &img->layers)
			source_unref(l->blob.source);
		archive_layer_vec_release(&img->layers);
	}
	archive_image_vec_release(&m->archive.images);
	known_release(&m->known);
	source_unref(m->file);
	free(m);
	return 0;
}

static void add_image(struct made *m)
{
	assert_int_equal(archive_image_vec_push(&m->archive.images, (struct archive_image){0}),
			 0);
}

/* id 0: no declared DiffID. */
static struct archive_layer *add_layer(struct made *m, unsigned char id, uint64_t offset)
{
	struct archive_image *img = &m->archive.images.v[m->archive.images.n - 1];
	struct archive_layer l = {.size = -1};

	if (id)
		l.diff_id = (struct digest){.alg = DIGEST_SHA256, .raw = {id}};
	l.blob.offset = offset;
	l.blob.len = 512;
	assert_int_equal(source_open_range(m->file, offset, 512, &l.blob.source, &m->err), 0);
	assert_int_equal(archive_layer_vec_push(&img->layers, l), 0);
	return &img->layers.v[img->layers.n - 1];
}

static void know(struct made *m, unsigned char id)
{
	const struct digest d = {.alg = DIGEST_SHA256, .raw = {id}};

	assert_int_equal(known_add(&m->known, &d), 0);
}

static void expect(struct made *m, bool verify, const enum plan_action *want, size_t n)
{
	_cleanup_(plan_release) struct plan p = {0};
	uint32_t jobs = 0;

	assert_ok(plan_make(&m->archive, &m->known, verify, &p, &m->err), &m->err);
	assert_int_equal(p.layers.n, n);
	for (size_t i = 0; i < n; i++) {
		if (p.layers.v[i].action != want[i])
			fail_msg("layer %zu: %d, not %d", i, p.layers.v[i].action, want[i]);
		jobs += want[i] != PLAN_NOTHING;
	}
	assert_int_equal(p.jobs, jobs);
	assert_int_equal(p.bytes, jobs * 512);
}

static void plan__reads_each_unknown_layer_once(void **state)
{
	struct made *m = *state;

	add_image(m);
	add_layer(m, 1, 2048);
	add_layer(m, 2, 2560);
	add_layer(m, 1, 2048);
	add_image(m);
	add_layer(m, 2, 3072);
	add_layer(m, 3, 3584);
	know(m, 3);
	expect(m, false,
	       (const enum plan_action[]){PLAN_WALK, PLAN_WALK, PLAN_NOTHING, PLAN_NOTHING,
					  PLAN_NOTHING},
	       5);
	/* verify: also each further place, but none twice. */
	expect(m, true,
	       (const enum plan_action[]){PLAN_WALK, PLAN_WALK, PLAN_NOTHING, PLAN_HASH,
					  PLAN_HASH},
	       5);
}

static void plan__reads_nothing_when_everything_is_known(void **state)
{
	struct made *m = *state;

	add_image(m);
	add_layer(m, 1, 2048);
	add_layer(m, 2, 2560);
	know(m, 2);
	know(m, 1);
	expect(m, false, (const enum plan_action[]){PLAN_NOTHING, PLAN_NOTHING}, 2);
}

static void plan__always_reads_a_layer_without_diff_id(void **state)
{
	struct made *m = *state;

	add_image(m);
	add_layer(m, 0, 2048);
	add_image(m);
	add_layer(m, 0, 2048);
	expect(m, true, (const enum plan_action[]){PLAN_WALK, PLAN_WALK}, 2);
}

static void plan__passes_over_absent_layers(void **state)
{
	struct made *m = *state;
	struct archive_layer *l;

	add_image(m);
	l = add_layer(m, 1, 2048);
	l->missing = true;
	source_unref(l->blob.source);
	l->blob.source = NULL;
	add_layer(m, 1, 2048);
	expect(m, false, (const enum plan_action[]){PLAN_NOTHING, PLAN_WALK}, 2);
}

static void refuse(struct made *m, const char *words)
{
	_cleanup_(plan_release) struct plan p = {0};

	m->err = ERR_INIT;
	assert_true(plan_make(&m->archive, &m->known, false, &p, &m->err) < 0);
	if (!strstr(m->err.msg, words))
		fail_msg("no \"%s\" in: %s", words, m->err.msg);
}

static void plan__refuses_what_the_manifest_got_wrong(void **state)
{
	struct made *m = *state;
	struct archive_layer *l;

	add_image(m);
	add_layer(m, 1, 2048);
	l = add_layer(m, 2, 2560);
	l->size = 511;
	refuse(m, "layer 2: the manifest says 511 bytes but the blob has 512");
	l->size = 512;
	l->declared_gzip = true;
	refuse(m, "layer 2: declared as gzip, but its bytes are not compressed");
	l->declared_gzip = false;
	l->declared_zstd = true;
	refuse(m, "declared as zstd");
}

static void plan__finds_codecs_by_magic_and_refuses_bzip2(void **state)
{
	_cleanup_(plan_release) struct plan p = {0};
	struct made *m = *state;

	add_image(m);
	add_layer(m, 1, 0)->declared_gzip = true;
	add_layer(m, 2, 2048);
	assert_ok(plan_make(&m->archive, &m->known, false, &p, &m->err), &m->err);
	assert_int_equal(p.layers.v[0].codec, CODEC_GZIP);
	assert_int_equal(p.layers.v[1].codec, CODEC_NONE);
	add_layer(m, 3, 1024);
	refuse(m, "layer 3: compressed with bzip2");
}

static void plan__names_the_image_when_there_are_several(void **state)
{
	struct made *m = *state;

	add_image(m);
	add_layer(m, 1, 2048);
	add_image(m);
	m->archive.images.v[1].config_digest =
	    (struct digest){.alg = DIGEST_SHA256, .raw = {0xab}};
	add_layer(m, 2, 2560)->size = 1;
	refuse(m, "sha256:ab0000000000: layer 1: ");
}

int main(void)
{
#define PLAN_TEST(t) cmocka_unit_test_setup_teardown(t, made_setup, made_teardown)
	const struct CMUnitTest tests[] = {
	    PLAN_TEST(plan__reads_each_unknown_layer_once),
	    PLAN_TEST(plan__reads_nothing_when_everything_is_known),
	    PLAN_TEST(plan__always_reads_a_layer_without_diff_id),
	    PLAN_TEST(plan__passes_over_absent_layers),
	    PLAN_TEST(plan__refuses_what_the_manifest_got_wrong),
	    PLAN_TEST(plan__finds_codecs_by_magic_and_refuses_bzip2),
	    PLAN_TEST(plan__names_the_image_when_there_are_several),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
