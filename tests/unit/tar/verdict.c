/* SPDX-License-Identifier: MIT */
#include "verdict.h"

struct buf tar;
struct record rec;

int verdict_begin(void **state)
{
	(void)state;
	record_init(&rec);
	return 0;
}

int verdict_clear(void **state)
{
	(void)state;
	buf_release(&tar);
	record_release(&rec);
	return 0;
}

/* What was built, between two good files. */
int verdict_walk(struct err *err)
{
	_cleanup_(buf_release) struct buf all = BUF_INIT;

	tar_file(&all, "before", BYTES("1"));
	buf_add_bytes(&all, buf_bytes(&tar));
	tar_file(&all, "after", BYTES("2"));
	tar_end(&all);
	buf_clear(&tar);
	return record_walk(&rec, buf_bytes(&all), err);
}

void shows(const char *want)
{
	_cleanup_(buf_release) struct buf all = BUF_INIT;
	struct err err = ERR_INIT;

	assert_ok(verdict_walk(&err), &err);
	buf_addf(&all, "file before 0644 0:0 1 1\n%sfile after 0644 0:0 1 2\n", want);
	assert_string_equal(buf_str(&rec.text), buf_str(&all));
}

void refuses(const char *message)
{
	struct err err = ERR_INIT;

	assert_int_equal(verdict_walk(&err), -EBADMSG);
	assert_string_equal(err.msg, message);
}

void pax(const char *key, struct bytes value)
{
	tar_pax(&tar, 'x', &(struct tar_pax){key, value}, 1);
}
