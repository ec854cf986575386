/* SPDX-License-Identifier: MIT */
#include "record.h"
#include "tar/write.h"
#include "test.h"

#include <sys/mman.h>

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
	record_release(&rec);
	return 0;
}

static struct tar_writer *open_writer(int *ret_fd)
{
	struct tar_writer *w = NULL;
	struct err err = ERR_INIT;

	*ret_fd = memfd_create("tar", MFD_CLOEXEC);
	assert_true(*ret_fd >= 0);
	assert_ok(tar_writer_open(*ret_fd, &w, &err), &err);
	return w;
}

static void put(struct tar_writer *w, const struct tar_entry *e, const char *data)
{
	struct err err = ERR_INIT;

	assert_ok(tar_writer_entry(w, e, &err), &err);
	for (; *data; data++)
		assert_ok(tar_writer_data(w, data, 1, &err), &err);
}

/* Closes the writer and walks over what it wrote. */
static void read_back(struct tar_writer *w, int fd)
{
	struct err err = ERR_INIT;
	char text[65536];
	ssize_t n;

	assert_ok(tar_writer_close(w, &err), &err);
	n = pread(fd, text, sizeof(text), 0);
	assert_true(n > 0 && n % 512 == 0);
	assert_ok(record_walk(&rec, bytes_make(text, (size_t)n), &err), &err);
	assert_true((size_t)n >= rec.totals.bytes);
}

static void write__reads_back(void **state)
{
	static const struct tar_xattr xattrs[] = {{{"user.a", 6}, {"\0v", 2}}};
	_cleanup_close_ int fd = -1;
	_cleanup_(tar_writer_freep) struct tar_writer *w = open_writer(&fd);

	(void)state;
	put(w, &(struct tar_entry){.type = TAR_DIR, .path = BYTES("d"), .mode = 0750}, "");
	put(w,
	    &(struct tar_entry){.path = BYTES("caf\xe9"),
				.mode = 04755,
				.uid = 3000000000,
				.size = 5,
				.xattrs = xattrs,
				.n_xattrs = 1},
	    "hello");
	put(w,
	    &(struct tar_entry){.type = TAR_HARDLINK,
				.path = BYTES("h"),
				.link = BYTES("caf\xe9"),
				.mode = 0644},
	    "");
	put(w,
	    &(struct tar_entry){
		.type = TAR_CHAR, .path = BYTES("c"), .rdev_major = 5000000, .rdev_minor = 3},
	    "");
	put(w,
	    &(struct tar_entry){
		.type = TAR_SYMLINK, .path = BYTES("s"), .link = BYTES("\xff/t"), .mode = 0777},
	    "");
	put(w, &(struct tar_entry){.type = TAR_FIFO, .path = BYTES("p")}, "");
	read_back(w, fd);
	assert_string_equal(buf_str(&rec.text), "dir d/ 0750 0:0 0\n"
						"file caf\\xe9 4755 3000000000:0 5 hello\n"
						"link h -> caf\\xe9 0644 0:0 0\n"
						"char c 0000 0:0 5000000,3 0\n"
						"symlink s -> \\xff/t 0777 0:0 0\n"
						"fifo p 0000 0:0 0\n");
	assert_int_equal(rec.n_xattrs, 1);
	assert_bytes_equal_str(rec.xattrs[0].name, "user.a");
	assert_int_equal(rec.xattrs[0].value.len, 2);
	assert_memory_equal(rec.xattrs[0].value.ptr, "\0v", 2);
}

static void write__times(void **state)
{
	_cleanup_close_ int fd = -1;
	_cleanup_(tar_writer_freep) struct tar_writer *w = open_writer(&fd);

	(void)state;
	put(w,
	    &(struct tar_entry){
		.path = BYTES("t"), .mtime = 1600000000, .mtime_nsec = 500000000},
	    "");
	read_back(w, fd);
	assert_int_equal(rec.last.mtime, 1600000000);
}

static void write__long_names(void **state)
{
	_cleanup_close_ int fd = -1;
	_cleanup_(tar_writer_freep) struct tar_writer *w = open_writer(&fd);
	char name[3000], link[3000];

	(void)state;
	memset(name, 'n', sizeof(name));
	memset(link, 'l', sizeof(link));
	put(w,
	    &(struct tar_entry){.type = TAR_SYMLINK,
				.path = bytes_make(name, sizeof(name)),
				.link = bytes_make(link, sizeof(link))},
	    "");
	read_back(w, fd);
	assert_int_equal(rec.last.path.len, sizeof(name));
	assert_int_equal(rec.last.link.len, sizeof(link));
}

static void write__data_must_be_exactly_the_size(void **state)
{
	_cleanup_close_ int fd = -1;
	_cleanup_(tar_writer_freep) struct tar_writer *w = open_writer(&fd);
	struct tar_entry e = {.path = BYTES("f"), .size = 3};
	struct err err = ERR_INIT;

	(void)state;
	put(w, &e, "ab");
	assert_int_equal(tar_writer_entry(w, &e, &err), -EINVAL);
	assert_int_equal(tar_writer_close(w, &err), -EINVAL);
	assert_int_equal(tar_writer_data(w, "cd", 2, &err), -EINVAL);
	assert_ok(tar_writer_data(w, "c", 1, &err), &err);
	read_back(w, fd);
	assert_string_equal(buf_str(&rec.text), "file f 0000 0:0 3 abc\n");
}

static void write__says_when_it_cannot(void **state)
{
	_cleanup_(tar_writer_freep) struct tar_writer *w = NULL;
	struct err err = ERR_INIT;
	int r;

	(void)state;
	r = tar_writer_open(1000000, &w, &err);
	if (r == 0)
		r = tar_writer_close(w, &err);
	assert_true(r < 0);
	assert_true(err.msg[0]);
}

/* GNU tar prints a line for every member with an extended header that it does not know. */
static void write__plain_members_have_no_extended_header(void **state)
{
	_cleanup_close_ int fd = -1;
	_cleanup_(tar_writer_freep) struct tar_writer *w = open_writer(&fd);
	char header[512] = {0}, end[512];
	struct err err = ERR_INIT;

	(void)state;
	put(w, &(struct tar_entry){.path = BYTES("etc/passwd"), .mode = 0644}, "");
	assert_ok(tar_writer_close(w, &err), &err);
	assert_int_equal(pread(fd, header, sizeof(header), 0), sizeof(header));
	assert_string_equal(header, "etc/passwd");
	assert_int_equal(header[156], '0');
	assert_int_equal(pread(fd, end, sizeof(end), sizeof(header)), sizeof(end));
	assert_int_equal(end[0], 0);
}

#define T(f) cmocka_unit_test_setup_teardown(f, begin, clear)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    T(write__reads_back),          T(write__times),
	    T(write__long_names),          T(write__data_must_be_exactly_the_size),
	    T(write__says_when_it_cannot), T(write__plain_members_have_no_extended_header),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
