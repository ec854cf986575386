/* SPDX-License-Identifier: MIT */
#include "test.h"

#include "fixture.h"

#include <stdio.h>
#include <sys/stat.h>

#define SMALL_AT (FIXTURE_BEFORE + 512) /* of the small file's bytes, in a plain archive */

static int64_t one_archive(struct fixture *f, enum codec stored_as, enum codec whole,
			   bool verified)
{
	return fixture_locate(f, fixture_archive(f, "one.tar", stored_as, whole), verified);
}

/* ---- every way a layer may be stored ---- */

static void content__reads_plain(void **state)
{
	struct fixture *f = *state;

	one_archive(f, CODEC_NONE, CODEC_NONE, true);
	fixture_open(f);
	fixture_assert_reads(f);
	assert_false(fixture_exists(f->cache));
}

static void content__reads_gzip_with_points(void **state)
{
	struct fixture *f = *state;

	fixture_store_points(f, 0, one_archive(f, CODEC_GZIP, CODEC_NONE, true));
	fixture_open(f);
	fixture_assert_reads(f);
	assert_false(fixture_exists(f->cache));
}

static void content__reads_gzip_without_points(void **state)
{
	struct fixture *f = *state;

	one_archive(f, CODEC_GZIP, CODEC_NONE, true);
	fixture_open(f);
	fixture_assert_reads(f);
}

static void content__reads_zstd_and_xz_through_a_copy(void **state)
{
	static const enum codec codecs[] = {CODEC_ZSTD, CODEC_XZ};
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_SIZE(codecs); i++) {
		one_archive(f, codecs[i], CODEC_NONE, true);
		content_free(steal_ptr(&f->content));
		fixture_open(f);
		fixture_assert_reads(f);
		assert_int_equal(fixture_count_files(f->cache), 1);
		assert_ok(cachedir_clear(f->cache, &f->err), &f->err);
	}
}

static void content__reads_archives_compressed_as_a_whole(void **state)
{
	static const enum codec whole[] = {CODEC_GZIP, CODEC_ZSTD, CODEC_XZ};
	static const enum codec stored[] = {CODEC_NONE, CODEC_GZIP, CODEC_ZSTD};
	struct fixture *f = *state;

	for (size_t i = 0; i < 9; i++) {
		one_archive(f, stored[i % 3], whole[i / 3], true);
		f->n_archives = 0;
		seekpoints_release(&f->archives[0].points);
		content_free(steal_ptr(&f->content));
		fixture_open(f);
		fixture_assert_reads(f);
	}
}

static void content__needs_no_cache_directory(void **state)
{
	struct fixture *f = *state;

	one_archive(f, CODEC_ZSTD, CODEC_GZIP, true);
	f->opts.cache_dir = NULL;
	fixture_open(f);
	fixture_assert_reads(f);
	assert_false(fixture_exists(f->cache));
}

static void content__the_index_may_be_read_only(void **state)
{
	struct fixture *f = *state;
	struct db *reader;
	char path[96];

	one_archive(f, CODEC_GZIP, CODEC_NONE,
		    false); /* to be hashed, with nowhere to note it */
	snprintf(path, sizeof(path), "%s/index.db", f->dir);
	assert_ok(db_open(path, DB_READ, &reader, &f->err), &f->err);
	f->opts.db = reader;
	fixture_open(f);
	fixture_assert_reads(f);
	assert_false(fixture_location(f, 0).verified);
	content_free(steal_ptr(&f->content));
	db_free(reader);
}

/* ---- what is not there ---- */

static void content__unknown_inodes_are_stale(void **state)
{
	struct fixture *f = *state;
	size_t got = 9;
	char c;

	one_archive(f, CODEC_NONE, CODEC_NONE, true);
	fixture_open(f);
	assert_int_equal(
	    content_pread(f->content, ENTRY_ID(f->layer.id, 999), &c, 1, 0, &got, &f->err),
	    -ESTALE);
	assert_int_equal(got, 0);
	assert_int_equal(
	    content_pread(f->content, ENTRY_ID(f->layer.id, 0), &c, 1, 0, &got, &f->err),
	    -EINVAL); /* the root directory */
}

static void content__no_location_at_all(void **state)
{
	struct fixture *f = *state;

	fixture_open(f);
	assert_int_equal(fixture_read(f, FILE_SMALL), -ENOENT);
	assert_true(f->err.msg[0] != '\0');
	assert_int_equal(fixture_read(f, FILE_EMPTY), 0); /* needs none */
}

static void content__archive_gone_before_opening(void **state)
{
	struct fixture *f = *state;

	one_archive(f, CODEC_NONE, CODEC_NONE, true);
	assert_int_equal(unlink(f->archives[0].path), 0);
	fixture_open(f);
	assert_int_equal(fixture_read(f, FILE_SMALL), -ENOENT);
	assert_false(content_layer_available(f->content, f->layer.id));
}

/* The descriptor is held: the name does not matter any more. */
static void content__archive_gone_after_opening(void **state)
{
	struct fixture *f = *state;

	one_archive(f, CODEC_NONE, CODEC_NONE, true);
	fixture_open(f);
	assert_int_equal(fixture_read(f, FILE_SMALL), 0);
	assert_int_equal(unlink(f->archives[0].path), 0);
	fixture_assert_reads(f);
}

/* ---- changed archives ---- */

struct change {
	const char *what;
	void (*apply)(struct fixture *f);
};

static void cut(struct fixture *f)
{
	assert_int_equal(truncate(f->archives[0].path, FIXTURE_BEFORE + 600), 0);
}

static void replace(struct fixture *f)
{
	char other[160];

	snprintf(other, sizeof(other), "%s.new", f->archives[0].path);
	fixture_write(other, BYTES("another one"));
	assert_int_equal(rename(other, f->archives[0].path), 0);
}

static void overwrite(struct fixture *f)
{
	fixture_overwrite(f->archives[0].path, SMALL_AT, BYTES("A SMALL"));
}

static void make_directory(struct fixture *f)
{
	assert_int_equal(unlink(f->archives[0].path), 0);
	assert_int_equal(mkdir(f->archives[0].path, 0755), 0);
}

static void content__changed_before_opening_is_stale(void **state)
{
	static const struct change changes[] = {{"cut", cut},
						{"replaced", replace},
						{"overwritten, mtime restored", overwrite},
						{"a directory", make_directory}};
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_SIZE(changes); i++) {
		int r;

		f->n_archives = 0;
		one_archive(f, CODEC_NONE, CODEC_NONE, true);
		changes[i].apply(f);
		content_free(steal_ptr(&f->content));
		fixture_open(f);
		for (int k = 0; k < 3; k++) {
			r = fixture_read(f, FILE_SMALL);
			if (r != -ESTALE)
				fail_msg("%s: %d", changes[i].what, r);
		}
		assert_non_null(strstr(f->err.msg, "one.tar"));
	}
}

static void content__changed_after_opening_is_stale(void **state)
{
	static const struct change changes[] = {{"cut", cut},
						{"overwritten, mtime restored", overwrite}};
	static const enum codec codecs[] = {CODEC_NONE, CODEC_GZIP, CODEC_ZSTD};
	struct fixture *f = *state;

	for (size_t i = 0; i < 6; i++) {
		f->n_archives = 0;
		seekpoints_release(&f->archives[0].points);
		one_archive(f, codecs[i / 2], CODEC_NONE, true);
		content_free(steal_ptr(&f->content));
		fixture_open(f);
		assert_int_equal(fixture_read(f, FILE_SMALL), 0);
		changes[i % 2].apply(f);
		for (int k = 0; k < 3; k++) {
			int r = fixture_read(f, FILE_SMALL);

			if (r != -ESTALE)
				fail_msg("%s, %s: %d", codec_name(codecs[i / 2]),
					 changes[i % 2].what, r);
		}
	}
}

static int64_t stored_ctime(struct fixture *f)
{
	_cleanup_(archive_row_release) struct archive_row row = {0};

	assert_int_equal(archives_get(f->db, f->archives[0].id, &row, &f->err), 1);
	return row.ctime_ns;
}

/* ctime alone: the bytes are hashed, and the new identity adopted. */
static void content__chmod_still_reads(void **state)
{
	static const enum codec codecs[] = {CODEC_NONE, CODEC_GZIP, CODEC_XZ};
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_SIZE(codecs); i++) {
		int64_t before;

		f->n_archives = 0;
		seekpoints_release(&f->archives[0].points);
		one_archive(f, codecs[i], CODEC_NONE, true);
		before = stored_ctime(f);
		fixture_chmod(f->archives[0].path);
		content_free(steal_ptr(&f->content));
		fixture_open(f);
		fixture_assert_reads(f);
		assert_int_not_equal(stored_ctime(f), before);
		before = stored_ctime(f);
		fixture_chmod(f->archives[0].path); /* and while it is open */
		fixture_assert_reads(f);
		assert_int_not_equal(stored_ctime(f), before);
	}
}

/* ---- several locations ---- */

static void content__falls_back_when_the_first_is_gone(void **state)
{
	struct fixture *f = *state;

	fixture_locate(f, fixture_archive(f, "one.tar", CODEC_NONE, CODEC_NONE), true);
	fixture_locate(f, fixture_archive(f, "two.tar", CODEC_GZIP, CODEC_NONE), true);
	assert_int_equal(unlink(f->archives[0].path), 0);
	fixture_open(f);
	assert_true(content_layer_available(f->content, f->layer.id));
	fixture_assert_reads(f);
}

/* In the middle of the reads: the next one is answered by the other archive. */
static void content__falls_back_when_the_first_changes(void **state)
{
	struct fixture *f = *state;

	fixture_locate(f, fixture_archive(f, "one.tar", CODEC_NONE, CODEC_NONE), true);
	fixture_locate(f, fixture_archive(f, "two.tar", CODEC_ZSTD, CODEC_NONE), true);
	fixture_open(f);
	fixture_assert_reads(f);
	overwrite(f);
	fixture_assert_reads(f);
	assert_true(content_layer_available(f->content, f->layer.id));
	assert_int_equal(unlink(f->archives[1].path), 0);
	assert_int_equal(fixture_read(f, FILE_SMALL), 0); /* the copy's archive is held */
}

static void content__unverified_damage_is_found_before_use(void **state)
{
	static const enum codec codecs[] = {CODEC_NONE, CODEC_GZIP, CODEC_ZSTD};
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_SIZE(codecs); i++) {
		f->n_archives = 0;
		seekpoints_release(&f->archives[0].points);
		fixture_locate(f, fixture_damaged(f, "one.tar", codecs[i]), false);
		content_free(steal_ptr(&f->content));
		fixture_open(f);
		assert_int_equal(fixture_read(f, FILE_LAST), -EIO);
		assert_int_equal(fixture_read(f, FILE_LAST), -EIO);
		assert_non_null(strstr(f->err.msg, "DiffID"));
	}
	fixture_locate(f, fixture_archive(f, "two.tar", CODEC_GZIP, CODEC_NONE), false);
	fixture_assert_reads(f);
	assert_false(fixture_location(f, 0).verified);
	assert_true(fixture_location(f, 1).verified);
}

/* Damage in a stream that was right once: a codec notices, the other place has it. */
static void content__falls_back_when_a_read_fails(void **state)
{
	struct fixture *f = *state;
	size_t one = fixture_archive(f, "one.tar", CODEC_GZIP, CODEC_NONE);

	fixture_store_points(f, one, fixture_locate(f, one, true));
	fixture_overwrite(f->archives[one].path, FIXTURE_BEFORE, BYTES("not gzip"));
	fixture_adopt(f, one); /* as if the index had never noticed */
	fixture_open(f);
	assert_int_equal(fixture_read(f, FILE_SMALL), -EIO);
	fixture_locate(f, fixture_archive(f, "two.tar", CODEC_XZ, CODEC_NONE), true);
	fixture_assert_reads(f);
}

/* ---- verify=always ---- */

static void content__verify_always_detects(void **state)
{
	static const enum codec codecs[] = {CODEC_NONE, CODEC_GZIP, CODEC_XZ};
	struct fixture *f = *state;

	f->opts.verify_always = true;
	for (size_t i = 0; i < ARRAY_SIZE(codecs); i++) {
		f->n_archives = 0;
		seekpoints_release(&f->archives[0].points);
		fixture_locate(f, fixture_damaged(f, "one.tar", codecs[i]), true);
		content_free(steal_ptr(&f->content));
		assert_ok(cachedir_clear(f->cache, &f->err), &f->err);
		fixture_open(f);
		assert_int_equal(fixture_read(f, FILE_SMALL), -EIO);
		assert_non_null(strstr(f->err.msg, "SHA-256"));
		assert_int_equal(fixture_read(f, FILE_BIG), -EIO);
		assert_int_equal(fixture_read(f, FILE_EMPTY), 0);
	}
	/* Without it the index is believed, where nothing is decoded. */
	f->opts.verify_always = false;
	f->n_archives = 0;
	fixture_locate(f, fixture_damaged(f, "one.tar", CODEC_NONE), true);
	content_free(steal_ptr(&f->content));
	fixture_open(f);
	assert_int_equal(fixture_read(f, FILE_SMALL), 0);
}

static void content__verify_always_reads_what_is_right(void **state)
{
	struct fixture *f = *state;

	f->opts.verify_always = true;
	one_archive(f, CODEC_GZIP, CODEC_NONE, true);
	fixture_open(f);
	fixture_assert_reads(f);
	assert_false(content_is_fast(f->content, f->files[FILE_SMALL].inode));
}

static void content__verify_always_falls_back(void **state)
{
	struct fixture *f = *state;

	f->opts.verify_always = true;
	fixture_locate(f, fixture_damaged(f, "one.tar", CODEC_NONE), true);
	fixture_locate(f, fixture_archive(f, "two.tar", CODEC_ZSTD, CODEC_NONE), true);
	fixture_open(f);
	fixture_assert_reads(f);
}

/* A file that was right at one place is not thereby right at the next. */
static void content__verify_always_asks_each_place(void **state)
{
	struct fixture *f = *state;

	f->opts.verify_always = true;
	fixture_locate(f, fixture_damaged(f, "bad.tar", CODEC_GZIP), true);
	fixture_locate(f, fixture_archive(f, "good.tar", CODEC_NONE, CODEC_NONE), true);
	fixture_open(f);
	assert_int_equal(fixture_read(f, FILE_SMALL), 0);
	assert_int_equal(truncate(f->archives[1].path, 3000), 0);
	assert_true(fixture_read(f, FILE_SMALL) < 0);
	assert_true(fixture_read(f, FILE_SMALL) < 0);
}

/* ---- is it fast? ---- */

static void content__fast_is_open_and_plain(void **state)
{
	int64_t inode = ((struct fixture *)*state)->files[FILE_SMALL].inode;
	struct fixture *f = *state;

	one_archive(f, CODEC_NONE, CODEC_NONE, true);
	fixture_open(f);
	assert_false(content_is_fast(f->content, inode));
	assert_int_equal(fixture_read(f, FILE_SMALL), 0);
	assert_true(content_is_fast(f->content, inode));
	fixture_chmod(f->archives[0].path);
	assert_false(content_is_fast(f->content, inode)); /* has to be hashed */
	assert_int_equal(fixture_read(f, FILE_SMALL), 0);
	assert_true(content_is_fast(f->content, inode));
}

static void content__decoded_is_not_fast(void **state)
{
	static const enum codec codecs[][2] = {{CODEC_GZIP, CODEC_NONE},
					       {CODEC_NONE, CODEC_GZIP}};
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_SIZE(codecs); i++) {
		f->n_archives = 0;
		seekpoints_release(&f->archives[0].points);
		one_archive(f, codecs[i][0], codecs[i][1], true);
		content_free(steal_ptr(&f->content));
		fixture_open(f);
		assert_int_equal(fixture_read(f, FILE_SMALL), 0);
		assert_false(content_is_fast(f->content, f->files[FILE_SMALL].inode));
	}
}

/* ---- threads ---- */

struct reader {
	struct fixture *f;
	pthread_barrier_t *barrier;
	uint64_t seed;
	int failed; /* the first bad answer */
};

static void read_once(struct reader *w, struct rng *r)
{
	const struct fixture_file *file = &w->f->files[rng_below(r, FIXTURE_FILES)];
	uint64_t off = rng_below(r, file->data.len + 2);
	size_t n = (size_t)rng_below(r, 9000), got;
	_cleanup_free_ char *buf = malloc(n + 1);
	int res = content_pread(w->f->content, file->inode, buf, n, off, &got, NULL);

	if (res == 0 && got != MIN(n, file->data.len - MIN(off, file->data.len)))
		res = -ERANGE;
	if (res == 0 && got && memcmp(buf, file->data.ptr + off, got) != 0)
		res = -EILSEQ;
	if (res < 0)
		w->failed = res;
	content_is_fast(w->f->content, file->inode);
}

static void *read_many(void *arg)
{
	struct reader *w = arg;
	struct rng r = {w->seed};

	pthread_barrier_wait(w->barrier);
	for (int i = 0; i < 200 && !w->failed; i++)
		read_once(w, &r);
	return NULL;
}

static void read_in_threads(struct fixture *f)
{
	pthread_barrier_t barrier;
	struct reader w[4];
	pthread_t t[4];

	pthread_barrier_init(&barrier, NULL, 4);
	for (int i = 0; i < 4; i++) {
		w[i] = (struct reader){f, &barrier, (uint64_t)i + 1, 0};
		assert_int_equal(pthread_create(&t[i], NULL, read_many, &w[i]), 0);
	}
	for (int i = 0; i < 4; i++) {
		pthread_join(t[i], NULL);
		assert_int_equal(w[i].failed, 0);
	}
	pthread_barrier_destroy(&barrier);
}

static void content__threads_read_the_right_bytes(void **state)
{
	static const enum codec codecs[] = {CODEC_NONE, CODEC_GZIP, CODEC_ZSTD};
	struct fixture *f = *state;

	f->opts.span_bytes = KIB(600); /* less than all of it */
	for (size_t i = 0; i < ARRAY_SIZE(codecs); i++) {
		int64_t id;

		f->n_archives = 0;
		seekpoints_release(&f->archives[0].points);
		id = one_archive(f, codecs[i], CODEC_NONE, i != 0);
		if (codecs[i] == CODEC_GZIP)
			fixture_store_points(f, 0, id);
		content_free(steal_ptr(&f->content));
		fixture_open(f);
		read_in_threads(f);
	}
}

/* ---- bytes that change under readers ---- */

struct changer {
	struct fixture *f;
	int stop; /* atomic */
};

/* Turns bytes of the small file and of the last over and back, with mtime restored. */
static void *change_and_restore(void *arg)
{
	const struct changer *w = arg;
	const struct bytes tar = buf_bytes(&w->f->tar);
	const uint64_t at[] = {512, tar.len - 1024 - 4608};

	while (!__atomic_load_n(&w->stop, __ATOMIC_RELAXED))
		for (size_t i = 0; i < ARRAY_SIZE(at); i++) {
			char good[7], bad[7];

			memcpy(good, tar.ptr + at[i], sizeof(good));
			for (size_t k = 0; k < sizeof(bad); k++)
				bad[k] = good[k] ^ 0x20;
			fixture_overwrite(w->f->archives[0].path, FIXTURE_BEFORE + at[i],
					  bytes_make(bad, sizeof(bad)));
			fixture_overwrite(w->f->archives[0].path, FIXTURE_BEFORE + at[i],
					  bytes_make(good, sizeof(good)));
		}
	return NULL;
}

static void *read_or_fail(void *arg)
{
	static const int files[] = {FILE_SMALL, FILE_LAST};
	struct reader *w = arg;
	char buf[5000];

	for (int i = 0; i < 1500 && !w->failed; i++) {
		const struct fixture_file *file = &w->f->files[files[i % 2]];
		size_t got;
		int r =
		    content_pread(w->f->content, file->inode, buf, sizeof(buf), 0, &got, NULL);

		if (r == 0 && (got != file->data.len || memcmp(buf, file->data.ptr, got) != 0))
			w->failed = -EILSEQ;
		if (r < 0 && r != -ESTALE && r != -EIO)
			w->failed = r;
	}
	return NULL;
}

/* Whatever the order of changes, reads and checks: the right bytes, or none. */
static void content__bytes_changing_under_readers_are_not_served(void **state)
{
	struct fixture *f = *state;
	struct changer changer = {.f = f};
	struct reader w[3];
	pthread_t t[3], changing;

	one_archive(f, CODEC_NONE, CODEC_NONE, true);
	fixture_open(f);
	assert_int_equal(pthread_create(&changing, NULL, change_and_restore, &changer), 0);
	for (int i = 0; i < 3; i++) {
		w[i] = (struct reader){.f = f};
		assert_int_equal(pthread_create(&t[i], NULL, read_or_fail, &w[i]), 0);
	}
	for (int i = 0; i < 3; i++)
		pthread_join(t[i], NULL);
	__atomic_store_n(&changer.stop, 1, __ATOMIC_RELAXED);
	pthread_join(changing, NULL);
	for (int i = 0; i < 3; i++)
		assert_int_equal(w[i].failed, 0);
	fixture_assert_reads(f); /* and it is all over when the bytes are back */
}

#define T(f) cmocka_unit_test_setup_teardown(f, fixture_setup, fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    T(content__reads_plain),
	    T(content__reads_gzip_with_points),
	    T(content__reads_gzip_without_points),
	    T(content__reads_zstd_and_xz_through_a_copy),
	    T(content__reads_archives_compressed_as_a_whole),
	    T(content__needs_no_cache_directory),
	    T(content__the_index_may_be_read_only),
	    T(content__unknown_inodes_are_stale),
	    T(content__no_location_at_all),
	    T(content__archive_gone_before_opening),
	    T(content__archive_gone_after_opening),
	    T(content__changed_before_opening_is_stale),
	    T(content__changed_after_opening_is_stale),
	    T(content__chmod_still_reads),
	    T(content__falls_back_when_the_first_is_gone),
	    T(content__falls_back_when_the_first_changes),
	    T(content__unverified_damage_is_found_before_use),
	    T(content__falls_back_when_a_read_fails),
	    T(content__verify_always_detects),
	    T(content__verify_always_reads_what_is_right),
	    T(content__verify_always_falls_back),
	    T(content__verify_always_asks_each_place),
	    T(content__fast_is_open_and_plain),
	    T(content__decoded_is_not_fast),
	    T(content__threads_read_the_right_bytes),
	    T(content__bytes_changing_under_readers_are_not_served),
	};

	return cmocka_run_group_tests_name("content/content", tests, NULL, NULL);
}
