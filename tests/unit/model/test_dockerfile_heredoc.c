/* SPDX-License-Identifier: MIT */
#include "model/dockerfile_internal.h"
#include "test.h"

static struct err err;

/* What a line announces, as "fd<<-'name' "; the quote says that nothing is expanded. */
static void check(const char *line, const char *want)
{
	_cleanup_(dockerfile_heredoc_vec_release) struct dockerfile_heredoc_vec v = {0};
	_cleanup_(buf_release) struct buf out = BUF_INIT;
	struct arena arena = {0};

	err = ERR_INIT;
	assert_ok(dockerfile_find_heredocs(bytes_from_str(line), &arena, &v, &err), &err);
	vec_foreach (h, &v)
		buf_addf(&out, "%d<<%s%s%.*s ", h->fd, h->chomp ? "-" : "",
			 h->expand ? "" : "'", (int)h->name.len, h->name.ptr);
	assert_string_equal(buf_str(&out), want);
	arena_release(&arena);
}

static void dockerfile_heredoc__plain(void **state)
{
	(void)state;
	check("RUN <<EOF", "0<<EOF ");
	check("RUN cat <<EOF > /x && y", "0<<EOF ");
	check("COPY <<file.txt /dest", "0<<file.txt ");
	check("RUN <<EOF python3", "0<<EOF ");
	check("RUN true", "");
}

static void dockerfile_heredoc__chomp_and_descriptor(void **state)
{
	(void)state;
	check("RUN <<-EOF", "0<<-EOF ");
	check("RUN 3<<EOF", "3<<EOF ");
	check("RUN 12<<-EOF", "12<<-EOF ");
	check("RUN 99999999999999999999<<EOF", "2147483647<<EOF ");
	check("RUN a<<EOF", "");
}

static void dockerfile_heredoc__quotes_mean_no_expansion(void **state)
{
	(void)state;
	check("RUN <<'EOF'", "0<<'EOF ");
	check("RUN <<\"EOF\"", "0<<'EOF ");
	check("RUN <<-'EOF'", "0<<-'EOF ");
	check("RUN <<eo'f'", "0<<'eof ");
	check("RUN <<EO\"F\"", "0<<'EOF ");
	check("RUN <<'one two'", "0<<'one two ");
}

static void dockerfile_heredoc__an_escaped_quote_is_a_character(void **state)
{
	(void)state;
	check("RUN <<eo\\'f", "0<<eo'f ");
	check("RUN <<'e'o\\'f", "0<<'eo'f ");
	check("RUN <<\"a\\\"b\"", "0<<'a\"b ");
	check("RUN <<a\\ b", "0<<a b ");
}

static void dockerfile_heredoc__variables_stay_in_the_name(void **state)
{
	(void)state;
	check("RUN <<$EOF", "0<<$EOF ");
	check("RUN <<${EOF:-x}", "0<<${EOF:-x} ");
	check("RUN echo ${x:-\"a b\"} ${y//a/b} ${z##*/} <<EOF", "0<<EOF ");
}

static void dockerfile_heredoc__several_in_order(void **state)
{
	(void)state;
	check("COPY <<FILE1 <<-'FILE2' a <<X /dest", "0<<FILE1 0<<-'FILE2 0<<X ");
	check("RUN <<A <<A", "0<<A 0<<A ");
}

static void dockerfile_heredoc__white_space_behind_the_mark(void **state)
{
	(void)state;
	check("RUN <<  EOF", "0<<EOF ");
	check("RUN <<\tEOF  > foo", "0<<EOF ");
	check("RUN << -EOF", "0<<-EOF ");
	check("RUN <<- EOF", "");
	check("RUN x <<", "");
	check("RUN x << ", "");
}

static void dockerfile_heredoc__what_is_none(void **state)
{
	(void)state;
	check("RUN \"<<EOF\"", "");
	check("RUN '<<EOF'", "");
	check("RUN cat <<<EOF", "");
	check("RUN <EOF", "");
	check("RUN <<-", "");
	check("RUN <<''", "");
	check("RUN \\<<EOF", "");
	check("RUN <<A<B", "");
}

/* A shell could not split these lines either; BuildKit then finds no heredoc. */
static void dockerfile_heredoc__a_line_that_is_no_shell_has_none(void **state)
{
	(void)state;
	check("RUN echo it's <<EOF", "");
	check("RUN echo \"x <<EOF", "");
	check("RUN echo ${x <<EOF", "");
	check("RUN echo ${x^^} <<EOF", "");
	check("RUN echo ${x//a} <<EOF", "");
	check("RUN echo ${} <<EOF", "");
}

static void read_body(const char *text, struct dockerfile_heredoc *h, const char *want,
		      uint32_t lines)
{
	struct dockerfile_reader r;
	struct arena arena = {0};

	err = ERR_INIT;
	dockerfile_reader_init(&r, bytes_from_str(text));
	assert_ok(dockerfile_read_heredoc(&r, &arena, h, &err), &err);
	assert_bytes_equal_str(h->content, want);
	assert_int_equal(r.line, lines);
	arena_release(&arena);
}

static void dockerfile_heredoc__a_body_is_raw(void **state)
{
	struct dockerfile_heredoc h = {.name = BYTES("EOF")};

	(void)state;
	read_body("EOF\nx\n", &h, "", 1);
	read_body("# c\nFROM x \\\n\n EOF\nEOF \nEOF\nnot this\n", &h,
		  "# c\nFROM x \\\n\n EOF\nEOF \n", 6);
	read_body("\tx\n\tEOF\nEOF", &h, "\tx\n\tEOF\n", 3);
}

static void dockerfile_heredoc__carriage_returns_do_not_hide_the_end(void **state)
{
	struct dockerfile_heredoc h = {.name = BYTES("EOF")};

	(void)state;
	read_body("a\r\nEOF\r\nb\r\n", &h, "a\r\n", 2);
}

static void dockerfile_heredoc__chomp_cuts_leading_tabs(void **state)
{
	struct dockerfile_heredoc h = {.name = BYTES("EOF"), .chomp = true};

	(void)state;
	read_body("\t\ta\n\t b\tc\n\t\n \td\n\tEOF\n", &h, "a\n b\tc\n\n \td\n", 5);
	read_body("EOF\n", &h, "", 1);
}

static void dockerfile_heredoc__without_an_end_is_refused(void **state)
{
	struct dockerfile_heredoc h = {.name = BYTES("E\x1bOF")};
	struct dockerfile_reader r;
	struct arena arena = {0};

	(void)state;
	err = ERR_INIT;
	dockerfile_reader_init(&r, BYTES("a\nEOF\n"));
	assert_int_equal(dockerfile_read_heredoc(&r, &arena, &h, &err), -EINVAL);
	assert_string_equal(err.msg, "the heredoc \"E\\x1bOF\" has no end");
}

static void dockerfile_heredoc__a_word_is_known_as_its_mark(void **state)
{
	struct dockerfile_heredoc h = {.name = BYTES("E"), .fd = 3, .chomp = true};

	(void)state;
	assert_true(dockerfile_is_heredoc(BYTES("3<<-E"), &h));
	assert_false(dockerfile_is_heredoc(BYTES("<<-E"), &h));
	assert_false(dockerfile_is_heredoc(BYTES("3<<E"), &h));
	assert_false(dockerfile_is_heredoc(BYTES("3<<-F"), &h));
	assert_false(dockerfile_is_heredoc(BYTES("E"), &h));
	assert_false(dockerfile_is_heredoc(BYTES(""), &h));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(dockerfile_heredoc__plain),
	    cmocka_unit_test(dockerfile_heredoc__chomp_and_descriptor),
	    cmocka_unit_test(dockerfile_heredoc__quotes_mean_no_expansion),
	    cmocka_unit_test(dockerfile_heredoc__an_escaped_quote_is_a_character),
	    cmocka_unit_test(dockerfile_heredoc__variables_stay_in_the_name),
	    cmocka_unit_test(dockerfile_heredoc__several_in_order),
	    cmocka_unit_test(dockerfile_heredoc__white_space_behind_the_mark),
	    cmocka_unit_test(dockerfile_heredoc__what_is_none),
	    cmocka_unit_test(dockerfile_heredoc__a_line_that_is_no_shell_has_none),
	    cmocka_unit_test(dockerfile_heredoc__a_body_is_raw),
	    cmocka_unit_test(dockerfile_heredoc__carriage_returns_do_not_hide_the_end),
	    cmocka_unit_test(dockerfile_heredoc__chomp_cuts_leading_tabs),
	    cmocka_unit_test(dockerfile_heredoc__without_an_end_is_refused),
	    cmocka_unit_test(dockerfile_heredoc__a_word_is_known_as_its_mark),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
