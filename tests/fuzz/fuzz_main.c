/* SPDX-License-Identifier: MIT */
/*
 * Replays a corpus: fuzz_main DIRECTORY calls the target with every file in it and prints TAP.
 * Each input is also given cut short and with one byte changed at a time at a few places, so
 * that a handful of seeds reach the refusals, too.
 */
#include "fuzz.h"

#include "util/buf.h"

#include <dirent.h>
#include <fcntl.h>

#define CHANGES 64

static int read_all(int dir, const char *name, struct buf *ret)
{
	_cleanup_close_ int fd = openat(dir, name, O_RDONLY | O_CLOEXEC);
	ssize_t n;

	if (fd < 0)
		return -errno;
	do {
		if (buf_reserve(ret, 65536) < 0)
			return -ENOMEM;
		n = read(fd, ret->ptr + ret->len, 65536);
		if (n > 0)
			ret->len += (size_t)n;
	} while (n > 0);
	return n < 0 ? -errno : 0;
}

/* In memory of its exact size, so that a sanitizer sees every read behind the end. */
static void give(const char *p, size_t n)
{
	uint8_t *exact = malloc(n);

	fuzz_check(exact || n == 0);
	if (n)
		memcpy(exact, p, n);
	LLVMFuzzerTestOneInput(exact, n);
	free(exact);
}

static void give_variants(struct buf *b)
{
	give(b->ptr, b->len);
	for (size_t i = 0; i < CHANGES && b->len; i++) {
		size_t at = b->len * i / CHANGES;
		char was = b->ptr[at];

		give(b->ptr, at);
		b->ptr[at] = (char)(was ^ (1 << (i & 7)));
		give(b->ptr, b->len);
		b->ptr[at] = was;
	}
}

static int no_dots(const struct dirent *d)
{
	return d->d_name[0] != '.';
}

int main(int argc, char **argv)
{
	_cleanup_close_ int dir = -1;
	struct dirent **files;
	int n;

	if (argc != 2)
		return 2;
	dir = open(argv[1], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	n = scandir(argv[1], &files, no_dots, alphasort);
	if (dir < 0 || n <= 0) {
		printf("Bail out! %s: no corpus\n", argv[1]);
		return 1;
	}
	printf("1..%d\n", n);
	for (int i = 0; i < n; i++) {
		_cleanup_(buf_release) struct buf b = BUF_INIT;
		int r = read_all(dir, files[i]->d_name, &b);

		if (r == 0)
			give_variants(&b);
		printf("%sok %d - %s\n", r < 0 ? "not " : "", i + 1, files[i]->d_name);
		fflush(stdout);
		free(files[i]);
	}
	free(files);
	return 0;
}
