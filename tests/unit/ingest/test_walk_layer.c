/* SPDX-License-Identifier: MIT */
#include "test.h"

#include "fixture.h"
#include "ingest/walk_layer.h"
#include "io/hash.h"

#include <stdio.h>

struct walk {
	struct limits limits;
	struct buf tar;
	struct source *source;
	struct decoding *decoding;
	struct wire_out out;
	struct progress progress;
	struct walk_layer w;
	struct err err;
	char rows[4096]; /* "name kind size;" of each emitted row */
	struct entry_row last;
	unsigned char sha256[32]; /* of the last row that had one */
	uint32_t last_handle;
};

static int walk_setup(void **state)
{
	struct walk *k = calloc(1, sizeof(*k));

	k->limits = LIMITS_DEFAULT;
	k->out.fd = -1;
	k->progress.out = &k->out;
	clock_gettime(CLOCK_MONOTONIC, &k->progress.last); /* no message within the test */
	k->progress.last.tv_sec += 1000;
	*state = k;
	return 0;
}

static int walk_teardown(void **state)
{
	struct walk *k = *state;

	walk_layer_release(&k->w);
	decoding_free(k->decoding);
	source_unref(k->source);
	buf_release(&k->tar);
	free(k);
	return 0;
}

static int run(struct walk *k, bool allow_empty)
{
	struct decoding_opts opts = {0};

	assert_ok(source_open_memory(buf_bytes(&k->tar), &k->source, &k->err), &k->err);
	opts.source = k->source;
	opts.limits = &k->limits;
	assert_ok(decoding_start(&opts, &k->decoding, &k->err), &k->err);
	assert_ok(walk_layer_init(&k->w, k->decoding, &k->progress, &k->limits, -1, &k->err),
		  &k->err);
	return walk_layer_run(&k->w, &k->limits, allow_empty, &k->err);
}

static int on_row(void *arg, const struct entry_row *row, uint32_t handle, struct err *err)
{
	struct walk *k = arg;
	size_t n = strlen(k->rows);

	(void)err;
	snprintf(k->rows + n, sizeof(k->rows) - n, "%.*s %d %llu;", (int)row->name.len,
		 row->name.ptr, row->kind, (unsigned long long)row->size);
	k->last = *row;
	k->last_handle = handle;
	if (row->sha256.ptr)
		memcpy(k->sha256, row->sha256.ptr, 32);
	return 0;
}

static void finish(struct walk *k)
{
	struct layer_totals totals;

	assert_ok(layer_finish(k->w.builder, on_row, k, &totals, &k->err), &k->err);
}

static bool has_finding(const struct walk *k, enum finding f)
{
	for (size_t i = 0; i < k->w.side.findings.n; i++)
		if (k->w.side.findings.v[i].finding == f)
			return true;
	return false;
}

static void walk_layer__hashes_files_and_keeps_xattrs(void **state)
{
	struct walk *k = *state;
	unsigned char want[32];
	const struct side_xattr *x;

	tar_dir(&k->tar, "d/", 0755);
	tar_xattr(&k->tar, "user.a", BYTES("v"));
	tar_file(&k->tar, "./d//f", BYTES("content"));
	tar_end(&k->tar);
	assert_ok(run(k, false), &k->err);
	finish(k);
	assert_string_equal(k->rows, " 1 0;d 0 0;f 0 7;");
	sha256_of("content", 7, want);
	assert_memory_equal(k->sha256, want, 32);
	side_sort(&k->w.side);
	assert_int_equal(side_find_xattrs(&k->w.side, k->last_handle, &x), 1);
	assert_bytes_equal_str(x[0].name, "user.a");
	assert_true(k->last.xattrs);
	assert_int_equal(k->w.side.n_findings, 0);
}

static void walk_layer__hashes_sparse_files_with_their_holes(void **state)
{
	struct walk *k = *state;
	const struct tar_hole_map map[] = {{0, 512}, {100 * 512, 512}};
	_cleanup_free_ char *content = calloc(1, 200 * 512);
	unsigned char want[32];
	char data[1024];

	memset(data, 'a', 512);
	memset(data + 512, 'b', 512);
	memcpy(content, data, 512);
	memcpy(content + 100 * 512, data + 512, 512);
	sha256_of(content, 200 * 512, want);
	tar_gnu_sparse(&k->tar, "s", map, 2, 200 * 512, bytes_make(data, sizeof(data)));
	tar_end(&k->tar);
	assert_ok(run(k, false), &k->err);
	finish(k);
	assert_string_equal(k->rows, " 1 0;s 0 102400;");
	assert_memory_equal(k->sha256, want, 32);
}

static void walk_layer__tells_paths_that_climb(void **state)
{
	struct walk *k = *state;

	tar_file(&k->tar, "../../f", BYTES("x"));
	tar_end(&k->tar);
	assert_ok(run(k, false), &k->err);
	finish(k);
	assert_string_equal(k->rows, " 1 0;f 0 1;");
	assert_true(has_finding(k, FINDING_PATH_ESCAPE));
}

static void walk_layer__padding_is_no_finding(void **state)
{
	struct walk *k = *state;

	tar_file(&k->tar, "f", BYTES("x"));
	tar_end(&k->tar);
	tar_zero_blocks(&k->tar, 5000); /* more than one chunk */
	assert_ok(run(k, false), &k->err);
	assert_int_equal(k->w.side.n_findings, 0);
}

static void walk_layer__data_behind_the_end_is_a_finding(void **state)
{
	struct walk *k = *state;

	tar_file(&k->tar, "f", BYTES("x"));
	tar_end(&k->tar);
	tar_zero_blocks(&k->tar, 5000);
	tar_file(&k->tar, "never", BYTES("x"));
	assert_ok(run(k, false), &k->err);
	assert_true(has_finding(k, FINDING_TRAILING_DATA));
	finish(k);
	assert_string_equal(k->rows, " 1 0;f 0 1;");
}

static void walk_layer__an_empty_stream_only_where_allowed(void **state)
{
	struct walk *k = *state;

	buf_add(&k->tar, "", 0);
	assert_true(run(k, false) < 0);
	walk_layer_release(&k->w);
	decoding_free(steal_ptr(&k->decoding));
	source_unref(steal_ptr(&k->source));
	k->err = ERR_INIT;
	assert_ok(run(k, true), &k->err);
	finish(k);
	assert_string_equal(k->rows, " 1 0;");
}

int main(void)
{
#define WALK_TEST(t) cmocka_unit_test_setup_teardown(t, walk_setup, walk_teardown)
	const struct CMUnitTest tests[] = {
	    WALK_TEST(walk_layer__hashes_files_and_keeps_xattrs),
	    WALK_TEST(walk_layer__hashes_sparse_files_with_their_holes),
	    WALK_TEST(walk_layer__tells_paths_that_climb),
	    WALK_TEST(walk_layer__padding_is_no_finding),
	    WALK_TEST(walk_layer__data_behind_the_end_is_a_finding),
	    WALK_TEST(walk_layer__an_empty_stream_only_where_allowed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
