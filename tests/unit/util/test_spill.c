/* SPDX-License-Identifier: MIT */
#include "test.h"
#include "util/spill.h"

#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

/* 4 KiB: 2,048 of them are SPILL_MEMORY. */
struct page {
	uint64_t number;
	char filler[4096 - sizeof(uint64_t)];
};

#define IN_MEMORY (SPILL_MEMORY / sizeof(struct page))
#define COUNT     (2 * IN_MEMORY + 777)

static off_t file_size(int fd)
{
	struct stat st;

	assert_int_equal(fstat(fd, &st), 0);
	return st.st_size;
}

static void push(struct spill *s, uint64_t number)
{
	struct page p = {.number = number};
	struct err err = ERR_INIT;

	p.filler[sizeof(p.filler) - 1] = (char)number;
	assert_ok(spill_push(s, &p, &err), &err);
}

static uint64_t get(struct spill *s, size_t i)
{
	struct err err = ERR_INIT;
	struct page p;

	assert_ok(spill_get(s, i, &p, &err), &err);
	assert_int_equal(p.filler[sizeof(p.filler) - 1], (char)p.number);
	return p.number;
}

static void check_all(struct spill *s)
{
	for (size_t i = 0; i < COUNT; i++)
		assert_int_equal(get(s, i), i * i);
	/* A stride that has no common factor with the count meets all in another order. */
	for (size_t i = 0, at = 0; i < COUNT; i++, at = (at + 1009) % COUNT)
		assert_int_equal(get(s, at), at * at);
}

static void spill__keeps_records_in_both_places(void **state)
{
	_cleanup_close_ int fd = memfd_create("spill", MFD_CLOEXEC);
	struct spill s;

	(void)state;
	spill_init(&s, sizeof(struct page), fd);
	for (size_t i = 0; i < COUNT; i++)
		push(&s, i * i);
	assert_int_equal(s.n, COUNT);
	assert_int_equal(file_size(fd), 2 * SPILL_MEMORY);
	assert_true(s.cap <= 2 * IN_MEMORY);
	check_all(&s);
	spill_release(&s);
}

static void spill__little_stays_in_memory(void **state)
{
	_cleanup_close_ int fd = memfd_create("spill", MFD_CLOEXEC);
	struct spill s;

	(void)state;
	spill_init(&s, sizeof(struct page), fd);
	for (size_t i = 0; i < IN_MEMORY; i++)
		push(&s, i);
	assert_int_equal(file_size(fd), 0);
	assert_int_equal(get(&s, IN_MEMORY - 1), IN_MEMORY - 1);
	push(&s, 1);
	assert_int_equal(file_size(fd), SPILL_MEMORY);
	spill_release(&s);
}

static void spill__without_a_file_all_stays_in_memory(void **state)
{
	struct spill s;

	(void)state;
	spill_init(&s, sizeof(struct page), -1);
	for (size_t i = 0; i < COUNT; i++)
		push(&s, i * i);
	check_all(&s);
	spill_release(&s);
}

static void spill__records_can_be_replaced(void **state)
{
	_cleanup_close_ int fd = memfd_create("spill", MFD_CLOEXEC);
	struct page p = {.number = 4711};
	struct err err = ERR_INIT;
	struct spill s;

	(void)state;
	p.filler[sizeof(p.filler) - 1] = (char)p.number;
	spill_init(&s, sizeof(struct page), fd);
	for (size_t i = 0; i < COUNT; i++)
		push(&s, i * i);
	/* Also while its neighbours have just been read from the file. */
	assert_int_equal(get(&s, 6), 36);
	assert_ok(spill_set(&s, 5, &p, &err), &err);
	assert_ok(spill_set(&s, COUNT - 1, &p, &err), &err);
	assert_int_equal(get(&s, 4), 16);
	assert_int_equal(get(&s, 5), 4711);
	assert_int_equal(get(&s, 6), 36);
	assert_int_equal(get(&s, COUNT - 1), 4711);
	spill_release(&s);
}

static void spill__says_when_the_file_is_full(void **state)
{
	_cleanup_close_ int fd = memfd_create("spill", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	const struct page p = {0};
	struct err err = ERR_INIT;
	struct spill s;
	int r = 0;

	(void)state;
	assert_int_equal(fcntl(fd, F_ADD_SEALS, F_SEAL_GROW), 0);
	spill_init(&s, sizeof(struct page), fd);
	for (size_t i = 0; i <= IN_MEMORY && r == 0; i++)
		r = spill_push(&s, &p, &err);
	assert_int_equal(r, -EPERM);
	assert_non_null(strstr(err.msg, "temporary file"));
	spill_release(&s);
}

static void spill__file_has_no_name(void **state)
{
	char dir[] = "/tmp/stagefs-spill-XXXXXX";
	int fd;

	(void)state;
	assert_non_null(mkdtemp(dir));
	fd = spill_file(dir);
	assert_true(fd >= 0);
	assert_int_equal(rmdir(dir), 0);
	assert_int_equal(pwrite(fd, "x", 1, 0), 1);
	close(fd);
	assert_int_equal(spill_file(dir), -ENOENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(spill__keeps_records_in_both_places),
	    cmocka_unit_test(spill__little_stays_in_memory),
	    cmocka_unit_test(spill__without_a_file_all_stays_in_memory),
	    cmocka_unit_test(spill__records_can_be_replaced),
	    cmocka_unit_test(spill__says_when_the_file_is_full),
	    cmocka_unit_test(spill__file_has_no_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
