/* SPDX-License-Identifier: MIT */
/* The verdicts, rule by rule, as a visitor of tar_walk() sees them. */
#include "verdict.h"

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
	assert_ok(verdict_walk(&err), &err);
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
		assert_int_equal(verdict_walk(&err), -EBADMSG);
		tar_pax_raw(&tar, 'g', bytes_from_str(damaged[i]));
		assert_int_equal(verdict_walk(&err), -EBADMSG);
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

#define T(f) cmocka_unit_test_setup_teardown(f, verdict_begin, verdict_clear)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    T(check__types),
	    T(check__unknown_types_are_skipped_with_their_body),
	    T(check__trailing_slash_makes_a_directory),
	    T(check__checksum),
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
	    T(check__zero_blocks),
	    T(check__end_marker_ends),
	    T(check__where_a_stream_may_end),
	    T(check__headers_without_a_member),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
