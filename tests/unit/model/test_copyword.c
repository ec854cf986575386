/* SPDX-License-Identifier: MIT */
#include "test.h"

#include "model/copyword.h"
#include "util/buf.h"

/* "a b > dst", "relative" in front where it is. */
static void check(const char *text, const char *want)
{
	_cleanup_(buf_release) struct buf got = BUF_INIT;
	struct copywords w;

	assert_int_equal(copywords_read(bytes_from_str(text), &w), 0);
	buf_add_str(&got, w.relative ? "relative " : "");
	vec_foreach (s, &w.sources) {
		buf_add_bytes(&got, *s);
		buf_add_char(&got, ' ');
	}
	buf_add_str(&got, "> ");
	buf_add_bytes(&got, w.destination);
	assert_string_equal(buf_str(&got), want);
	copywords_release(&w);
}

static void copyword__sources_as_builders_write_them(void **state)
{
	(void)state;
	check("COPY /out/app /usr/bin/", "/out/app > /usr/bin/");
	check("COPY --from=b --chown=1:2 /a /b /c/", "/a /b > /c/");
	check("COPY package*.json ./", "relative package*.json > ./");
	check("COPY a /b c/", "a /b > c/");
	check("COPY file:0123 in /app/out ", "> /app/out");
	check("COPY multi:0123 in ./", "> ./");
	check("COPY", "> ");
	check("", "> ");
}

static void copyword__a_path_leads_where_the_word_says(void **state)
{
	static const struct {
		const char *text, *from, *to;
		bool want;
	} cases[] = {
	    {"COPY /out/app /usr/bin/tool", "out/app", "usr/bin/tool", true},
	    {"COPY /out/app /usr/bin/", "src/app", "usr/bin/app", false},
	    {"COPY /app/dist ./", "app/dist/js/a.js", "srv/js/a.js", true},
	    {"COPY /app/dist ./", "app/dist/js/a.js", "srv/a.js", false},
	    {"COPY /app/dist ./", "app/distant", "srv/distant", false},
	    {"COPY /out/*.so /lib/", "out/a.so", "lib/a.so", true},
	    {"COPY /out/*.so /lib/", "out/sub/a.so", "lib/a.so", false},
	    {"COPY package.json ./", "app/package.json", "app/package.json", false},
	    {"COPY package.json ./", "package.json", "app/package.json", true},
	    {"COPY . .", "app/x", "app/x", false}, /* the whole context */
	    {"COPY / /", "etc/x", "etc/x", true},
	    {"COPY /a /out/b /c/", "out/b", "c/b", true},
	    {"COPY file:01 in /c", "out/b", "c", false},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct copywords w;

		assert_int_equal(copywords_read(bytes_from_str(cases[i].text), &w), 0);
		if (copywords_lead(&w, bytes_from_str(cases[i].from),
				   bytes_from_str(cases[i].to)) != cases[i].want)
			fail_msg("%s: %s to %s", cases[i].text, cases[i].from, cases[i].to);
		copywords_release(&w);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(copyword__sources_as_builders_write_them),
	    cmocka_unit_test(copyword__a_path_leads_where_the_word_says),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
