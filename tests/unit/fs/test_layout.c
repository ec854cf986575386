/* SPDX-License-Identifier: MIT */
#include "fs_fixture.h"

#include <stdio.h>
#include <string.h>

static struct catalog *catalog_of(void **state)
{
	return growth_catalog(((struct fixture *)*state)->ctx.growth, NULL);
}

static struct inode fixed(unsigned kind, uint64_t tag)
{
	return inode_decode(inode_fixed(kind, tag));
}

/* The names of a directory, with spaces between. */
static void assert_names(const struct catalog *c, struct inode dir, const char *want)
{
	_cleanup_(layout_list_release) struct layout_list l = {0};
	_cleanup_(buf_release) struct buf got = BUF_INIT;
	uint64_t last = 2;

	assert_int_equal(layout_list(c, &dir, &l), 0);
	vec_foreach (item, &l.items) {
		assert_true(item->key > last);
		last = item->key;
		if (got.len)
			buf_add_char(&got, ' ');
		buf_add_bytes(&got, item->name);
	}
	assert_string_equal(buf_str(&got), want);
}

static struct layout_ref find(const struct catalog *c, struct inode dir, const char *name)
{
	struct layout_ref ref = {0};

	if (layout_find(c, &dir, bytes_from_str(name), &ref) != 1)
		fail_msg("no %s", name);
	return ref;
}

static void assert_target(const struct catalog *c, uint64_t ino, const char *want)
{
	_cleanup_(buf_release) struct buf got = BUF_INIT;
	struct inode i = inode_decode(ino);

	assert_int_equal(layout_target(c, &i, &got), 0);
	assert_string_equal(buf_str(&got), want);
}

static void layout__root_lists_content_and_hides_derived(void **state)
{
	_cleanup_(catalog_unrefp) struct catalog *c = catalog_of(state);
	struct layout_ref r;

	assert_names(c, fixed(LAYOUT_ROOT, 0),
		     "README images layers reports steps stages versions duplicates");
	r = find(c, fixed(LAYOUT_ROOT, 0), ".stagefs");
	assert_int_equal(r.type, S_IFDIR);
	assert_names(c, inode_decode(r.ino),
		     "steps reports from left-behind wasted versions duplicates");
	assert_target(c, find(c, fixed(LAYOUT_ROOT, 0), "reports").ino, ".stagefs/reports");
	assert_target(c, find(c, fixed(LAYOUT_ROOT, 0), "steps").ino, ".stagefs/steps");
	assert_target(c, find(c, fixed(LAYOUT_ROOT, 0), "duplicates").ino,
		      ".stagefs/duplicates");
}

/* Another directory in every generation: whoever has looked must ask again. */
static void layout__duplicates_are_of_one_generation(void **state)
{
	struct fixture *f = *state;
	struct inode derived = fixed(LAYOUT_DERIVED, 0), before, after;

	for (int i = 0; i < 2; i++) {
		_cleanup_(catalog_unrefp) struct catalog *c = catalog_of(state);
		struct inode *at = i ? &after : &before;

		*at = inode_decode(find(c, derived, "duplicates").ino);
		assert_int_equal(at->class, INODE_DIR);
		assert_int_equal(at->view.kind, VIEW_DUPLICATES);
		assert_int_equal(at->view.id, c->generation + 1);
		assert_int_equal(layout_parent(c, at), inode_fixed(LAYOUT_DERIVED, 0));
		if (i == 0)
			fixture_add_image(f, "new:1");
		growth_check(f->ctx.growth);
	}
	assert_int_not_equal(before.view.id, after.view.id);
	assert_true(layout_grows(LAYOUT_DERIVED));
}

static void layout__images_and_their_tags(void **state)
{
	_cleanup_(catalog_unrefp) struct catalog *c = catalog_of(state);
	struct inode images = fixed(LAYOUT_IMAGES, 0);

	assert_names(c, images, "app:1 old:1 ghcr.io+acme+app:2");
	assert_int_equal(find(c, images, "app:1").type, S_IFDIR);
	assert_target(c, find(c, images, "ghcr.io+acme+app:2").ino, "app:1");
	assert_target(c, find(c, images, "old+1").ino, "old:1");
}

static void layout__docker_spelling_resolves(void **state)
{
	_cleanup_(catalog_unrefp) struct catalog *c = catalog_of(state);
	struct layout_ref ghcr = find(c, fixed(LAYOUT_IMAGES, 0), "ghcr.io"), acme, app;
	struct inode i = inode_decode(ghcr.ino);

	assert_int_equal(ghcr.type, S_IFDIR);
	assert_names(c, i, "");
	assert_int_equal(layout_parent(c, &i), inode_fixed(LAYOUT_IMAGES, 0));
	acme = find(c, i, "acme");
	i = inode_decode(acme.ino);
	assert_int_equal(layout_parent(c, &i), ghcr.ino);
	app = find(c, i, "app:2");
	assert_target(c, app.ino, "../../app:1");
}

/* Only images/ has made-up directories. */
static void layout__other_trees_know_aliases_without_slashes(void **state)
{
	_cleanup_(catalog_unrefp) struct catalog *c = catalog_of(state);
	struct inode steps = fixed(LAYOUT_STEPS, 0);
	struct layout_ref r;

	assert_names(c, steps, "app:1 old:1");
	assert_target(c, find(c, steps, "ghcr.io+acme+app:2").ino, "app:1");
	assert_int_equal(layout_find(c, &steps, BYTES("ghcr.io"), &r), 0);
	assert_names(c, fixed(LAYOUT_REPORTS_IMAGES, 0), "app:1 old:1");
}

static void layout__image_directory(void **state)
{
	struct fixture *f = *state;
	_cleanup_(catalog_unrefp) struct catalog *c = catalog_of(state);
	struct inode dir = fixed(LAYOUT_IMAGE, (uint64_t)f->image[1]);
	struct inode root;

	assert_names(c, dir,
		     "layers report steps stages from wasted versions config.json rootfs");
	assert_target(c, find(c, dir, "report").ino, "../../.stagefs/reports/images/app:1");
	assert_target(c, find(c, dir, "steps").ino, "../../.stagefs/steps/app:1");
	assert_int_equal(find(c, dir, "config.json").what, LAYOUT_REF_FILE);
	root = inode_decode(find(c, dir, "rootfs").ino);
	assert_int_equal(root.class, INODE_DIR);
	assert_int_equal(root.view.kind, VIEW_ROOTFS);
	assert_int_equal(root.view.pos, 2);
	assert_int_equal(layout_parent(c, &root),
			 inode_fixed(LAYOUT_IMAGE, (uint64_t)f->image[1]));
}

static void layout__layers_and_steps_have_numbers_and_slugs(void **state)
{
	struct fixture *f = *state;
	_cleanup_(catalog_unrefp) struct catalog *c = catalog_of(state);
	struct inode layers = fixed(LAYOUT_IMAGE_LAYERS, (uint64_t)f->image[1]);
	struct inode steps = fixed(LAYOUT_STEPS_IMAGE, (uint64_t)f->image[1]);
	struct inode a, b;

	assert_names(c, layers, "01-RUN-make-it 02-RUN-make-it");
	assert_names(c, steps, "01-RUN-make-it 02-RUN-make-it");
	a = inode_decode(find(c, layers, "02-RUN-make-it").ino);
	b = inode_decode(find(c, steps, "02-RUN-make-it").ino);
	assert_int_equal(a.view.kind, VIEW_IMAGE_LAYER);
	assert_int_equal(b.view.kind, VIEW_STEP);
	assert_int_equal(b.view.pos, 2);
	assert_int_equal(layout_parent(c, &a), inode_fixed(LAYOUT_IMAGE_LAYERS, layers.tag));
	assert_int_equal(layout_parent(c, &b), inode_fixed(LAYOUT_STEPS_IMAGE, steps.tag));
}

static void layout__stored_layers_by_name_and_diff_id(void **state)
{
	_cleanup_(catalog_unrefp) struct catalog *c = catalog_of(state);
	struct inode layers = fixed(LAYOUT_LAYERS, 0), view;
	struct layout_ref link;

	assert_names(c, layers, "111111111111-RUN-make-it 222222222222-RUN-make-it");
	view = inode_decode(find(c, layers, "222222222222-RUN-make-it").ino);
	assert_int_equal(view.view.kind, VIEW_LAYER);
	assert_int_equal(layout_parent(c, &view), inode_fixed(LAYOUT_LAYERS, 0));
	link = find(c, layers, c->layers[1].diff_id);
	assert_int_equal(link.type, S_IFLNK);
	assert_target(c, link.ino, "222222222222-RUN-make-it");
	assert_int_equal(layout_find(c, &layers, BYTES("sha256:2222"), &link), 0);
}

/* Every report of the registry, in every format it has, is a file. */
static void layout__reports_follow_the_registry(void **state)
{
	struct fixture *f = *state;
	_cleanup_(catalog_unrefp) struct catalog *c = catalog_of(state);
	const struct inode dirs[] = {
	    [REPORT_INDEX] = fixed(LAYOUT_REPORTS, 0),
	    [REPORT_IMAGE] = fixed(LAYOUT_REPORTS_IMAGE, (uint64_t)f->image[2]),
	    [REPORT_BUILD] = fixed(LAYOUT_REPORTS_BUILD, 1),
	    [REPORT_STAGE] = fixed(LAYOUT_REPORTS_STAGE, 1),
	};

	for (size_t i = 0; reports[i]; i++) {
		for (unsigned k = 0; k < REPORT_FORMATS; k++) {
			const struct inode *dir = &dirs[reports[i]->scope];
			struct layout_ref r;
			char name[100];
			int found;

			snprintf(name, sizeof(name), "%s.%s", reports[i]->name,
				 report_format_ext(k));
			found = layout_find(c, dir, bytes_from_str(name), &r);
			assert_int_equal(found, !!(reports[i]->formats & 1u << k));
			if (!found)
				continue;
			assert_ptr_equal(r.file.report, reports[i]);
			assert_int_equal(r.file.format, k);
			assert_int_equal(r.file.image,
					 dir == &dirs[REPORT_IMAGE] ? f->image[2] : 0);
			assert_int_equal(r.file.build, dir == &dirs[REPORT_BUILD]);
			assert_int_equal(r.file.stage, dir == &dirs[REPORT_STAGE]);
		}
	}
}

/* What is listed is found, under the same number. */
static void layout__listed_names_are_found(void **state)
{
	_cleanup_(catalog_unrefp) struct catalog *c = catalog_of(state);

	for (unsigned kind = 0; kind < LAYOUT_KINDS; kind++) {
		_cleanup_(layout_list_release) struct layout_list l = {0};
		struct inode dir = fixed(kind, kind >= LAYOUT_IMAGE ? 1 : 0);

		if (layout_type(kind) != S_IFDIR || kind == LAYOUT_IMAGE_PREFIX)
			continue;
		assert_int_equal(layout_list(c, &dir, &l), 0);
		vec_foreach (item, &l.items) {
			struct layout_ref r;

			assert_int_equal(layout_find(c, &dir, item->name, &r), 1);
			assert_int_equal(r.what, item->ref.what);
			assert_int_equal(r.ino, item->ref.ino);
			assert_int_equal(r.type, item->ref.type);
		}
	}
}

static void layout__gone_is_stale(void **state)
{
	struct fixture *f = *state;
	_cleanup_(catalog_unrefp) struct catalog *c = NULL;
	struct inode gone = fixed(LAYOUT_IMAGE, (uint64_t)f->image[2]);
	struct inode odd = fixed(LAYOUT_KINDS, 0), link = fixed(LAYOUT_IMAGE_LINK, 99);
	struct layout_list l = {0};
	struct layout_ref r;

	fixture_delete_image(f, f->image[2]);
	growth_check(f->ctx.growth);
	c = catalog_of(state);
	assert_int_equal(layout_check(c, &gone), -ESTALE);
	assert_int_equal(layout_list(c, &gone, &l), -ESTALE);
	assert_int_equal(layout_find(c, &gone, BYTES("rootfs"), &r), -ESTALE);
	assert_int_equal(layout_check(c, &odd), -ESTALE);
	assert_int_equal(layout_check(c, &link), -ESTALE);
}

static void layout__what_grows(void **state)
{
	(void)state;
	assert_true(layout_grows(LAYOUT_IMAGES));
	assert_true(layout_grows(LAYOUT_LAYERS));
	assert_true(layout_grows(LAYOUT_STEPS));
	assert_true(layout_grows(LAYOUT_REPORTS));
	assert_false(layout_grows(LAYOUT_ROOT));
	assert_false(layout_grows(LAYOUT_IMAGE));
	assert_true(layout_changes(LAYOUT_REPORTS_IMAGE));
	assert_false(layout_changes(LAYOUT_IMAGE_LAYERS));
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, fixture_setup, fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(layout__root_lists_content_and_hides_derived),
	    TEST(layout__duplicates_are_of_one_generation),
	    TEST(layout__images_and_their_tags),
	    TEST(layout__docker_spelling_resolves),
	    TEST(layout__other_trees_know_aliases_without_slashes),
	    TEST(layout__image_directory),
	    TEST(layout__layers_and_steps_have_numbers_and_slugs),
	    TEST(layout__stored_layers_by_name_and_diff_id),
	    TEST(layout__reports_follow_the_registry),
	    TEST(layout__listed_names_are_found),
	    TEST(layout__gone_is_stale),
	    TEST(layout__what_grows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
