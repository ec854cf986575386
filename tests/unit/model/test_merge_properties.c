/* SPDX-License-Identifier: MIT */
/*
 * What must hold for any layers. The seed is printed; SEED=<it> runs the same again.
 */
#include "tree_text.h"

#include <stdio.h>
#include <time.h>

static uint64_t rng;

static uint32_t pick(uint32_t n)
{
	rng ^= rng << 13;
	rng ^= rng >> 7;
	rng ^= rng << 17;
	return (uint32_t)(rng >> 33) % n;
}

static void print_seed(void)
{
	const char *given = getenv("SEED");

	rng = given ? strtoull(given, NULL, 10) : (uint64_t)time(NULL) * 2654435761u + 1;
	print_message("# SEED=%llu\n", (unsigned long long)rng);
}

#define MAX_MEMBERS 24

struct random_layer {
	char path[MAX_MEMBERS][48];
	char line[MAX_MEMBERS][128];
	bool dir[MAX_MEMBERS];
	unsigned n;
};

static bool is_below(const char *path, const char *dir)
{
	size_t n = strlen(dir);

	return strncmp(path, dir, n) == 0 && path[n] == '/';
}

/* Members whose order means something within a tar: not what is tested here. */
static bool conflicts(const struct random_layer *l, const char *path, bool dir)
{
	for (unsigned i = 0; i < l->n; i++) {
		if (strcmp(l->path[i], path) == 0)
			return true;
		if ((!l->dir[i] && is_below(path, l->path[i])) ||
		    (!dir && is_below(l->path[i], path)))
			return true;
	}
	return false;
}

static void random_path(char *path, size_t size)
{
	static const char *const names[] = {"a", "b", "c", "d"};
	unsigned depth = 1 + pick(3);

	path[0] = 0;
	for (unsigned i = 0; i < depth; i++)
		snprintf(path + strlen(path), size - strlen(path), "%s%s", i ? "/" : "",
			 names[pick(ARRAY_SIZE(names))]);
}

/* The last component of path becomes .wh.<it>, or the opaque marker. */
static void to_whiteout(char *path, size_t size, bool opaque)
{
	char *slash = strrchr(path, '/');
	char name[8];

	snprintf(name, sizeof(name), "%s", slash ? slash + 1 : path);
	if (slash)
		slash[1] = 0;
	else
		path[0] = 0;
	snprintf(path + strlen(path), size - strlen(path), "%s",
		 opaque ? ".wh..wh..opq" : ".wh.");
	if (!opaque)
		snprintf(path + strlen(path), size - strlen(path), "%s", name);
}

static void add_random_member(struct random_layer *l, unsigned id, bool links)
{
	char path[48], target[48];
	unsigned what = pick(links ? 12 : 9);
	bool dir = what < 3;

	random_path(path, sizeof(path));
	random_path(target, sizeof(target));
	if (what == 7 || what == 8)
		to_whiteout(path, sizeof(path), what == 8);
	if (l->n == MAX_MEMBERS || conflicts(l, path, dir))
		return;
	if (dir)
		snprintf(l->line[l->n], sizeof(l->line[0]), "dir %s %o\n", path, 0700 + id);
	else if (what == 9)
		snprintf(l->line[l->n], sizeof(l->line[0]), "link %s %s\n", path, target);
	else if (what > 9)
		snprintf(l->line[l->n], sizeof(l->line[0]), "sym %s /%s\n", path, target);
	else
		snprintf(l->line[l->n], sizeof(l->line[0]), "file %s %u\n", path, id);
	snprintf(l->path[l->n], sizeof(l->path[0]), "%s", path);
	l->dir[l->n++] = dir;
}

/* A hard link to a member of the same layer depends on order; make it a file. */
static void unlink_inner(struct random_layer *l)
{
	for (unsigned i = 0; i < l->n; i++) {
		char target[64], path[48];

		memcpy(path, l->path[i], sizeof(path));
		if (sscanf(l->line[i], "link %*s %63s", target) != 1)
			continue;
		for (unsigned j = 0; j < l->n; j++) {
			if (strcmp(l->path[j], target) == 0 || is_below(l->path[j], target) ||
			    is_below(target, l->path[j]))
				snprintf(l->line[i], sizeof(l->line[0]), "file %s 9\n", path);
		}
	}
}

static void random_layer(struct random_layer *l, bool links)
{
	unsigned want = 1 + pick(MAX_MEMBERS);

	l->n = 0;
	for (unsigned i = 0; i < want; i++)
		add_random_member(l, i + 1, links);
	unlink_inner(l);
}

static void write_layer(const struct random_layer *l, bool shuffled, struct buf *out)
{
	unsigned order[MAX_MEMBERS];

	buf_clear(out);
	buf_add_str(out, "");
	for (unsigned i = 0; i < l->n; i++)
		order[i] = i;
	for (unsigned i = l->n; shuffled && i > 1; i--) {
		unsigned j = pick(i), swap = order[j];

		order[j] = order[i - 1];
		order[i - 1] = swap;
	}
	for (unsigned i = 0; i < l->n; i++)
		buf_add_str(out, l->line[order[i]]);
}

static void merge__order_in_the_tar_does_not_matter(void **state)
{
	(void)state;
	print_seed();
	for (int round = 0; round < 1500; round++) {
		struct buf plain[3] = {0}, mixed[3] = {0};
		const char *a[3], *b[3];
		struct random_layer l;

		for (int i = 0; i < 3; i++) {
			random_layer(&l, true);
			write_layer(&l, false, &plain[i]);
			write_layer(&l, true, &mixed[i]);
			a[i] = buf_str(&plain[i]);
			b[i] = buf_str(&mixed[i]);
		}
		{
			_cleanup_(tree_unrefp) struct tree *ta = text_merge(a, 3, NULL);
			_cleanup_(tree_unrefp) struct tree *tb = text_merge(b, 3, NULL);
			_cleanup_free_ char *x = text_of(ta->nodes, ta->n);
			_cleanup_free_ char *y = text_of(tb->nodes, tb->n);

			if (strcmp(x, y))
				fail_msg("layers:\n%s--\n%s--\n%s== give\n%s== or\n%s", a[0],
					 a[1], a[2], x, y);
			for (uint32_t i = 0; i < ta->n; i++)
				assert_int_equal(ta->nodes[i].inode, tb->nodes[i].inode);
		}
		for (int i = 0; i < 3; i++) {
			buf_release(&plain[i]);
			buf_release(&mixed[i]);
		}
	}
}

/*
 * The specification once more, as plainly as it can be said: a list of paths, layer after
 * layer; without links, which need a tree.
 */
struct plain_entry {
	char path[48], text[64]; /* text: " =5", "/ 711" */
	bool dir;
};
struct plain_tree {
	struct plain_entry v[512];
	unsigned n;
};

static void plain_drop(struct plain_tree *t, const char *path, bool itself)
{
	unsigned kept = 0;

	for (unsigned i = 0; i < t->n; i++) {
		bool gone = itself ? strcmp(t->v[i].path, path) == 0 : false;

		if (!gone && !is_below(t->v[i].path, path) && !(!itself && !*path))
			t->v[kept++] = t->v[i];
	}
	t->n = kept;
}

static struct plain_entry *plain_find(struct plain_tree *t, const char *path)
{
	for (unsigned i = 0; i < t->n; i++) {
		if (strcmp(t->v[i].path, path) == 0)
			return &t->v[i];
	}
	return NULL;
}

static void plain_put(struct plain_tree *t, const char *path, const char *text, bool dir,
		      bool implied)
{
	struct plain_entry *e = plain_find(t, path);

	if (e && e->dir && implied)
		return;
	if (e && !(e->dir && dir)) {
		plain_drop(t, path, true);
		e = NULL;
	}
	if (!e)
		e = &t->v[t->n++];
	snprintf(e->path, sizeof(e->path), "%s", path);
	snprintf(e->text, sizeof(e->text), "%s", text);
	e->dir = dir;
}

static void plain_hide(struct plain_tree *t, const char *path)
{
	char dir[48] = "", hidden[48];
	const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;

	if (slash)
		snprintf(dir, sizeof(dir), "%.*s", (int)(slash - path), path);
	if (strcmp(name, ".wh..wh..opq") == 0) {
		plain_drop(t, dir, false);
		return;
	}
	snprintf(hidden, sizeof(hidden), "%s%s%.10s", dir, slash ? "/" : "", name + 4);
	plain_drop(t, hidden, true);
}

static void plain_parents(struct plain_tree *t, const char *path)
{
	char dir[48];

	for (const char *p = strchr(path, '/'); p; p = strchr(p + 1, '/')) {
		snprintf(dir, sizeof(dir), "%.*s", (int)(p - path), path);
		plain_put(t, dir, "/ implied", true, true);
	}
}

static void plain_apply(struct plain_tree *t, const struct random_layer *l)
{
	for (unsigned i = 0; i < l->n; i++) {
		if (strstr(l->path[i], ".wh."))
			plain_hide(t, l->path[i]);
	}
	for (unsigned i = 0; i < l->n; i++) {
		char text[64], value[32];

		plain_parents(t, l->path[i]);
		if (strstr(l->path[i], ".wh."))
			continue;
		assert_int_equal(sscanf(l->line[i], "%*s %*s %31s", value), 1);
		snprintf(text, sizeof(text), l->dir[i] ? "/ %s" : " =%s", value);
		plain_put(t, l->path[i], text, l->dir[i], false);
	}
}

static int by_line(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Lines in one order, whatever order they came in. */
static void sort_lines(char *text, struct buf *out)
{
	char *lines[512];
	size_t n = 0;

	for (char *p = strtok(text, "\n"); p; p = strtok(NULL, "\n"))
		lines[n++] = p;
	if (n)
		qsort(lines, n, sizeof(*lines), by_line);
	buf_add_str(out, "");
	for (size_t i = 0; i < n; i++)
		buf_addf(out, "%s\n", lines[i]);
}

static void merge__agrees_with_a_list_of_paths(void **state)
{
	static struct plain_tree plain;

	(void)state;
	print_seed();
	for (int round = 0; round < 1500; round++) {
		struct buf texts[4] = {0}, got = BUF_INIT, want = BUF_INIT, sorted = BUF_INIT;
		const char *members[4];
		struct random_layer l;
		_cleanup_free_ char *tree = NULL;
		struct tree *t;

		plain.n = 0;
		for (int i = 0; i < 4; i++) {
			random_layer(&l, false);
			write_layer(&l, true, &texts[i]);
			members[i] = buf_str(&texts[i]);
			plain_apply(&plain, &l);
		}
		t = text_merge(members, 4, NULL);
		tree = text_of(t->nodes, t->n);
		sort_lines(tree, &got);
		for (unsigned i = 0; i < plain.n; i++)
			buf_addf(&want, "%s%s\n", plain.v[i].path, plain.v[i].text);
		if (want.ptr)
			sort_lines(want.ptr, &sorted);
		if (strcmp(buf_str(&got), buf_str(&sorted)))
			fail_msg("layers:\n%s--\n%s--\n%s--\n%s== give\n%s== not\n%s",
				 members[0], members[1], members[2], members[3], buf_str(&got),
				 buf_str(&sorted));
		tree_unref(t);
		for (int i = 0; i < 4; i++)
			buf_release(&texts[i]);
		buf_release(&got);
		buf_release(&want);
		buf_release(&sorted);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(merge__order_in_the_tar_does_not_matter),
	    cmocka_unit_test(merge__agrees_with_a_list_of_paths),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
