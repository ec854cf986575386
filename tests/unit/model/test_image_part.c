/* SPDX-License-Identifier: MIT */
#include "builds_fixture.h"
#include "tree_text.h"

#include "model/image_part.h"

#include <stdio.h>
#include <string.h>

/* Files and links of a part as "path=size" lines; "!" where no layer stores the entry. */
static int add_line(void *arg, uint32_t index, struct bytes path)
{
	struct buf *out = ((void **)arg)[0];
	const struct tree *t = ((void **)arg)[1];
	const struct node *n = &t->nodes[index];

	if (!node_is_dir(n))
		buf_addf(out, "%.*s=%llu%s\n", (int)path.len, path.ptr,
			 (unsigned long long)n->size, n->inode ? "" : "!");
	return 0;
}

static void check(struct bx *x, int64_t image, enum image_part part, const char *want)
{
	_cleanup_(tree_unrefp) struct tree *t = NULL;
	_cleanup_(buf_release) struct buf got = BUF_INIT;
	void *arg[2] = {&got};

	assert_ok(image_part(x->forest, x->catalog, catalog_image(x->catalog, image), part, &t,
			     &x->err),
		  &x->err);
	arg[1] = t;
	assert_well_formed(t->nodes, t->n);
	assert_int_equal(tree_walk(t->nodes, t->n, add_line, arg), 0);
	if (strcmp(buf_str(&got), want) != 0)
		fail_msg("got\n%s-- should be\n%s", buf_str(&got), want);
}

static void image_part__wasted_and_versions(void **state)
{
	struct bx *x = *state;
	int64_t image;

	bx_layer(x, "sha256:1", "etc/a=10:1@1 etc/b=20:2@1 gone/deep/c=30:3@1");
	bx_layer(x, "sha256:2", "etc/a=11:4@2 gone=7:5@2");
	bx_layer(x, "sha256:3", "etc/a=12:6@3");
	image = bx_image(x, "app:1", "sha256:1 sha256:2 sha256:3",
			 "RUN /bin/sh -c one|RUN /bin/sh -c two|RUN /bin/sh -c three");
	bx_load(x);
	check(x, image, IMAGE_WASTED,
	      "01-RUN-one/etc/a=10\n01-RUN-one/gone/deep/c=30\n02-RUN-two/etc/a=11\n");
	check(x, image, IMAGE_VERSIONS,
	      "etc/a.versions/01-RUN-one=10\netc/a.versions/02-RUN-two=11\n"
	      "etc/a.versions/03-RUN-three=12\netc/b.versions/01-RUN-one=20\n"
	      "gone/deep/c.versions/01-RUN-one=30\n"
	      "gone/deep/c.versions/02-RUN-two.deleted=0!\n"
	      "gone.versions/02-RUN-two=7\n");
}

static void image_part__names_do_not_collide(void **state)
{
	struct bx *x = *state;
	char files[300], name[91], want[400];
	int64_t image;

	memset(name, 'n', 90);
	name[90] = 0;
	snprintf(files, sizeof(files),
		 "a=1:1@1 a.versions/x=2:2@1 a.versions~/y=3:3@1 %s=4:4@1", name);
	bx_layer(x, "sha256:1", files);
	image = bx_image(x, "app:1", "sha256:1", "RUN /bin/sh -c one");
	bx_load(x);
	snprintf(want, sizeof(want),
		 "a.versions/x.versions/01-RUN-one=2\na.versions~/y.versions/01-RUN-one=3\n"
		 "a.versions~~/01-RUN-one=1\n%s.versions/01-RUN-one=4\n",
		 name);
	check(x, image, IMAGE_VERSIONS, want);
	check(x, image, IMAGE_WASTED, "");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, bx_setup, bx_teardown)
	    TEST(image_part__wasted_and_versions),
	    TEST(image_part__names_do_not_collide),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
