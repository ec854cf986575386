/* SPDX-License-Identifier: MIT */
/* The verdicts, rule by rule, as a visitor of tar_walk() sees them. */
#include "record.h"
#include "tarmake.h"
#include "test.h"

static struct buf tar;
static struct record rec;

static int begin(void **state)
{
	(void)state;
	record_init(&rec);
	return 0;
}

static int clear(void **state)
{
	(void)state;
	buf_release(&tar);
	record_release(&rec);
	return 0;
}

/* What was built, between two good files. */
static int walk(struct err *err)
{
	_cleanup_(buf_release) struct buf all = BUF_INIT;

	tar_file(&all, "before", BYTES("1"));
	buf_add_bytes(&all, buf_bytes(&tar));
	tar_file(&all, "after", BYTES("2"));
	tar_end(&all);
	buf_clear(&tar);
	return record_walk(&rec, buf_bytes(&all), err);
}

static void shows(const char *want)
{
	_cleanup_(buf_release) struct buf all = BUF_INIT;
	struct err err = ERR_INIT;

	assert_ok(walk(&err), &err);
	buf_addf(&all, "file before 0644 0:0 1 1\n%sfile after 0644 0:0 1 2\n", want);
	assert_string_equal(buf_str(&rec.text), buf_str(&all));
}

static void refuses(const char *message)
{
	struct err err = ERR_INIT;

	assert_int_equal(walk(&err), -EBADMSG);
	assert_string_equal(err.msg, message);
}

static void pax(const char *key, struct bytes value)
{
	tar_pax(&tar, 'x', &(struct tar_pax){key, value}, 1);
}

static void check__types(void **state)
{
	(void)state;
	tar_dir(&tar, "d", 0755);
	tar_symlink(&tar, "s", "t");
	tar_hardlink(&tar, "h", "before");
	tar_device(&tar, "c", '3', 8, 1);
	tar_device(&tar, "b", '4', 9, 2);
	tar_fifo(&tar, "p");
	tar_member(&tar, &(struct tar_member){.name = "7", .type = '7', .data = BYTES("x")});
	shows("dir d 0755 0:0 0\n"
	      "symlink s -> t 0777 0:0 0\n"
	      "link h -> before 0644 0:0 0\n"
	      "char c 0644 0:0 8,1 0\n"
	      "block b 0644 0:0 9,2 0\n"
	      "fifo p 0644 0:0 0\n"
	      "file 7 0644 0:0 1 x\n");
}

static void check__unknown_types_are_skipped_with_their_body(void **state)
{
	(void)state;
	for (const char *p = "DVMNSXZA\x80"; *p; p++) {
		tar_member(
		    &tar, &(struct tar_member){.name = "t", .type = *p, .data = BYTES("body")});
		shows("! type-unknown t\n");
	}
}

static void check__trailing_slash_makes_a_directory(void **state)
{
	(void)state;
	tar_member(&tar, &(struct tar_member){.name = "d/", .magic = TAR_MAGIC_V7});
	shows("dir d/ 0644 0:0 0\n");
	tar_file(&tar, "d/", BYTES("x"));
	refuses("d/: data on a member that cannot have any at offset 1024");
}

static void check__checksum(void **state)
{
	(void)state;
	tar_member(&tar, &(struct tar_member){.name = "x", .bad_checksum = true});
	refuses("tar: damaged header (checksum) at offset 1024");
}

static void check__sizes(void **state)
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

static void check__pax_size_wins(void **state)
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

static void check__wrong_pax_sizes(void **state)
{
	static const char *const wrong[] = {"-5", "0x10", "18446744073709551620"};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		pax("size", bytes_from_str(wrong[i]));
		tar_file(&tar, "f", BYTES("1234"));
		refuses("f: pax size is no valid size at offset 1024");
	}
}

static void check__pax_size_is_not_for_long_name_headers(void **state)
{
	(void)state;
	pax("size", BYTES("4"));
	tar_gnu_long(&tar, 'L', BYTES("longname"));
	tar_file(&tar, "f", BYTES("1234"));
	shows("file longname 0644 0:0 4 1234\n");
}

static void check__no_body_where_none_can_be(void **state)
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

static void check__values_that_are_no_numbers(void **state)
{
	(void)state;
	tar_member(&tar, &(struct tar_member){
			     .name = "m", .raw_mode = "99zz\0\0\0", .data = BYTES("x")});
	shows("! mode-invalid m\n");
	tar_member(&tar, &(struct tar_member){.name = "u", .raw_uid = "zzzzzzz"});
	shows("! id-invalid u (uid)\n");
	tar_member(&tar, &(struct tar_member){.name = "t", .raw_mtime = "zzzzzzzzzzz"});
	shows("! mtime-invalid t\n");
	pax("uid", BYTES("abc"));
	tar_file(&tar, "u", BYTES("x"));
	shows("! id-invalid u (uid)\n");
	pax("gid", BYTES("0x1"));
	tar_file(&tar, "u", BYTES("x"));
	shows("! id-invalid u (gid)\n");
	pax("mtime", BYTES("nan"));
	tar_file(&tar, "t", BYTES("x"));
	shows("! mtime-invalid t\n");
	pax("mtime", BYTES("1e308"));
	tar_file(&tar, "t", BYTES("x"));
	shows("! mtime-invalid t\n");
}

static void check__ranges_of_owners(void **state)
{
	(void)state;
	tar_member(&tar, &(struct tar_member){.name = "u", .uid = -1, .gid = INT64_C(1) << 40});
	shows("! id-range u (uid)\n! id-range u (gid)\nfile u 0644 65534:65534 0\n");
	tar_member(&tar, &(struct tar_member){.name = "u", .uid = UINT32_MAX, .gid = 70000});
	shows("file u 0644 4294967295:70000 0\n");
	pax("uid", BYTES("4294967296"));
	tar_file(&tar, "u", BYTES(""));
	shows("! id-range u (uid)\nfile u 0644 65534:0 0\n");
}

static void check__mode_is_masked(void **state)
{
	(void)state;
	tar_member(&tar, &(struct tar_member){.name = "m", .mode = 0177777});
	shows("! mode-wide m\nfile m 7777 0:0 0\n");
	tar_member(&tar, &(struct tar_member){.name = "old-docker", .mode = 0100644});
	shows("file old-docker 0644 0:0 0\n");
}

static void check__mtime(void **state)
{
	struct err err = ERR_INIT;

	(void)state;
	tar_member(&tar, &(struct tar_member){.name = "t", .mtime = INT64_C(1) << 62});
	shows("! mtime-range t\nfile t 0644 0:0 0\n");
	pax("mtime", BYTES("-1.25"));
	tar_file(&tar, "t", BYTES(""));
	assert_ok(record_walk(&rec, buf_bytes(&tar), &err), &err);
	assert_int_equal(rec.last.mtime, -2);
	assert_int_equal(rec.last.mtime_nsec, 750000000);
}

static void check__devices(void **state)
{
	(void)state;
	tar_device(&tar, "w", '3', 0, 0);
	shows("! overlay-whiteout w\nchar w 0644 0:0 0,0 0\n");
	tar_device(&tar, "d", '4', INT64_C(1) << 40, 7);
	shows("! rdev-range d (major)\nblock d 0644 0:0 0,7 0\n");
}

static void check__names(void **state)
{
	(void)state;
	tar_member(&tar, &(struct tar_member){.name = "", .data = BYTES("x")});
	shows("! name-empty \n");
	pax("path", BYTES("a\0b"));
	tar_file(&tar, "f", BYTES("x"));
	shows("! name-nul a\\x00b (path)\n");
	tar_gnu_long(&tar, 'L', BYTES("abc\0evil"));
	tar_file(&tar, "f", BYTES(""));
	shows("file abc 0644 0:0 0\n");
	pax("path", BYTES(""));
	tar_file(&tar, "f", BYTES(""));
	shows("file f 0644 0:0 0\n");
	pax("path", BYTES("pax"));
	tar_gnu_long(&tar, 'L', BYTES("gnu"));
	tar_file(&tar, "f", BYTES(""));
	shows("! pax-odd gnu (GNU long name and pax path)\nfile gnu 0644 0:0 0\n");
}

static void check__link_targets(void **state)
{
	static char target[4097];

	(void)state;
	memset(target, 'x', 4096);
	tar_symlink(&tar, "s", target);
	shows("! link-invalid s\n");
	tar_symlink(&tar, "s", "");
	tar_hardlink(&tar, "h", "");
	shows("! link-invalid s\n! link-invalid h\n");
	pax("linkpath", BYTES("a\0b"));
	tar_symlink(&tar, "s", "c");
	shows("! name-nul s (link target)\n");
	pax("linkpath", BYTES("ignored"));
	tar_file(&tar, "f", BYTES(""));
	shows("file f 0644 0:0 0\n");
}

static void check__symlink_target_of_4095_bytes(void **state)
{
	static char target[4096];
	struct err err = ERR_INIT;

	(void)state;
	memset(target, 'x', 4095);
	tar_symlink(&tar, "s", target);
	assert_ok(record_walk(&rec, buf_bytes(&tar), &err), &err);
	assert_int_equal(rec.last.type, TAR_SYMLINK);
	assert_int_equal(rec.last.link.len, 4095);
}

static void check__xattrs(void **state)
{
	struct err err = ERR_INIT;

	(void)state;
	tar_xattr(&tar, "security.capability", BYTES("\x01\0\0\x02"));
	tar_file(&tar, "c", BYTES(""));
	assert_ok(walk(&err), &err);
	assert_int_equal(rec.n_xattrs, 1);
	assert_bytes_equal_str(rec.xattrs[0].name, "security.capability");
	assert_int_equal(rec.xattrs[0].value.len, 4);

	tar_xattr(&tar, "trusted.overlay.opaque", BYTES("y"));
	tar_dir(&tar, "o", 0755);
	shows("! overlay-xattr o\ndir o 0755 0:0 0\n");
	tar_xattr(&tar, "", BYTES("y"));
	tar_file(&tar, "c", BYTES(""));
	shows("! xattr-invalid c\nfile c 0644 0:0 0\n");
}

static void check__damaged_pax_structure(void **state)
{
	static const char *const damaged[] = {"99 path=x\n", "0 path=x\n", "9 path=xx",
					      "9 pathxx\n"};
	struct err err = ERR_INIT;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(damaged); i++) {
		tar_pax_raw(&tar, 'x', bytes_from_str(damaged[i]));
		tar_file(&tar, "f", BYTES("1"));
		assert_int_equal(walk(&err), -EBADMSG);
		tar_pax_raw(&tar, 'g', bytes_from_str(damaged[i]));
		assert_int_equal(walk(&err), -EBADMSG);
	}
}

static void check__global_headers_change_nothing(void **state)
{
	(void)state;
	tar_pax(&tar, 'g', &(struct tar_pax){"path", BYTES("all-the-same")}, 1);
	tar_file(&tar, "f", BYTES("1"));
	shows("! pax-global \nfile f 0644 0:0 1 1\n");
	tar_pax(&tar, 'g', &(struct tar_pax){"size", BYTES("0")}, 1);
	tar_file(&tar, "f", BYTES("1"));
	shows("! pax-global \nfile f 0644 0:0 1 1\n");
	tar_pax(&tar, 'g', &(struct tar_pax){"comment", BYTES("a commit")}, 1);
	tar_file(&tar, "f", BYTES("1"));
	shows("file f 0644 0:0 1 1\n");
}

static void check__chain_of_headers(void **state)
{
	(void)state;
	for (int i = 0; i < 16; i++)
		pax("path", BYTES("x"));
	tar_file(&tar, "f", BYTES(""));
	shows("! pax-odd x (several extended headers of one kind)\nfile x 0644 0:0 0\n");
	for (int i = 0; i < 17; i++)
		pax("path", BYTES("x"));
	refuses("tar: more than 16 extended headers for one member at offset 1024");
}

static void check__claimed_headers_are_not_believed(void **state)
{
	static const char types[] = "xgLK";

	(void)state;
	for (const char *p = types; *p; p++) {
		tar_member(&tar, &(struct tar_member){.name = "claim",
						      .type = *p,
						      .size_set = true,
						      .size = INT64_C(4) << 30});
		refuses("tar: extended header over limit ext-header at offset 1024");
	}
}

static void check__limits(void **state)
{
	(void)state;
	rec.limits.path_bytes = 6;
	tar_file(&tar, "seven77", BYTES(""));
	refuses("seven77: path over limit path-bytes at offset 1024");
	rec.limits.entries = 2;
	tar_file(&tar, "f", BYTES(""));
	refuses("after: layer over limit entries at offset 1536");
}

static void check__old_gnu_sparse(void **state)
{
	static const struct tar_hole_map map[] = {{2, 3}, {1000, 3}};

	(void)state;
	tar_gnu_sparse(&tar, "s", map, 2, 2000, BYTES("abcdef"));
	shows("file s 0644 0:0 2000 @2:abc@1000:def\n");
	tar_gnu_sparse(&tar, "hole", (struct tar_hole_map[]){{50, 0}}, 1, 50, BYTES(""));
	shows("file hole 0644 0:0 50 \n");
}

static void check__sparse_extension_blocks(void **state)
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
	memcpy(block, "00000000143\0" "00000000001", 24); /* 99 */
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

static void check__wrong_sparse_maps(void **state)
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

static void check__pax_sparse_1_0(void **state)
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

static void check__pax_sparse_0(void **state)
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

static void check__zero_blocks(void **state)
{
	(void)state;
	tar_zero_blocks(&tar, 1);
	tar_file(&tar, "f", BYTES(""));
	shows("! zero-block \nfile f 0644 0:0 0\n");
}

static void check__end_marker_ends(void **state)
{
	struct err err = ERR_INIT;

	(void)state;
	tar_file(&tar, "f", BYTES("1"));
	tar_end(&tar);
	tar_file(&tar, "SECOND", BYTES("1"));
	assert_ok(record_walk(&rec, buf_bytes(&tar), &err), &err);
	assert_string_equal(buf_str(&rec.text), "file f 0644 0:0 1 1\n");
	assert_int_equal(rec.totals.bytes, 2048);
}

static void ends_with(size_t cut, int want)
{
	struct err err = ERR_INIT;

	buf_clear(&tar);
	tar_file(&tar, "f", BYTES("12345"));
	tar_end(&tar);
	assert_int_equal(record_walk(&rec, bytes_make(tar.ptr, cut), &err), want);
}

static void check__where_a_stream_may_end(void **state)
{
	(void)state;
	ends_with(1, -EBADMSG);
	ends_with(511, -EBADMSG);
	ends_with(512 + 4, -EBADMSG);
	ends_with(512 + 5, 0); /* only padding is missing */
	ends_with(1024, 0);    /* no end marker */
	ends_with(1024 + 1, -EBADMSG);
	ends_with(1024 + 512, 0); /* half of one */
	ends_with(2048, 0);
}

static void check__headers_without_a_member(void **state)
{
	struct err err = ERR_INIT;

	(void)state;
	pax("path", BYTES("zzz"));
	assert_int_equal(record_walk(&rec, buf_bytes(&tar), &err), -EBADMSG);
	assert_string_equal(err.msg, "tar: extended header without a member at offset 0");
	tar_end(&tar);
	assert_int_equal(record_walk(&rec, buf_bytes(&tar), &err), -EBADMSG);
}

#define T(f) cmocka_unit_test_setup_teardown(f, begin, clear)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    T(check__types),
	    T(check__unknown_types_are_skipped_with_their_body),
	    T(check__trailing_slash_makes_a_directory),
	    T(check__checksum),
	    T(check__sizes),
	    T(check__pax_size_wins),
	    T(check__wrong_pax_sizes),
	    T(check__pax_size_is_not_for_long_name_headers),
	    T(check__no_body_where_none_can_be),
	    T(check__values_that_are_no_numbers),
	    T(check__ranges_of_owners),
	    T(check__mode_is_masked),
	    T(check__mtime),
	    T(check__devices),
	    T(check__names),
	    T(check__link_targets),
	    T(check__symlink_target_of_4095_bytes),
	    T(check__xattrs),
	    T(check__damaged_pax_structure),
	    T(check__global_headers_change_nothing),
	    T(check__chain_of_headers),
	    T(check__claimed_headers_are_not_believed),
	    T(check__limits),
	    T(check__old_gnu_sparse),
	    T(check__sparse_extension_blocks),
	    T(check__wrong_sparse_maps),
	    T(check__pax_sparse_1_0),
	    T(check__pax_sparse_0),
	    T(check__zero_blocks),
	    T(check__end_marker_ends),
	    T(check__where_a_stream_may_end),
	    T(check__headers_without_a_member),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
