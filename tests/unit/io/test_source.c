/* SPDX-License-Identifier: MIT */
#include "test.h"

#include "io/source.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

struct fixture {
	char path[64];
	int fd; /* for writing; the source has its own */
	struct err err;
};

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	snprintf(f->path, sizeof(f->path), "/tmp/stagefs-source-XXXXXX");
	f->fd = mkstemp(f->path);
	*state = f;
	return f->fd < 0 || write(f->fd, "0123456789", 10) != 10 ? -1 : 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	close(f->fd);
	unlink(f->path);
	free(f);
	return 0;
}

static void assert_reads(struct source *s, uint64_t off, size_t n, const char *want)
{
	struct err err = ERR_INIT;
	char buf[64];
	size_t got;

	assert_ok(source_pread(s, buf, n, off, &got, &err), &err);
	assert_bytes_equal_str(bytes_make(buf, got), want);
}

static void source__file_reads_anywhere_and_ends(void **state)
{
	_cleanup_(source_unrefp) struct source *s = NULL;
	struct fixture *f = *state;

	assert_ok(source_open_path(AT_FDCWD, f->path, &s, &f->err), &f->err);
	assert_int_equal(s->size, 10);
	assert_true(s->fd >= 0);
	assert_reads(s, 0, 4, "0123");
	assert_reads(s, 7, 20, "789");
	assert_reads(s, 10, 5, "");
	assert_reads(s, UINT64_MAX, 5, "");
	assert_reads(s, 3, 0, "");
}

/* Bytes appended after opening are not there; a file cut after opening is an error. */
static void source__size_is_fixed_at_opening(void **state)
{
	_cleanup_(source_unrefp) struct source *s = NULL;
	struct fixture *f = *state;
	char buf[16];
	size_t got;

	assert_ok(source_open_path(AT_FDCWD, f->path, &s, &f->err), &f->err);
	assert_int_equal(write(f->fd, "abc", 3), 3);
	assert_reads(s, 8, 10, "89");
	assert_int_equal(ftruncate(f->fd, 5), 0);
	assert_int_equal(source_pread(s, buf, 6, 0, &got, &f->err), -ESTALE);
	assert_int_equal(got, 0);
	assert_non_null(strstr(f->err.msg, "cut short"));
	assert_reads(s, 0, 5, "01234");
}

static void source__only_regular_files(void **state)
{
	struct fixture *f = *state;
	struct source *s = NULL;
	char link[80];
	int pipes[2];

	assert_int_equal(source_open_path(AT_FDCWD, "/tmp", &s, &f->err), -EINVAL);
	assert_int_equal(source_open_path(AT_FDCWD, "/dev/null", &s, &f->err), -EINVAL);
	assert_int_equal(pipe(pipes), 0);
	assert_int_equal(source_open_fd(pipes[0], &s, &f->err), -EINVAL);
	assert_int_equal(fcntl(pipes[0], F_GETFD), -1); /* it was ours, and is closed */
	close(pipes[1]);
	snprintf(link, sizeof(link), "%s.link", f->path);
	assert_int_equal(symlink(f->path, link), 0);
	assert_int_equal(source_open_path(AT_FDCWD, link, &s, &f->err), -ELOOP);
	unlink(link);
	assert_null(s);
}

static void source__missing_file_is_named_without_raw_bytes(void **state)
{
	struct fixture *f = *state;
	struct source *s = NULL;

	assert_int_equal(source_open_path(AT_FDCWD, "/tmp/no\033such/file", &s, &f->err),
			 -ENOENT);
	assert_non_null(strstr(f->err.msg, "such/file"));
	assert_null(strchr(f->err.msg, '\033'));
}

static void source__path_is_below_dirfd(void **state)
{
	_cleanup_(source_unrefp) struct source *s = NULL;
	struct fixture *f = *state;
	int dir = open("/tmp", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	assert_ok(source_open_path(dir, strrchr(f->path, '/') + 1, &s, &f->err), &f->err);
	close(dir);
	assert_int_not_equal(fcntl(s->fd, F_GETFD) & FD_CLOEXEC, 0);
	assert_reads(s, 9, 1, "9");
}

static void source__memory_is_a_copy(void **state)
{
	_cleanup_(source_unrefp) struct source *s = NULL;
	struct fixture *f = *state;
	char text[] = "hello";

	assert_ok(source_open_memory(bytes_make(text, 5), &s, &f->err), &f->err);
	memset(text, 'x', 5);
	assert_int_equal(s->fd, -1);
	assert_reads(s, 1, 3, "ell");
	assert_reads(s, 0, 60, "hello");
}

static void source__empty_memory(void **state)
{
	_cleanup_(source_unrefp) struct source *s = NULL;
	struct fixture *f = *state;

	assert_ok(source_open_memory(BYTES_NULL, &s, &f->err), &f->err);
	assert_int_equal(s->size, 0);
	assert_reads(s, 0, 1, "");
}

static void source__range_stays_inside(void **state)
{
	_cleanup_(source_unrefp) struct source *file = NULL, *r = NULL, *inner = NULL;
	struct fixture *f = *state;

	assert_ok(source_open_path(AT_FDCWD, f->path, &file, &f->err), &f->err);
	assert_ok(source_open_range(file, 2, 5, &r, &f->err), &f->err);
	assert_int_equal(r->fd, file->fd);
	assert_reads(r, 0, 60, "23456");
	assert_reads(r, 4, 60, "6");
	assert_reads(r, 5, 1, "");
	assert_ok(source_open_range(r, 1, 2, &inner, &f->err), &f->err);
	assert_reads(inner, 0, 60, "34");
}

static void source__range_bounds(void **state)
{
	static const struct {
		uint64_t off, len;
		int want;
	} cases[] = {
	    {0, 10, 0},
	    {10, 0, 0},
	    {0, 11, -ERANGE},
	    {10, 1, -ERANGE},
	    {11, 0, -ERANGE},
	    {UINT64_MAX, 1, -ERANGE},
	    {1, UINT64_MAX, -ERANGE},
	    {UINT64_MAX, UINT64_MAX, -ERANGE},
	};
	_cleanup_(source_unrefp) struct source *m = NULL;
	struct fixture *f = *state;

	assert_ok(source_open_memory(BYTES("0123456789"), &m, &f->err), &f->err);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_(source_unrefp) struct source *r = NULL;

		assert_int_equal(source_open_range(m, cases[i].off, cases[i].len, &r, &f->err),
				 cases[i].want);
		assert_true((r != NULL) == (cases[i].want == 0));
	}
}

static void source__range_holds_its_parent(void **state)
{
	_cleanup_(source_unrefp) struct source *r = NULL;
	struct fixture *f = *state;
	struct source *m;

	assert_ok(source_open_memory(BYTES("0123456789"), &m, &f->err), &f->err);
	assert_ok(source_open_range(m, 3, 3, &r, &f->err), &f->err);
	source_unref(m);
	assert_reads(r, 0, 3, "345");
	source_unref(NULL);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    T(source__file_reads_anywhere_and_ends),
	    T(source__size_is_fixed_at_opening),
	    T(source__only_regular_files),
	    T(source__missing_file_is_named_without_raw_bytes),
	    T(source__path_is_below_dirfd),
	    T(source__memory_is_a_copy),
	    T(source__empty_memory),
	    T(source__range_stays_inside),
	    T(source__range_bounds),
	    T(source__range_holds_its_parent),
	};

	return cmocka_run_group_tests_name("io/source", tests, NULL, NULL);
}
