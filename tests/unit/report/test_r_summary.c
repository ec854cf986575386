/* SPDX-License-Identifier: MIT */
#include "report_fixture.h"

static void has(const struct buf *t, const char *text)
{
	if (!strstr(buf_str(t), text))
		fail_msg("no \"%s\" in:\n%s", text, buf_str(t));
}

static void r_summary__says_what_a_person_asks_first(void **state)
{
	_cleanup_(buf_release) struct buf t =
	    report_render(*state, REPORT_IMAGE, "summary", REPORT_TXT);

	has(&t, "app:1\n");
	has(&t, "linux/amd64, created 2026-01-02T03:04:05, sha256:0101");
	has(&t, "ships      1.06 kB in 4 files");
	has(&t, "stores     1.16 kB in 2 layers; efficiency 91.4 %"); /* 1,057 / 1,157 */
	has(&t, "wastes     100 B");
	has(&t, "\nThe largest waste is 100 B in /etc/a: stored by 01 ADD rootfs.tar /, "
		"overwritten\nby 02 RUN echo ");
	has(&t, "pull       unknown: the archive holds plain layers");
	has(&t, "1 finding: stagefs report 'app:1' findings");
	/* The largest layer comes first. */
	assert_true(strstr(buf_str(&t), "  01 ") < strstr(buf_str(&t), "  02 "));
}

static void r_summary__fits_a_terminal(void **state)
{
	_cleanup_(buf_release) struct buf t =
	    report_render(*state, REPORT_IMAGE, "summary", REPORT_TXT);
	size_t at = 0;

	for (size_t i = 0; i < t.len; i++) {
		at = t.ptr[i] == '\n' ? 0 : at + 1;
		assert_true(at <= 80);
	}
}

/* Platform and time come from the config, the name from the archive. */
static void r_summary__shows_hostile_words_escaped(void **state)
{
	struct report_index *x = *state;
	struct catalog_image hostile = *x->ctx.image;
	_cleanup_(buf_release) struct buf t = BUF_INIT;

	hostile.platform = (char[]){"l\t" NASTY "/amd\x1b[31m"};
	hostile.created = (char[]){"20\x1b[0m26\a"};
	hostile.name = (char[]){"it's';reboot"};
	x->ctx.image = &hostile;
	t = report_render(x, REPORT_IMAGE, "summary", REPORT_TXT);
	assert_null(strchr(buf_str(&t), '\t'));
	has(&t, "created 20\\x1b[0m26\\x07, ");
	has(&t, "\nl\\tn\\n\\t");
	has(&t, "stagefs report 'it'\\''s'\\'';reboot' findings\n");
}

/* Cut between characters, so that the text stays UTF-8. */
static void r_summary__cuts_long_instructions_whole(void **state)
{
	struct report_index *x = *state;
	_cleanup_(buf_release) struct buf t = BUF_INIT;
	const char *p;

	x->ctx.image->layers[0].instruction =
	    BYTES("RUN "
		  "\u20ac\u20ac\u20ac\u20ac\u20ac\u20ac\u20ac"
		  "\u20ac\u20ac\u20ac\u20ac\u20ac\u20ac\u20ac");
	t = report_render(x, REPORT_IMAGE, "summary", REPORT_TXT);
	p = strstr(buf_str(&t), "RUN \u20ac");
	assert_non_null(p);
	p += 4;
	while (strncmp(p, "\u20ac", 3) == 0)
		p += 3;
	assert_memory_equal(p, "...\n", 4);
}

static void r_summary__counts_one_as_one(void **state)
{
	struct report_index *x = *state;
	_cleanup_(buf_release) struct buf t = BUF_INIT;

	x->ctx.image = report_image(x, "base:1");
	t = report_render(x, REPORT_IMAGE, "summary", REPORT_TXT);
	has(&t, "in 1 layer;");
	assert_null(strstr(buf_str(&t), "largest waste"));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, report_setup, report_teardown)
	    TEST(r_summary__says_what_a_person_asks_first),
	    TEST(r_summary__fits_a_terminal),
	    TEST(r_summary__shows_hostile_words_escaped),
	    TEST(r_summary__cuts_long_instructions_whole),
	    TEST(r_summary__counts_one_as_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
