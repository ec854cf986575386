/* SPDX-License-Identifier: MIT */
#include "builds_fixture.h"
#include "tree_text.h"

#include "model/pathlog.h"

#include <string.h>

/* Layers as text (tree_text.h); equal sizes are equal contents only where both are empty. */
static void check(struct bx *x, const char *path, const char *want, const char *const *texts,
		  uint32_t n)
{
	_cleanup_(tree_unrefp) struct tree *t = text_merge(texts, n, NULL);
	_cleanup_(versions_freep) struct versions *v = NULL;
	_cleanup_(pathlog_vec_release) struct pathlog_vec rows = {0};
	_cleanup_(buf_release) struct buf got = BUF_INIT;
	struct hashes h = {0};

	bx_load(x);
	h.forest = x->forest;
	assert_ok(versions_make(t, &v, &x->err), &x->err);
	assert_ok(pathlog_make(v, &h, versions_find(v, bytes_from_str(path)), &rows, &x->err),
		  &x->err);
	vec_foreach (row, &rows) {
		buf_addf(&got, "%u %s %llu", row->position + 1, pathlog_event_name(row->event),
			 (unsigned long long)row->bytes);
		if (row->added || row->changed || row->deleted)
			buf_addf(&got, " +%llu ~%llu -%llu", (unsigned long long)row->added,
				 (unsigned long long)row->changed,
				 (unsigned long long)row->deleted);
		buf_addf(&got, "%s\n",
			 !row->node               ? " gone"
			 : node_is_dir(row->node) ? " dir"
						  : "");
	}
	hashes_release(&h);
	if (strcmp(buf_str(&got), want) != 0)
		fail_msg("%s: got\n%s-- should be\n%s", path, buf_str(&got), want);
}

#define CHECK(path, want, ...)                                                                 \
	do {                                                                                   \
		const char *const texts[] = {__VA_ARGS__};                                     \
                                                                                               \
		check(*state, path, want, texts, ARRAY_SIZE(texts));                           \
	} while (0)

static void pathlog__of_a_file(void **state)
{
	CHECK("a", "1 added 5\n2 changed 7\n3 deleted 0 gone\n4 added 8\n", "file a 5",
	      "file a 7\nfile b 1", "file .wh.a 0", "file a 8");
	CHECK("d/e", "1 added 0\n2 metadata 0\n4 deleted 0 gone\n", "file d/e 0", "file d/e 0",
	      "file x 1", "file .wh.d 0");
	CHECK("l", "1 added 0\n2 metadata 0\n3 changed 0\n4 changed 6\n", "sym l t", "sym l t",
	      "sym l u", "file l 6");
}

/* A link stores nothing; what it shows is another layer's. */
static void pathlog__of_a_link(void **state)
{
	CHECK("b", "2 added 0\n3 changed 4\n", "file a 5", "link b a", "file b 4");
	CHECK("b", "1 added 0\n", "file a 5\nlink b a");
}

/* A layer that only describes a directory again did nothing to it. */
static void pathlog__of_a_directory(void **state)
{
	CHECK("d",
	      "1 added 12 +2 ~0 -0 dir\n3 changed 9 +1 ~1 -0 dir\n4 deleted 0 +0 ~0 -3 gone\n",
	      "dir d 755\nfile d/a 5\nfile d/e/b 7", "dir d 755\nfile other 1",
	      "dir d 755\nfile d/a 6\nfile d/c 3", "file .wh.d 0");
	CHECK("d", "1 added 5 +1 ~0 -0 dir\n2 metadata 0 dir\n3 changed 9 +0 ~0 -1\n",
	      "dir d 755\nfile d/a 5", "dir d 700", "file d 9");
	CHECK("", "1 added 5 +1 ~0 -0 dir\n2 changed 4 +1 ~0 -0 dir\n", "dir . 755\nfile a 5",
	      "file b 4");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, bx_setup, bx_teardown)
	    TEST(pathlog__of_a_file),
	    TEST(pathlog__of_a_link),
	    TEST(pathlog__of_a_directory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
