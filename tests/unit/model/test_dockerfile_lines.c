/* SPDX-License-Identifier: MIT */
#include "model/dockerfile_internal.h"
#include "test.h"

static struct err err;

/* All logical lines, each as "first-last:text|"; the reader as it is at the end. */
static int read_all(const char *text, struct buf *out, struct dockerfile_reader *r)
{
	struct arena arena = {0};
	struct bytes line;
	int q;

	err = ERR_INIT;
	dockerfile_reader_init(r, bytes_from_str(text));
	while ((q = dockerfile_read_line(r, &arena, &line, &err)) > 0)
		buf_addf(out, "%u-%u:%.*s|", r->line0, r->line, (int)line.len, line.ptr);
	arena_release(&arena);
	return q;
}

static void check(const char *text, const char *want)
{
	_cleanup_(buf_release) struct buf out = BUF_INIT;
	struct dockerfile_reader r;

	assert_ok(read_all(text, &out, &r), &err);
	assert_string_equal(buf_str(&out), want);
}

static void check_directives(const char *text, char escape, const char *syntax)
{
	_cleanup_(buf_release) struct buf out = BUF_INIT;
	struct dockerfile_reader r;

	assert_ok(read_all(text, &out, &r), &err);
	assert_int_equal(r.escape, escape);
	assert_bytes_equal_str(r.syntax, syntax);
}

static void refuse(const char *text, uint32_t line, const char *message)
{
	_cleanup_(buf_release) struct buf out = BUF_INIT;
	struct dockerfile_reader r;

	assert_int_equal(read_all(text, &out, &r), -EINVAL);
	assert_int_equal(r.line0, line);
	assert_string_equal(err.msg, message);
}

static void dockerfile_lines__bom_is_dropped_on_the_first_line_only(void **state)
{
	(void)state;
	check("\xef\xbb\xbf"
	      "A\n",
	      "1-1:A|");
	check("A\n\xef\xbb\xbf"
	      "B\n",
	      "1-1:A|2-2:\xef\xbb\xbf"
	      "B|");
	check_directives("\xef\xbb\xbf# escape=`\n", '`', "");
}

static void dockerfile_lines__carriage_returns_end_lines_too(void **state)
{
	(void)state;
	check("A\r\nB \\\r\nC\r\n", "1-1:A|2-3:B C|");
	check("A\r\r\n\r\nB", "1-1:A|3-3:B|");
	check_directives("# escape=`\r\n# syntax=a/b\r\n", '`', "a/b");
}

static void dockerfile_lines__directives_are_read_in_any_case_and_spacing(void **state)
{
	(void)state;
	check_directives("#escape=`\n", '`', "");
	check_directives("  #\t ESCAPE \t= ` \n", '`', "");
	check_directives("# Syntax = docker/dockerfile:1\n# escape = `\n", '`',
			 "docker/dockerfile:1");
	check_directives("# check=skip=JSONArgsRecommended;error=true\n# escape=`\n", '`', "");
	check_directives("# syntax=docker/dockerfile:1 more\n", '\\', "docker/dockerfile:1");
	check_directives("A\n", '\\', "");
}

static void dockerfile_lines__what_is_no_directive_ends_them(void **state)
{
	(void)state;
	check_directives("# a comment\n# escape=`\n", '\\', "");
	check_directives("\n# escape=`\n", '\\', "");
	check_directives("# unknown=x\n# escape=`\n", '\\', "");
	check_directives("A\n# escape=`\n", '\\', "");
	check_directives("# syntax=\n# escape=`\n", '\\', "");
	check_directives("# syntax x\n# escape=`\n", '\\', "");
	check_directives("# 1syntax=x\n# escape=`\n", '\\', "");
	check_directives("# syntax=x\n\n# escape=`\n", '\\', "x");
	check_directives("// syntax=x\n# escape=`\n", '\\', "");
}

static void dockerfile_lines__directives_are_comments_all_the_same(void **state)
{
	(void)state;
	check("# syntax=x\n# escape=`\nA\n", "3-3:A|");
	check("# escape=`\n# not this \\\nA\n", "3-3:A|");
}

static void dockerfile_lines__a_directive_twice_is_refused(void **state)
{
	(void)state;
	refuse("# escape=`\n# escape=`\n", 2, "the directive escape is given twice");
	refuse("# syntax=a\n# escape=`\n# SYNTAX=a\n", 3,
	       "the directive syntax is given twice");
	refuse("# check=a\n#check=b\n", 2, "the directive check is given twice");
}

static void dockerfile_lines__escape_is_backslash_or_backtick(void **state)
{
	(void)state;
	check_directives("# escape=\\\n", '\\', "");
	refuse("# escape=x\n", 1, "the escape directive must be \\ or `, not \"x\"");
	refuse("# escape=``\n", 1, "the escape directive must be \\ or `, not \"``\"");
	refuse("# escape=  \n", 1, "the escape directive must be \\ or `, not \" \"");
	refuse("# escape=\x1b[2J\n", 1,
	       "the escape directive must be \\ or `, not \"\\x1b[2J\"");
}

/* Who chooses a frontend looks behind "#!"; the parser does not. */
static void dockerfile_lines__a_shebang_hides_directives_but_the_syntax(void **state)
{
	(void)state;
	check_directives("#!/usr/bin/env x\n# syntax=a/b:2 c\n# escape=`\n", '\\', "a/b:2");
	check_directives("#!/usr/bin/env x\n# escape=`\n# syntax=a\n", '\\', "a");
	check_directives("#!/usr/bin/env x\n\n# syntax=a\n", '\\', "");
	check_directives("#!/usr/bin/env x", '\\', "");
	check_directives("# comment\n#!x\n# syntax=a\n", '\\', "");
}

static void dockerfile_lines__comments_and_blank_lines_are_passed_over(void **state)
{
	(void)state;
	check("\n#\n  # c\n\t\nA\n#end", "5-5:A|");
	check("A # no comment\n", "1-1:A # no comment|");
	check("", "");
	check("\n\n", "");
}

static void dockerfile_lines__only_the_first_line_loses_its_indent(void **state)
{
	(void)state;
	check("  A \\\n    B\n", "1-2:A     B|");
	check("\xc2\xa0\xe3\x80\x80"
	      "A\n",
	      "1-1:A|");
}

static void dockerfile_lines__white_space_at_the_end_is_trimmed(void **state)
{
	(void)state;
	check("A b \t\n", "1-1:A b|");
	check("A b\xc2\xa0\n", "1-1:A b|");
	check("A\xc2\n", "1-1:A\xc2|");
}

static void dockerfile_lines__an_escape_at_the_end_continues(void **state)
{
	(void)state;
	check("A \\\nB\nC\n", "1-2:A B|3-3:C|");
	check("A\\\nB\n", "1-2:AB|");
	check("A \\ \t \nB\n", "1-2:A B|");
	check("A \\\xc2\xa0\nB\n", "1-1:A \\|2-2:B|");
	check("A \\\nB \\\nC", "1-3:A B C|");
}

static void dockerfile_lines__an_escaped_escape_does_not_continue(void **state)
{
	(void)state;
	check("A \\\\\nB\n", "1-1:A \\\\|2-2:B|");
	/* Three are no escape behind an escaped one: BuildKit looks at one character only. */
	check("A \\\\\\\nB\n", "1-1:A \\\\\\|2-2:B|");
	check("A \\\\ \\\nB\n", "1-2:A \\\\ B|");
}

static void dockerfile_lines__the_chosen_escape_continues(void **state)
{
	(void)state;
	check("# escape=`\nA `\nB \\\nC\n", "2-3:A B \\|4-4:C|");
	check("# escape=`\nA ``\nB\n", "2-2:A ``|3-3:B|");
}

static void dockerfile_lines__an_escape_alone_begins_a_line(void **state)
{
	(void)state;
	check("\\\nA\n", "1-2:A|");
	check("  \\ \n  A \\\n B\n", "1-3:A  B|");
	check("\\\n", "");
	check("\\\n\n# c\n", "");
}

static void dockerfile_lines__comments_inside_a_continuation_are_skipped(void **state)
{
	(void)state;
	check("A \\\n# c\n  # d \\\nB\nC\n", "1-4:A B|5-5:C|");
	check("A \\\n B # c\n", "1-2:A  B # c|");
}

static void dockerfile_lines__blank_lines_inside_a_continuation_are_skipped(void **state)
{
	(void)state;
	check("A \\\n\n \t\n\xc2\xa0\r\nB\nC\n", "1-5:A B|6-6:C|");
}

static void dockerfile_lines__a_continuation_may_meet_the_end(void **state)
{
	(void)state;
	check("A \\", "1-1:A|");
	check("A \\\n", "1-1:A|");
	check("A \\\n\n# c\n", "1-3:A|");
}

static void dockerfile_lines__raw_lines_keep_their_newlines(void **state)
{
	struct dockerfile_reader r;
	struct bytes line;

	(void)state;
	dockerfile_reader_init(&r, BYTES("a\r\n\nb"));
	assert_true(dockerfile_take_line(&r, &line));
	assert_bytes_equal_str(line, "a\r\n");
	assert_true(dockerfile_take_line(&r, &line));
	assert_bytes_equal_str(line, "\n");
	assert_true(dockerfile_take_line(&r, &line));
	assert_bytes_equal_str(line, "b");
	assert_false(dockerfile_take_line(&r, &line));
	assert_int_equal(r.line, 3);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(dockerfile_lines__bom_is_dropped_on_the_first_line_only),
	    cmocka_unit_test(dockerfile_lines__carriage_returns_end_lines_too),
	    cmocka_unit_test(dockerfile_lines__directives_are_read_in_any_case_and_spacing),
	    cmocka_unit_test(dockerfile_lines__what_is_no_directive_ends_them),
	    cmocka_unit_test(dockerfile_lines__directives_are_comments_all_the_same),
	    cmocka_unit_test(dockerfile_lines__a_directive_twice_is_refused),
	    cmocka_unit_test(dockerfile_lines__escape_is_backslash_or_backtick),
	    cmocka_unit_test(dockerfile_lines__a_shebang_hides_directives_but_the_syntax),
	    cmocka_unit_test(dockerfile_lines__comments_and_blank_lines_are_passed_over),
	    cmocka_unit_test(dockerfile_lines__only_the_first_line_loses_its_indent),
	    cmocka_unit_test(dockerfile_lines__white_space_at_the_end_is_trimmed),
	    cmocka_unit_test(dockerfile_lines__an_escape_at_the_end_continues),
	    cmocka_unit_test(dockerfile_lines__an_escaped_escape_does_not_continue),
	    cmocka_unit_test(dockerfile_lines__the_chosen_escape_continues),
	    cmocka_unit_test(dockerfile_lines__an_escape_alone_begins_a_line),
	    cmocka_unit_test(dockerfile_lines__comments_inside_a_continuation_are_skipped),
	    cmocka_unit_test(dockerfile_lines__blank_lines_inside_a_continuation_are_skipped),
	    cmocka_unit_test(dockerfile_lines__a_continuation_may_meet_the_end),
	    cmocka_unit_test(dockerfile_lines__raw_lines_keep_their_newlines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
