/* SPDX-License-Identifier: MIT */
#include "naming_text.h"

#include "util/buf.h"

#include <string.h>

void name_them(struct named *ret, const struct naming_image *images, size_t n_images,
	       const struct naming_tag *tags, size_t n_tags)
{
	struct err err = ERR_INIT;

	*ret = (struct named){.images = images, .n_images = n_images};
	assert_ok(naming_build(images, n_images, tags, n_tags, "linux/amd64", &ret->n, &err),
		  &err);
	assert_sound(ret);
}

void named_release(struct named *n)
{
	naming_release(&n->n);
}

void assert_listed(const struct named *n, const char *want)
{
	_cleanup_(buf_release) struct buf got = BUF_INIT;

	vec_foreach (e, &n->n.entries) {
		if (e->kind == NAMING_DIR)
			buf_addf(&got, "%s %lld\n", e->name, (long long)e->image);
		else if (e->kind == NAMING_SYMLINK)
			buf_addf(&got, "%s -> %s\n", e->name, e->target);
	}
	assert_string_equal(buf_str(&got), want);
}

int64_t typed(const struct named *n, const char *text)
{
	struct err err = ERR_INIT;
	int64_t id = -1;
	int r = naming_resolve(&n->n, n->images, n->n_images, bytes_from_str(text), &id, &err);

	return r == 1 ? id : r;
}

static void assert_component(const char *name)
{
	size_t n = strlen(name);

	assert_in_range(n, 1, 255);
	assert_string_not_equal(name, ".");
	assert_string_not_equal(name, "..");
	for (size_t i = 0; i < n; i++)
		assert_true((unsigned char)name[i] >= 0x20 && name[i] != '/' &&
			    name[i] != 0x7f);
}

void assert_sound(const struct named *n)
{
	const struct naming_vec *v = &n->n.entries;

	for (size_t i = 0; i < v->n; i++) {
		const struct naming_entry *e = &v->v[i];

		assert_component(e->name);
		if (i)
			assert_true(strcmp(v->v[i - 1].name, e->name) < 0);
		if (e->kind == NAMING_SYMLINK)
			assert_string_equal(e->target, naming_of(&n->n, e->image));
		assert_int_equal(typed(n, e->name), e->image);
	}
	for (size_t i = 0; i < n->n_images; i++) {
		unsigned dirs = 0;

		vec_foreach (e, v)
			dirs += e->kind == NAMING_DIR && e->image == n->images[i].id;
		assert_int_equal(dirs, 1);
	}
}
