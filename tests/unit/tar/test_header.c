/* SPDX-License-Identifier: MIT */
#include "tar/header.h"
#include "tarmake.h"
#include "test.h"

#include <stdio.h>

static struct buf tar;

static int clear(void **state)
{
	(void)state;
	buf_release(&tar);
	return 0;
}

static const char *block_of(const struct tar_member *m)
{
	buf_clear(&tar);
	tar_member(&tar, m);
	return tar.ptr;
}

static void expect_path(const char *block, const char *want)
{
	_cleanup_(buf_release) struct buf join = BUF_INIT;
	struct bytes path;

	assert_int_equal(header_path(block, &join, &path), 0);
	assert_bytes_equal_str(path, want);
}

static void header__checksum(void **state)
{
	char copy[512];

	(void)state;
	memcpy(copy, block_of(&(struct tar_member){.name = "caf\xe9"}), 512);
	assert_true(header_checksum_ok(copy));
	copy[3]++;
	assert_false(header_checksum_ok(copy));
	copy[3]--;
	copy[148] = 'z';
	assert_false(header_checksum_ok(copy));
}

static void header__signed_checksum_of_old_tars(void **state)
{
	char copy[512];
	int sum = 0;

	(void)state;
	memcpy(copy, block_of(&(struct tar_member){.name = "caf\xe9"}), 512);
	memset(copy + 148, ' ', 8);
	for (size_t i = 0; i < 512; i++)
		sum += (signed char)copy[i];
	snprintf(copy + 148, 8, "%06o", sum);
	assert_true(header_checksum_ok(copy));
}

static void header__zero_block(void **state)
{
	char block[512] = {0};

	(void)state;
	assert_true(header_is_zero(block));
	block[511] = 1;
	assert_false(header_is_zero(block));
}

static void header__prefix_by_format(void **state)
{
	const char *prefix = "dir";

	(void)state;
	expect_path(block_of(&(struct tar_member){.name = "f", .prefix = prefix}), "dir/f");
	expect_path(block_of(&(struct tar_member){
			.name = "f", .prefix = prefix, .magic = TAR_MAGIC_V7}),
		    "f");
	/* no number where GNU has its atime: Go before 1.8 */
	expect_path(block_of(&(struct tar_member){
			.name = "f", .prefix = prefix, .magic = TAR_MAGIC_GNU}),
		    "dir/f");
	expect_path(block_of(&(struct tar_member){
			.name = "f", .prefix = "13727410000", .magic = TAR_MAGIC_GNU}),
		    "f");
}

static void header__full_name_field_has_no_nul(void **state)
{
	char name[101] = {0};

	(void)state;
	memset(name, 'n', 100);
	expect_path(block_of(&(struct tar_member){.name = name}), name);
}

static void header__types(void **state)
{
	static const struct {
		char flag;
		enum tar_type want;
	} rows[] = {
	    {'0', TAR_FILE},    {TAR_TYPE_NUL, TAR_FILE}, {'1', TAR_HARDLINK},
	    {'2', TAR_SYMLINK}, {'3', TAR_CHAR},          {'4', TAR_BLOCK},
	    {'5', TAR_DIR},     {'6', TAR_FIFO},          {'7', TAR_FILE},
	};
	enum tar_type type;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		assert_true(header_type(
		    block_of(&(struct tar_member){.name = "f", .type = rows[i].flag}), &type));
		assert_int_equal(type, rows[i].want);
	}
	for (const char *p = "DVMNSXZA8\x80"; *p; p++)
		assert_false(header_type(
		    block_of(&(struct tar_member){.name = "f", .type = *p}), &type));
	assert_true(header_type(
	    block_of(&(struct tar_member){.name = "f", .type = 'S', .magic = TAR_MAGIC_GNU}),
	    &type));
}

static void header__padding(void **state)
{
	(void)state;
	assert_int_equal(header_padding(0), 0);
	assert_int_equal(header_padding(1), 511);
	assert_int_equal(header_padding(512), 0);
	assert_int_equal(header_padding(513), 511);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(header__checksum),
	    cmocka_unit_test(header__signed_checksum_of_old_tars),
	    cmocka_unit_test(header__zero_block),
	    cmocka_unit_test(header__prefix_by_format),
	    cmocka_unit_test(header__full_name_field_has_no_nul),
	    cmocka_unit_test(header__types),
	    cmocka_unit_test(header__padding),
	};

	return cmocka_run_group_tests(tests, NULL, clear);
}
