/* SPDX-License-Identifier: MIT */
#include "test.h"

#include "fixture.h"

#include "content/cachedir.h"
#include "io/hash.h"

#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <sys/stat.h>

#define SIZE ((size_t)100000)

struct cache {
	char dir[64], path[80];
	struct buf plain, stored; /* zstd of it */
	struct source *good, *bad;
	struct cachedir *c;
	struct err err;
};

static int setup(void **state)
{
	struct cache *t = calloc(1, sizeof(*t));

	snprintf(t->dir, sizeof(t->dir), "/tmp/stagefs-cachedir-XXXXXX");
	if (!mkdtemp(t->dir))
		return -1;
	snprintf(t->path, sizeof(t->path), "%s/a/b", t->dir);
	stream_plain(&t->plain, SIZE, 81);
	stream_zstd(&t->stored, buf_bytes(&t->plain), 0);
	assert_ok(source_open_memory(buf_bytes(&t->stored), &t->good, &t->err), &t->err);
	assert_ok(
	    source_open_memory(stream_part(&t->stored, 0, t->stored.len / 2), &t->bad, &t->err),
	    &t->err);
	*state = t;
	return 0;
}

static int remove_one(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
	(void)st;
	(void)flag;
	(void)ftw;
	return remove(path);
}

static int teardown(void **state)
{
	struct cache *t = *state;

	cachedir_free(t->c);
	source_unref(t->good);
	source_unref(t->bad);
	buf_release(&t->plain);
	buf_release(&t->stored);
	nftw(t->dir, remove_one, 8, FTW_DEPTH | FTW_PHYS);
	free(t);
	return 0;
}

static void open_cache(struct cache *t, const char *path, uint64_t max)
{
	cachedir_free(t->c);
	t->c = NULL;
	assert_ok(cachedir_new(path, max, &t->c, &t->err), &t->err);
}

static int decode(struct cache *t, const char *key, struct source *stored, struct source **ret)
{
	const struct decoding what = {.stored = stored, .codec = CODEC_ZSTD};

	return cachedir_decode(t->c, key, &what, ret, &t->err);
}

static void assert_content(struct cache *t, struct source *s)
{
	_cleanup_free_ char *buf = malloc(SIZE);
	size_t got;

	assert_int_equal(s->size, SIZE);
	assert_ok(source_pread(s, buf, SIZE, 0, &got, &t->err), &t->err);
	stream_check_equal(bytes_make(buf, got), buf_bytes(&t->plain));
}

static void assert_decodes(struct cache *t, const char *key, struct source *stored)
{
	_cleanup_(source_unrefp) struct source *s = NULL;

	assert_ok(decode(t, key, stored, &s), &t->err);
	assert_content(t, s);
}

/* Only the copy can give the content: the stored bytes are damaged. */
static bool is_kept(struct cache *t, const char *key)
{
	_cleanup_(source_unrefp) struct source *s = NULL;

	if (decode(t, key, t->bad, &s) < 0)
		return false;
	assert_content(t, s);
	return true;
}

static void cachedir__copies_are_reused(void **state)
{
	struct cache *t = *state;

	open_cache(t, t->path, MIB(10));
	assert_false(fixture_exists(t->path)); /* made on first need */
	assert_decodes(t, "aa", t->good);
	assert_true(is_kept(t, "aa"));
	assert_false(is_kept(t, "a"));
	assert_false(is_kept(t, "aab"));
	assert_int_equal(fixture_count_files(t->path), 1);
	open_cache(t, t->path, MIB(10)); /* another process, another day */
	assert_true(is_kept(t, "aa"));
}

static void cachedir__private_mode(void **state)
{
	struct cache *t = *state;
	char file[160];
	struct stat st;

	open_cache(t, t->path, MIB(10));
	assert_decodes(t, "aa", t->good);
	assert_int_equal(stat(t->path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0700);
	snprintf(file, sizeof(file), "%s/aa.%zu.tar", t->path, SIZE);
	assert_int_equal(stat(file, &st), 0);
	assert_int_equal(st.st_mode & 0077, 0);
}

static void set_atime(struct cache *t, const char *key, time_t when)
{
	const struct timespec times[2] = {{when, 0}, {0, UTIME_OMIT}};
	char file[160];

	snprintf(file, sizeof(file), "%s/%s.%zu.tar", t->path, key, SIZE);
	assert_int_equal(utimensat(AT_FDCWD, file, times, 0), 0);
}

/* Room for three copies: the one used longest ago goes for the fourth. */
static void cachedir__cap_drops_the_least_recently_used(void **state)
{
	struct cache *t = *state;
	uint64_t bytes, files;

	open_cache(t, t->path, 3 * SIZE + 3 * 4096);
	assert_decodes(t, "aa", t->good);
	assert_decodes(t, "bb", t->good);
	assert_decodes(t, "cc", t->good);
	set_atime(t, "aa", 1000);
	set_atime(t, "bb", 2000);
	set_atime(t, "cc", 3000);
	assert_true(is_kept(t, "aa")); /* used now: bb is the oldest */
	assert_decodes(t, "dd", t->good);
	assert_ok(cachedir_usage(t->path, &bytes, &files, &t->err), &t->err);
	assert_int_equal(files, 3);
	assert_true(bytes <= 3 * SIZE + 3 * 4096);
	assert_true(is_kept(t, "aa"));
	assert_false(is_kept(t, "bb"));
	assert_true(is_kept(t, "cc"));
	assert_true(is_kept(t, "dd"));
}

/* A copy that is open can still be read when its file is dropped. */
static void cachedir__dropped_copies_live_while_open(void **state)
{
	_cleanup_(source_unrefp) struct source *s = NULL;
	struct cache *t = *state;

	open_cache(t, t->path, SIZE + 4096);
	assert_ok(decode(t, "aa", t->good, &s), &t->err);
	assert_decodes(t, "bb", t->good);
	assert_false(is_kept(t, "aa"));
	assert_content(t, s);
}

static void cachedir__oversize_copies_have_no_name(void **state)
{
	struct cache *t = *state;

	open_cache(t, t->path, SIZE - 1);
	assert_decodes(t, "aa", t->good);
	assert_int_equal(fixture_count_files(t->path), 0);
	assert_true(is_kept(t, "aa")); /* but is kept open */
	open_cache(t, t->path, SIZE - 1);
	assert_false(is_kept(t, "aa"));
}

static void cachedir__oversize_leaves_the_others(void **state)
{
	_cleanup_(source_unrefp) struct source *s = NULL;
	_cleanup_(buf_release) struct buf large = BUF_INIT, stored = BUF_INIT;
	_cleanup_(source_unrefp) struct source *src = NULL;
	struct cache *t = *state;

	stream_plain(&large, 3 * SIZE, 5);
	stream_zstd(&stored, buf_bytes(&large), 0);
	assert_ok(source_open_memory(buf_bytes(&stored), &src, &t->err), &t->err);
	open_cache(t, t->path, 2 * SIZE);
	assert_decodes(t, "aa", t->good);
	assert_ok(decode(t, "bb", src, &s), &t->err);
	assert_int_equal(s->size, 3 * SIZE);
	assert_true(is_kept(t, "aa"));
}

static void cachedir__only_a_few_nameless_copies_stay_open(void **state)
{
	struct cache *t = *state;

	open_cache(t, NULL, 0);
	for (char k = 'a'; k <= 'z'; k++) {
		const char key[2] = {k, 0};

		assert_decodes(t, key, t->good);
	}
	assert_true(is_kept(t, "z"));
	assert_false(is_kept(t, "a"));
}

static void cachedir__failures_leave_nothing(void **state)
{
	struct cache *t = *state;
	struct source *s = NULL;

	open_cache(t, t->path, MIB(10));
	assert_int_equal(decode(t, "aa", t->bad, &s), -EBADMSG);
	assert_null(s);
	assert_int_equal(fixture_count_files(t->path), 0);
	assert_decodes(t, "aa", t->good);
}

static void cachedir__limits_hold(void **state)
{
	struct limits limits = LIMITS_DEFAULT;
	struct cache *t = *state;
	const struct decoding what = {
	    .stored = t->good, .codec = CODEC_ZSTD, .limits = &limits};
	struct source *s = NULL;

	limits.layer_bytes = SIZE - 1;
	open_cache(t, t->path, MIB(10));
	assert_int_equal(cachedir_decode(t->c, "aa", &what, &s, &t->err), -EFBIG);
	assert_int_equal(fixture_count_files(t->path), 0);
}

/* Other readers of the name would take them for what the name says. */
static void cachedir__wrong_bytes_are_not_kept(void **state)
{
	static const enum { NAMED, UNNAMED } ways[] = {NAMED, UNNAMED};
	struct cache *t = *state;
	struct decoding what = {.stored = t->good, .codec = CODEC_ZSTD};
	unsigned char sum[32];

	what.sha256 = sum;
	for (size_t i = 0; i < ARRAY_SIZE(ways); i++) {
		struct source *s = NULL;

		open_cache(t, ways[i] == NAMED ? t->path : NULL, MIB(10));
		sha256_of(t->plain.ptr, SIZE, sum);
		sum[31] ^= 1;
		assert_int_equal(cachedir_decode(t->c, "aa", &what, &s, &t->err), -EBADMSG);
		assert_null(s);
		assert_non_null(strstr(t->err.msg, "SHA-256"));
		sum[31] ^= 1;
		assert_ok(cachedir_decode(t->c, "aa", &what, &s, &t->err), &t->err);
		assert_content(t, s);
		source_unref(s);
	}
	assert_int_equal(fixture_count_files(t->path), 1);
}

/* A crash of the machine may leave a file shorter than its name says. */
static void cachedir__cut_copies_are_not_used(void **state)
{
	struct cache *t = *state;
	char file[160];

	open_cache(t, t->path, MIB(10));
	assert_decodes(t, "aa", t->good);
	snprintf(file, sizeof(file), "%s/aa.%zu.tar", t->path, SIZE);
	assert_int_equal(truncate(file, 4096), 0);
	assert_false(is_kept(t, "aa"));
	assert_decodes(t, "aa", t->good);
	assert_true(is_kept(t, "aa"));
}

/* Never through a link that somebody else put there. */
static void cachedir__symlinks_are_not_followed(void **state)
{
	struct cache *t = *state;
	char file[160], other[160];

	open_cache(t, t->path, MIB(10));
	assert_decodes(t, "aa", t->good);
	snprintf(file, sizeof(file), "%s/aa.%zu.tar", t->path, SIZE);
	snprintf(other, sizeof(other), "%s/elsewhere", t->dir);
	assert_int_equal(rename(file, other), 0);
	assert_int_equal(symlink(other, file), 0);
	assert_false(is_kept(t, "aa"));
}

static void cachedir__usage_and_clear(void **state)
{
	struct cache *t = *state;
	uint64_t bytes = 1, files = 1;
	char temporary[160];

	assert_ok(cachedir_usage(t->path, &bytes, &files, &t->err), &t->err);
	assert_int_equal(bytes, 0); /* there is no directory yet */
	assert_int_equal(files, 0);
	assert_ok(cachedir_clear(t->path, &t->err), &t->err);
	open_cache(t, t->path, MIB(10));
	assert_decodes(t, "aa", t->good);
	assert_decodes(t, "bb", t->good);
	assert_ok(cachedir_usage(t->path, &bytes, &files, &t->err), &t->err);
	assert_int_equal(files, 2);
	assert_true(bytes >= 2 * SIZE && bytes <= 2 * SIZE + 65536);
	/* What another process is just writing stays. */
	snprintf(temporary, sizeof(temporary), "%s/.stagefs-abcdef", t->path);
	fixture_write(temporary, BYTES("half"));
	assert_ok(cachedir_clear(t->path, &t->err), &t->err);
	assert_true(fixture_exists(temporary));
	assert_int_equal(fixture_count_files(t->path), 1);
}

/* Left by a process that was killed. */
static void cachedir__abandoned_files_are_dropped(void **state)
{
	const struct timespec old[2] = {{1000, 0}, {1000, 0}};
	struct cache *t = *state;
	char temporary[160];

	open_cache(t, t->path, MIB(10));
	assert_decodes(t, "aa", t->good);
	snprintf(temporary, sizeof(temporary), "%s/.stagefs-abcdef", t->path);
	fixture_write(temporary, BYTES("half"));
	assert_int_equal(utimensat(AT_FDCWD, temporary, old, 0), 0);
	assert_ok(cachedir_clear(t->path, &t->err), &t->err);
	assert_int_equal(fixture_count_files(t->path), 0);
}

static void cachedir__a_directory_that_cannot_be_made(void **state)
{
	struct cache *t = *state;
	struct source *s = NULL;
	char file[80];

	snprintf(file, sizeof(file), "%s/a", t->dir);
	fixture_write(file, BYTES("a file is in the way"));
	open_cache(t, t->path, MIB(10));
	assert_true(decode(t, "aa", t->good, &s) < 0);
	assert_true(t->err.msg[0] != '\0');
	assert_null(s);
}

/* ---- threads ---- */

struct slow {
	struct source s;
	struct source *inner;
	unsigned starts; /* atomic: reads of the first byte */
};

static int slow_pread(struct source *s, void *buf, size_t n, uint64_t off, struct err *err)
{
	struct slow *x = (struct slow *)s;
	size_t got;

	if (off == 0)
		__atomic_add_fetch(&x->starts, 1, __ATOMIC_RELAXED);
	return source_pread(x->inner, buf, n, off, &got, err);
}

static void slow_free(struct source *s)
{
	(void)s;
}

struct worker {
	struct cache *t;
	struct source *stored;
	pthread_barrier_t *barrier;
	struct source *got;
	int result;
};

static void *work(void *arg)
{
	struct worker *w = arg;
	const struct decoding what = {.stored = w->stored, .codec = CODEC_ZSTD};

	pthread_barrier_wait(w->barrier);
	w->result = cachedir_decode(w->t->c, "aa", &what, &w->got, NULL);
	return NULL;
}

static void many_at_once(struct cache *t, const char *path)
{
	static const struct source_ops ops = {slow_pread, slow_free};
	struct slow slow = {.s = {&ops, t->good->size, 1, -1}, .inner = t->good};
	pthread_barrier_t barrier;
	struct worker w[6];
	pthread_t thread[6];

	open_cache(t, path, MIB(10));
	pthread_barrier_init(&barrier, NULL, 6);
	for (int i = 0; i < 6; i++) {
		w[i] = (struct worker){.t = t, .stored = &slow.s, .barrier = &barrier};
		assert_int_equal(pthread_create(&thread[i], NULL, work, &w[i]), 0);
	}
	for (int i = 0; i < 6; i++) {
		pthread_join(thread[i], NULL);
		assert_int_equal(w[i].result, 0);
		assert_content(t, w[i].got);
		source_unref(w[i].got);
	}
	pthread_barrier_destroy(&barrier);
	/* zstd looks at the first bytes twice in one decoding */
	assert_in_range(slow.starts, 1, 2);
}

static void cachedir__threads_wait_for_one_copy(void **state)
{
	struct cache *t = *state;

	many_at_once(t, t->path);
	many_at_once(t, NULL);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    T(cachedir__copies_are_reused),
	    T(cachedir__private_mode),
	    T(cachedir__cap_drops_the_least_recently_used),
	    T(cachedir__dropped_copies_live_while_open),
	    T(cachedir__oversize_copies_have_no_name),
	    T(cachedir__oversize_leaves_the_others),
	    T(cachedir__only_a_few_nameless_copies_stay_open),
	    T(cachedir__failures_leave_nothing),
	    T(cachedir__limits_hold),
	    T(cachedir__wrong_bytes_are_not_kept),
	    T(cachedir__cut_copies_are_not_used),
	    T(cachedir__symlinks_are_not_followed),
	    T(cachedir__usage_and_clear),
	    T(cachedir__abandoned_files_are_dropped),
	    T(cachedir__a_directory_that_cannot_be_made),
	    T(cachedir__threads_wait_for_one_copy),
	};

	return cmocka_run_group_tests_name("content/cachedir", tests, NULL, NULL);
}
