/* SPDX-License-Identifier: MIT */
/*
 * The kernel is the judge: the same tree is made on disk, and every path is resolved by
 * openat2(2) with RESOLVE_IN_ROOT, which is what a container's root directory does.
 */
#include "tree_text.h"

#include "model/resolve.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <sys/syscall.h>

struct disk {
	char dir[64];
	int fd;
	struct layer *layer;
	ino_t *inodes; /* per node */
};

static const char members[] =
    "dir d\nfile d/f 1\ndir d/e\nfile d/e/g 1\nsym d/up ..\nsym abs /d/e\n"
    "sym rel d/f\nsym loop1 loop2\nsym loop2 loop1\nsym over ../../d\n"
    "sym d/e/far ../../abs/g\nsym dangling nowhere\nsym slash d/e/\n"
    "sym d/self .\nsym notdir d/f/x\nsym rootlink /";

static void make_member(const struct disk *d, const struct layer_member *m)
{
	char path[200], target[200];

	snprintf(path, sizeof(path), "%s/%.*s", d->dir, (int)m->path.len, m->path.ptr);
	snprintf(target, sizeof(target), "%.*s", (int)m->link.len, m->link.ptr);
	if (S_ISDIR(m->mode))
		assert_int_equal(mkdir(path, 0755), 0);
	else if (S_ISLNK(m->mode))
		assert_int_equal(symlink(target, path), 0);
	else
		close(open(path, O_WRONLY | O_CREAT, 0644));
}

static void note_inodes(struct disk *d)
{
	d->inodes = calloc(d->layer->n, sizeof(*d->inodes));
	for (uint32_t i = 0; i < d->layer->n; i++) {
		_cleanup_(buf_release) struct buf path = BUF_INIT;
		struct stat st;

		assert_int_equal(node_path(d->layer->nodes, i, &path), 0);
		assert_int_equal(
		    fstatat(d->fd, path.len ? buf_str(&path) : ".", &st, AT_SYMLINK_NOFOLLOW),
		    0);
		d->inodes[i] = st.st_ino;
	}
}

static int setup(void **state)
{
	struct disk *d = calloc(1, sizeof(*d));
	const char *text = members;
	struct layer_member m;

	snprintf(d->dir, sizeof(d->dir), "/tmp/stagefs-resolve-XXXXXX");
	assert_non_null(mkdtemp(d->dir));
	d->fd = open(d->dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	while (text_next_member(&text, &m))
		make_member(d, &m);
	d->layer = text_layer(1, members, NULL);
	note_inodes(d);
	*state = d;
	return 0;
}

static int teardown(void **state)
{
	struct disk *d = *state;
	char command[128];

	snprintf(command, sizeof(command), "rm -rf '%s'", d->dir);
	close(d->fd);
	layer_unref(d->layer);
	free(d->inodes);
	free(d);
	return system(command);
}

/* Index of the node that the kernel finds, or -errno. */
static int kernel(const struct disk *d, const char *path, bool follow)
{
	struct open_how how = {.flags =
				   (uint64_t)(O_PATH | O_CLOEXEC | (follow ? 0 : O_NOFOLLOW)),
			       .resolve = RESOLVE_IN_ROOT};
	struct stat st;
	int fd;

	/* EAGAIN, openat2(2): something was renamed or mounted, anywhere, while it met "..". */
	do
		fd = (int)syscall(SYS_openat2, d->fd, path, &how, sizeof(how));
	while (fd < 0 && errno == EAGAIN);
	if (fd < 0)
		return -errno;
	assert_int_equal(fstat(fd, &st), 0);
	close(fd);
	for (uint32_t i = 0; i < d->layer->n; i++)
		if (d->inodes[i] == st.st_ino)
			return (int)i;
	fail_msg("%s leads out of the tree", path);
	return -1;
}

static void compare(const struct disk *d, const char *path, bool follow)
{
	struct err err = ERR_INIT;
	uint32_t at = 0;
	int r = resolve_path(d->layer->nodes, bytes_from_str(path), follow, &at, &err);
	int want = kernel(d, path, follow);

	if ((r < 0 ? r : (int)at) != want)
		fail_msg("%s%s: %d, the kernel says %d", path, follow ? "" : " (not followed)",
			 r < 0 ? r : (int)at, want);
	if (r < 0 && !strstr(err.msg, path))
		fail_msg("\"%s\" does not name %s", err.msg, path);
}

/* Every path of up to four components out of the tree's own names, ".", ".." and one more. */
static void resolve__agrees_with_the_kernel(void **state)
{
	static const char *const names[] = {
	    "d",   "f",    "e",        "g",     "up",     "abs",      "rel", "loop1", "over",
	    "far", "self", "dangling", "slash", "notdir", "rootlink", ".",   "..",    "none"};
	struct disk *d = *state;
	size_t n = ARRAY_SIZE(names), paths = n * n * n * n;

	for (size_t k = 0; k < paths; k += k < n * n * n ? 1 : 7) {
		char path[128];

		snprintf(path, sizeof(path), "%s/%s/%s/%s", names[k / n / n / n],
			 names[k / n / n % n], names[k / n % n], names[k % n]);
		compare(d, path, true);
		compare(d, path, false);
		compare(d, strchr(path, '/') + 1, true);
		compare(d, strrchr(path, '/') + 1, false);
	}
}

static void resolve__forty_links_and_no_more(void **state)
{
	_cleanup_(buf_release) struct buf text = BUF_INIT;
	_cleanup_(layer_unrefp) struct layer *l = NULL;
	uint32_t at;

	(void)state;
	buf_add_str(&text, "file l0 1\n");
	for (int i = 1; i <= 41; i++)
		buf_addf(&text, "sym l%d l%d\n", i, i - 1);
	l = text_layer(1, buf_str(&text), NULL);
	assert_int_equal(resolve_path(l->nodes, BYTES("l40"), true, &at, NULL), 0);
	assert_true(S_ISREG(l->nodes[at].mode));
	assert_int_equal(resolve_path(l->nodes, BYTES("l41"), true, &at, NULL), -ELOOP);
}

static void resolve__the_root_is_a_path_too(void **state)
{
	const struct disk *d = *state;
	uint32_t at = 7;

	assert_int_equal(resolve_path(d->layer->nodes, BYTES(""), true, &at, NULL), 0);
	assert_int_equal(at, 0);
	assert_int_equal(resolve_path(d->layer->nodes, BYTES("///"), false, &at, NULL), 0);
	assert_int_equal(at, 0);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	    TEST(resolve__agrees_with_the_kernel),
	    TEST(resolve__forty_links_and_no_more),
	    TEST(resolve__the_root_is_a_path_too),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
