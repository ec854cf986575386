/* SPDX-License-Identifier: MIT */
#include "fs/ready.h"

#include <fcntl.h>
#include <string.h>

/* Below PIPE_BUF: written and read whole. */
struct message {
	int result;
	char text[1024];
};

int ready_init(struct ready *r, struct err *err)
{
	int fds[2];

	if (pipe2(fds, O_CLOEXEC) < 0)
		return err_sys(err, errno, "pipe");
	r->read = fds[0];
	r->write = fds[1];
	return 0;
}

void ready_release(struct ready *r)
{
	closep(&r->read);
	closep(&r->write);
	*r = READY_INIT;
}

int ready_wait(struct ready *r, struct err *err)
{
	struct message m = {0};
	ssize_t n;

	close(steal_fd(&r->write));
	do {
		n = read(r->read, &m, sizeof(m));
	} while (n < 0 && errno == EINTR);
	if (n != sizeof(m))
		return err_set(err, EIO, "the background process ended before it was ready");
	m.text[sizeof(m.text) - 1] = 0;
	return m.result < 0 ? err_set(err, -m.result, "%s", m.text) : 0;
}

void ready_tell(struct ready *r, int result, const struct err *err)
{
	struct message m = {.result = result};

	if (r->write < 0)
		return;
	if (result < 0)
		memcpy(m.text, err->msg, MIN(sizeof(m.text), sizeof(err->msg)));
	while (write(r->write, &m, sizeof(m)) < 0 && errno == EINTR)
		;
	close(steal_fd(&r->write));
}
