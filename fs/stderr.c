/* SPDX-License-Identifier: MIT */
#include "fs/stderr.h"

#include "util/escape.h"

#include <fcntl.h>

int stderr_capture_begin(struct stderr_capture *c, struct err *err)
{
	int fds[2];

	/* Nobody reads until the end: what does not fit into the pipe is dropped. */
	if (pipe2(fds, O_CLOEXEC | O_NONBLOCK) < 0)
		return err_sys(err, errno, "pipe");
	c->saved = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
	c->pipe = fds[0];
	dup2(fds[1], STDERR_FILENO);
	close(fds[1]);
	return 0;
}

static void put_back(struct stderr_capture *c)
{
	if (c->pipe < 0)
		return;
	if (c->saved >= 0) {
		dup2(c->saved, STDERR_FILENO);
		close(c->saved);
	} else {
		close(STDERR_FILENO);
	}
	c->saved = -1;
}

static struct bytes last_line(const char *p, size_t n)
{
	size_t start;

	while (n > 0 && p[n - 1] == '\n')
		n--;
	start = n;
	while (start > 0 && p[start - 1] != '\n')
		start--;
	return bytes_make(p + start, n - start);
}

const char *stderr_capture_text(struct stderr_capture *c)
{
	char raw[4096];
	ssize_t n;

	if (c->pipe < 0)
		return c->text;
	put_back(c);
	n = read(c->pipe, raw, sizeof(raw));
	if (n > 0)
		escape_short(last_line(raw, (size_t)n), c->text, sizeof(c->text));
	close(c->pipe);
	c->pipe = -1;
	return c->text;
}

void stderr_capture_end(struct stderr_capture *c)
{
	if (c->pipe < 0)
		return;
	put_back(c);
	close(c->pipe);
	c->pipe = -1;
}
