/* SPDX-License-Identifier: MIT */
#include "model/dockerfile_internal.h"
#include "test.h"

static struct err err;

static void release(struct dockerfile_instruction *i)
{
	dockerfile_flag_vec_release(&i->flags);
	bytes_vec_release(&i->args);
	dockerfile_mount_vec_release(&i->mounts);
}

/* The arguments as "[a][b]", "json " before those of the JSON form. */
static void check_escape(const char *keyword, const char *text, char escape, const char *want)
{
	struct dockerfile_instruction i = {.keyword = bytes_from_str(keyword),
					   .text = bytes_from_str(text)};
	_cleanup_(buf_release) struct buf out = BUF_INIT;
	struct arena arena = {0};

	err = ERR_INIT;
	assert_ok(dockerfile_parse_args(&i, escape, &arena, &err), &err);
	buf_add_str(&out, i.json ? "json " : "");
	vec_foreach (a, &i.args)
		buf_addf(&out, "[%.*s]", (int)a->len, a->ptr);
	assert_string_equal(buf_str(&out), want);
	release(&i);
	arena_release(&arena);
}

static void check(const char *keyword, const char *text, const char *want)
{
	check_escape(keyword, text, '\\', want);
}

static void dockerfile_args__shell_form_is_one_text(void **state)
{
	(void)state;
	check("RUN", "echo \"a  b\" && c", "[echo \"a  b\" && c]");
	check("CMD", "a b", "[a b]");
	check("ENTRYPOINT", "a b", "[a b]");
	check("SHELL", "a b", "[a b]");
	check("CMD", "", "");
}

static void dockerfile_args__json_form_is_its_strings(void **state)
{
	static const char *const keywords[] = {"RUN",  "CMD", "ENTRYPOINT", "SHELL",
					       "COPY", "ADD", "VOLUME"};

	(void)state;
	for (size_t k = 0; k < ARRAY_SIZE(keywords); k++)
		check(keywords[k], "[ \"a b\",\"c\\n\\u00e4\\\"\" ]",
		      "json [a b][c\n\xc3\xa4\"]");
	check("CMD", "[]", "json ");
	check("CMD", "[\"'quotes' stay\"]", "json ['quotes' stay]");
}

static void dockerfile_args__only_some_have_a_json_form(void **state)
{
	(void)state;
	check("USER", "[\"a\"]", "[[a]]");
	check("EXPOSE", "[\"1\"]", "[[1]]");
	check("MAINTAINER", "[\"a\"]", "[[\"a\"]]");
	check("FROBNICATE", "[\"a\"]", "[[\"a\"]]");
}

static void dockerfile_args__what_is_no_json_is_text(void **state)
{
	(void)state;
	check("RUN", "[ -f x ] && y", "[[ -f x ] && y]");
	check("CMD", "['a']", "[['a']]");
	check("CMD", "[\"a\"", "[[\"a\"]");
	check("CMD", "[\"a\"] b", "[[\"a\"] b]");
	check("CMD", "[\"a\",]", "[[\"a\",]]");
	check("CMD", "\"a\"", "[\"a\"]");
	check("COPY", "[a b]", "[[a][b]]");
}

static void dockerfile_args__json_of_other_things_is_refused(void **state)
{
	static const char *const texts[] = {"[1]", "[\"a\", null]", "[[\"a\"]]", "[{}]",
					    "[true]"};

	(void)state;
	for (size_t k = 0; k < ARRAY_SIZE(texts); k++) {
		struct dockerfile_instruction i = {.keyword = BYTES("CMD"),
						   .text = bytes_from_str(texts[k])};
		struct arena arena = {0};

		err = ERR_INIT;
		assert_int_equal(dockerfile_parse_args(&i, '\\', &arena, &err), -EINVAL);
		assert_string_equal(err.msg, "an array of other things than strings");
		release(&i);
		arena_release(&arena);
	}
}

/* BuildKit divides first and looks at quotes later. */
static void dockerfile_args__lists_are_divided_at_white_space(void **state)
{
	(void)state;
	check("COPY", "a  b\t/c/", "[a][b][/c/]");
	check("COPY", "\"a\" b\\c 'd'", "[a][bc][d]");
	check("COPY", "\"a b\" c", "[\"a][b\"][c]");
	check("ADD", "https://x/y /z", "[https://x/y][/z]");
	check("VOLUME", "/a /b", "[/a][/b]");
	check("EXPOSE", "80 443/tcp", "[80][443/tcp]");
	check_escape("COPY", "C:\\a C:\\b\\", '`', "[C:\\a][C:\\b\\]");
}

static void dockerfile_args__arg_has_words(void **state)
{
	(void)state;
	check("ARG", "a b= c=\"d e\" f='g'", "[a][b=][c=d e][f=g]");
	check("ARG", "a=b\\ c d=$e", "[a=b c][d=$e]");
}

static void dockerfile_args__env_and_label_have_pairs(void **state)
{
	static const char *const keywords[] = {"ENV", "LABEL"};

	(void)state;
	for (size_t k = 0; k < ARRAY_SIZE(keywords); k++) {
		check(keywords[k], "a=b \"c d\"=e f='g h' i=j\\ k",
		      "[a=b][c d=e][f=g h][i=j k]");
		check(keywords[k], "a=b  =", "[a=b][=]");
		/* The old form: one name, and the rest of the line. */
		check(keywords[k], "name the  value", "[name=the  value]");
		check(keywords[k], "name a=b", "[name=a=b]");
		check(keywords[k], "name \"the value\"", "[name=the value]");
		check(keywords[k], "name", "[name]");
	}
}

static void dockerfile_args__single_words_lose_their_quotes(void **state)
{
	(void)state;
	check("WORKDIR", "\"/a b\"", "[/a b]");
	check("WORKDIR", "/a b", "[/a b]");
	check("USER", "'me'", "[me]");
	check("STOPSIGNAL", "SIGTERM", "[SIGTERM]");
	check("MAINTAINER", "\"me\" <m@e>", "[\"me\" <m@e>]");
}

static void dockerfile_args__health_checks_begin_with_their_kind(void **state)
{
	(void)state;
	check("HEALTHCHECK", "CMD curl  x || y", "[CMD][curl  x || y]");
	check("HEALTHCHECK", "CMD [\"curl\", \"x\"]", "json [CMD][curl][x]");
	check("HEALTHCHECK", "NONE", "[NONE]");
	check("HEALTHCHECK", "", "");
}

static void dockerfile_args__onbuild_and_unknown_keep_their_text(void **state)
{
	(void)state;
	check("ONBUILD", "RUN \"x\"", "[RUN \"x\"]");
	check("FROBNICATE", "a 'b'", "[a 'b']");
}

/* The mounts of the value of one --mount, as "type from source target". */
static void check_mount(const char *value, const char *want)
{
	struct dockerfile_flag flag = {BYTES("mount"), bytes_from_str(value)};
	struct dockerfile_instruction i = {.keyword = BYTES("RUN")};
	_cleanup_(buf_release) struct buf out = BUF_INIT;
	struct arena arena = {0};

	assert_int_equal(dockerfile_flag_vec_push(&i.flags, flag), 0);
	assert_int_equal(dockerfile_parse_mounts(&i, &arena), 0);
	vec_foreach (m, &i.mounts) {
		const struct bytes fields[] = {m->type, m->from, m->source, m->target};

		for (size_t k = 0; k < 4; k++) {
			buf_add_bytes(&out, fields[k]);
			buf_add_char(&out, k < 3 ? ' ' : '|');
		}
	}
	assert_string_equal(buf_str(&out), want);
	release(&i);
	arena_release(&arena);
}

static void dockerfile_args__a_mount_is_of_type_bind_by_default(void **state)
{
	(void)state;
	check_mount("target=/t", "bind   /t|");
	check_mount("", "bind   |");
	check_mount("type=cache,target=/t", "cache   /t|");
	check_mount("type=CACHE", "cache   |");
}

static void dockerfile_args__mount_keys_have_aliases_and_any_case(void **state)
{
	(void)state;
	check_mount("from=a,source=/s,target=/t", "bind a /s /t|");
	check_mount("FROM=A,Src=/s,DST=/t", "bind A /s /t|");
	check_mount("destination=/t,src=/s,ro,id=x,sharing=locked", "bind  /s /t|");
	check_mount("from=a,from=b", "bind b  |");
	check_mount("from,target", "bind   |");
	check_mount("source=a=b", "bind  a=b |");
}

static void dockerfile_args__mount_fields_are_csv(void **state)
{
	(void)state;
	check_mount("\"source=/a,b\",target=/t", "bind  /a,b /t|");
	check_mount("\"source=/a\"\"b\",target=/t", "bind  /a\"b /t|");
	check_mount("target=/t,\"source=/a", "bind  /a /t|");
	check_mount(",,target=/t,", "bind   /t|");
}

static void dockerfile_args__only_run_has_mounts(void **state)
{
	struct dockerfile_flag flags[] = {{BYTES("mount"), BYTES("from=a")},
					  {BYTES("network"), BYTES("none")},
					  {BYTES("mount"), BYTES_NULL}};
	struct dockerfile_instruction i = {.keyword = BYTES("COPY")};
	struct arena arena = {0};

	(void)state;
	for (size_t k = 0; k < ARRAY_SIZE(flags); k++)
		assert_int_equal(dockerfile_flag_vec_push(&i.flags, flags[k]), 0);
	assert_int_equal(dockerfile_parse_mounts(&i, &arena), 0);
	assert_int_equal(i.mounts.n, 0);
	i.keyword = BYTES("RUN");
	assert_int_equal(dockerfile_parse_mounts(&i, &arena), 0);
	assert_int_equal(i.mounts.n, 2);
	release(&i);
	arena_release(&arena);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(dockerfile_args__shell_form_is_one_text),
	    cmocka_unit_test(dockerfile_args__json_form_is_its_strings),
	    cmocka_unit_test(dockerfile_args__only_some_have_a_json_form),
	    cmocka_unit_test(dockerfile_args__what_is_no_json_is_text),
	    cmocka_unit_test(dockerfile_args__json_of_other_things_is_refused),
	    cmocka_unit_test(dockerfile_args__lists_are_divided_at_white_space),
	    cmocka_unit_test(dockerfile_args__arg_has_words),
	    cmocka_unit_test(dockerfile_args__env_and_label_have_pairs),
	    cmocka_unit_test(dockerfile_args__single_words_lose_their_quotes),
	    cmocka_unit_test(dockerfile_args__health_checks_begin_with_their_kind),
	    cmocka_unit_test(dockerfile_args__onbuild_and_unknown_keep_their_text),
	    cmocka_unit_test(dockerfile_args__a_mount_is_of_type_bind_by_default),
	    cmocka_unit_test(dockerfile_args__mount_keys_have_aliases_and_any_case),
	    cmocka_unit_test(dockerfile_args__mount_fields_are_csv),
	    cmocka_unit_test(dockerfile_args__only_run_has_mounts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
