/* SPDX-License-Identifier: MIT */
/* Sizes and sparse maps, as a visitor of tar_walk() sees the verdict. */
#include "verdict.h"

static void body__sizes(void **state)
{
	(void)state;
	tar_member(&tar, &(struct tar_member){.name = "n", .size_set = true, .size = -1});
	refuses("tar: negative size at offset 1024");
	tar_member(&tar, &(struct tar_member){.name = "n", .raw_size = "zzzzzzzzzzz"});
	refuses("tar: size is no number at offset 1024");
	tar_member(&tar, &(struct tar_member){
			     .name = "n",
			     .raw_size = "\x80\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"});
	refuses("tar: size beyond 63 bits at offset 1024");
	tar_member(&tar,
		   &(struct tar_member){.name = "n", .size_set = true, .size = INT64_MAX});
	refuses("n: size over limit layer-bytes at offset 1024");
	tar_member(&tar, &(struct tar_member){.name = "n", .size_set = true, .size = 1 << 30});
	refuses("n: data is cut off at offset 1024");
}

static void body__pax_size_wins(void **state)
{
	(void)state;
	pax("size", BYTES("3"));
	tar_member(&tar,
		   &(struct tar_member){.name = "f", .data = BYTES("abc"), .size_set = true});
	shows("! size-conflict f\nfile f 0644 0:0 3 abc\n");
	pax("size", BYTES("3"));
	tar_file(&tar, "f", BYTES("abc"));
	shows("file f 0644 0:0 3 abc\n");
}

static void body__wrong_pax_sizes(void **state)
{
	static const char *const wrong[] = {"-5", "0x10", "18446744073709551620"};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		pax("size", bytes_from_str(wrong[i]));
		tar_file(&tar, "f", BYTES("1234"));
		refuses("f: pax size is no valid size at offset 1024");
	}
}

static void body__pax_size_is_not_for_long_name_headers(void **state)
{
	(void)state;
	pax("size", BYTES("4"));
	tar_gnu_long(&tar, 'L', BYTES("longname"));
	tar_file(&tar, "f", BYTES("1234"));
	shows("file longname 0644 0:0 4 1234\n");
}

static void body__no_body_where_none_can_be(void **state)
{
	static const char types[] = "123456";

	(void)state;
	for (const char *p = types; *p; p++) {
		tar_member(&tar, &(struct tar_member){.name = "x",
						      .type = *p,
						      .link = "before",
						      .data = BYTES("body")});
		refuses("x: data on a member that cannot have any at offset 1024");
	}
}

static void body__old_gnu_sparse(void **state)
{
	static const struct tar_hole_map map[] = {{2, 3}, {1000, 3}};

	(void)state;
	tar_gnu_sparse(&tar, "s", map, 2, 2000, BYTES("abcdef"));
	shows("file s 0644 0:0 2000 @2:abc@1000:def\n");
	tar_gnu_sparse(&tar, "hole", (struct tar_hole_map[]){{50, 0}}, 1, 50, BYTES(""));
	shows("file hole 0644 0:0 50 \n");
}

static void body__sparse_extension_blocks(void **state)
{
	struct tar_hole_map map[4];
	char block[512] = {0};
	char *header;
	unsigned sum = 0;

	(void)state;
	for (int i = 0; i < 4; i++)
		map[i] = (struct tar_hole_map){i * 10, 1};
	tar_gnu_sparse(&tar, "s", map, 4, 100, BYTES("abcde"));
	header = tar.ptr;
	header[482] = 1;
	memset(header + 148, ' ', 8);
	for (size_t i = 0; i < 512; i++)
		sum += (unsigned char)header[i];
	memcpy(header + 148,
	       (char[]){'0', '0' + (sum >> 12 & 7), '0' + (sum >> 9 & 7), '0' + (sum >> 6 & 7),
			'0' + (sum >> 3 & 7), '0' + (sum & 7), 0},
	       7);
	memcpy(block,
	       "00000000143\0"
	       "00000000001",
	       24); /* 99 */
	{
		_cleanup_(buf_release) struct buf with = BUF_INIT;

		buf_add(&with, tar.ptr, 512);
		buf_add(&with, block, 512);
		buf_add(&with, tar.ptr + 512, tar.len - 512);
		buf_clear(&tar);
		buf_add_bytes(&tar, buf_bytes(&with));
	}
	shows("file s 0644 0:0 100 @0:a@10:b@20:c@30:d@99:e\n");
}

static void body__wrong_sparse_maps(void **state)
{
	static const struct {
		struct tar_hole_map map[2];
		size_t n;
		const char *message;
	} rows[] = {
	    {{{0, 3}, {1, 3}},
	     2,
	     "s: sparse map that overlaps or runs backwards at offset 1024"},
	    {{{5, 3}, {0, 3}},
	     2,
	     "s: sparse map that overlaps or runs backwards at offset 1024"},
	    {{{100, 6}}, 1, "s: sparse map past the end of the file at offset 1024"},
	    {{{0, 2}},
	     1,
	     "s: sparse map that does not add up to the stored data at offset 1024"},
	    {{{-5, 6}}, 1, "s: sparse map with a number out of range at offset 1024"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		tar_gnu_sparse(&tar, "s", rows[i].map, rows[i].n, 10, BYTES("abcdef"));
		refuses(rows[i].message);
	}
}

static void pax_sparse(const struct tar_pax *recs, size_t n, struct bytes body)
{
	tar_pax(&tar, 'x', recs, n);
	tar_file(&tar, "GNUSparseFile.0/s", body);
}

static void body__pax_sparse_1_0(void **state)
{
	static const struct tar_pax recs[] = {
	    {"GNU.sparse.major", {"1", 1}},
	    {"GNU.sparse.minor", {"0", 1}},
	    {"GNU.sparse.name", {"s", 1}},
	    {"GNU.sparse.realsize", {"10", 2}},
	};
	char body[512 + 6] = "2\n0\n3\n7\n3\n";

	(void)state;
	memcpy(body + 512, "abcdef", 6);
	pax_sparse(recs, 4, bytes_make(body, sizeof(body)));
	shows("file s 0644 0:0 10 @0:abc@7:def\n");

	memcpy(body, "99999999999\n", 12);
	pax_sparse(recs, 4, bytes_make(body, sizeof(body)));
	refuses("s: sparse map over limit sparse-regions at offset 1024");
	memset(body, '1', 512);
	pax_sparse(recs, 4, bytes_make(body, sizeof(body)));
	refuses("s: sparse map with a value that is no number at offset 1024");
	pax_sparse(recs, 4, BYTES("2\n0\n3\n"));
	refuses("s: sparse map is cut off at offset 1024");
}

static void body__pax_sparse_0(void **state)
{
	static const struct tar_pax v01[] = {
	    {"GNU.sparse.size", {"10", 2}},
	    {"GNU.sparse.numblocks", {"2", 1}},
	    {"GNU.sparse.name", {"s", 1}},
	    {"GNU.sparse.map", {"0,3,7,3", 7}},
	};
	static const struct tar_pax v00[] = {
	    {"GNU.sparse.size", {"10", 2}},  {"GNU.sparse.numblocks", {"2", 1}},
	    {"GNU.sparse.offset", {"0", 1}}, {"GNU.sparse.numbytes", {"3", 1}},
	    {"GNU.sparse.offset", {"7", 1}}, {"GNU.sparse.numbytes", {"3", 1}},
	};

	(void)state;
	pax_sparse(v01, 4, BYTES("abcdef"));
	shows("file s 0644 0:0 10 @0:abc@7:def\n");
	pax_sparse(v00, 6, BYTES("abcdef"));
	shows("file GNUSparseFile.0/s 0644 0:0 10 @0:abc@7:def\n");
	pax_sparse(v00, 4, BYTES("abc"));
	refuses("GNUSparseFile.0/s: sparse map with another number of regions at offset 1024");
}

#define T(f) cmocka_unit_test_setup_teardown(f, verdict_begin, verdict_clear)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    T(body__sizes),
	    T(body__pax_size_wins),
	    T(body__wrong_pax_sizes),
	    T(body__pax_size_is_not_for_long_name_headers),
	    T(body__no_body_where_none_can_be),
	    T(body__old_gnu_sparse),
	    T(body__sparse_extension_blocks),
	    T(body__wrong_sparse_maps),
	    T(body__pax_sparse_1_0),
	    T(body__pax_sparse_0),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
