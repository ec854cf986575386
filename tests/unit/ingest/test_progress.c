/* SPDX-License-Identifier: MIT */
#include "test.h"

#include "ingest/message.h"
#include "ingest/progress.h"

#include <sys/mman.h>

static void progress__tells_the_sum_and_at_most_ten_times_a_second(void **state)
{
	_cleanup_close_ int fd = memfd_create("progress", MFD_CLOEXEC);
	_cleanup_(wire_out_release) struct wire_out out = {.fd = fd};
	_cleanup_(wire_in_release) struct wire_in in = {.fd = fd, .max_frame = 100};
	struct progress p = {.out = &out, .layer = 1};
	struct msg_progress m;
	struct err err = ERR_INIT;
	struct wire_cursor c;
	enum wire_type type;

	(void)state;
	progress_next(&p, 1000);
	assert_ok(progress_tick(&p, 5, &err), &err);
	/* As if another tick had just been. */
	clock_gettime(CLOCK_MONOTONIC, &p.last);
	assert_ok(progress_tick(&p, 6, &err), &err);
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	assert_int_equal(wire_receive(&in, &type, &c, &err), 1);
	assert_int_equal(type, WIRE_PROGRESS);
	assert_ok(msg_get_progress(&c, &m, &err), &err);
	assert_int_equal(m.layer, 2);
	assert_int_equal(m.bytes, 1005);
	assert_int_equal(wire_receive(&in, &type, &c, &err), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(progress__tells_the_sum_and_at_most_ten_times_a_second),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
