/* SPDX-License-Identifier: MIT */
/*
 * Dockerfiles in, a short notation out:
 *
 *     stage 0 base: image busybox:base [3-6]
 *     4 ENV LANG=C.UTF-8
 *     9-11 COPY --from=build <stage 1> a b -> ./dist
 *
 * What must come out was written by hand, from BuildKit's rules.
 */
#include "dockerfile_text.h"
#include "test.h"

#include "model/dockerfile.h"
#include "util/buf.h"

#include <stdio.h>
#include <time.h>

static struct err err;

static struct dockerfile *parse(const char *text)
{
	struct dockerfile *d = NULL;

	err = ERR_INIT;
	assert_ok(dockerfile_parse(bytes_from_str(text), NULL, 0, BYTES_NULL, &d, &err), &err);
	return d;
}

static void check(const char *text, const char *want)
{
	_cleanup_(dockerfile_freep) struct dockerfile *d = parse(text);
	_cleanup_(buf_release) struct buf out = BUF_INIT;

	dockerfile_text(d, &out);
	assert_string_equal(buf_str(&out), want);
}

static void refuse(const char *text, const char *message)
{
	struct dockerfile *d = NULL;

	err = ERR_INIT;
	assert_int_equal(dockerfile_parse(bytes_from_str(text), NULL, 0, BYTES_NULL, &d, &err),
			 -EINVAL);
	assert_null(d);
	assert_string_equal(err.msg, message);
}

static void dockerfile__the_webapp(void **state)
{
	(void)state;
	check(
	    "# webapp: four stages\nARG BASE=busybox:base\n\nFROM ${BASE} AS base\nENV "
	    "LANG=C.UTF-8\n"
	    "WORKDIR /app\n\nFROM base AS deps\nCOPY package.json ./\nRUN mkdir -p a \\\n && "
	    "seq 1 2\n"
	    "FROM deps AS build\nFROM base AS production\n"
	    "COPY --from=deps /app/a ./a\nCOPY --from=build /app/dist ./dist\nCMD [\"cat\", "
	    "\"x\"]\n",
	    "stage 0 base: image busybox:base [4-7]\n5 ENV LANG=C.UTF-8\n6 WORKDIR /app\n"
	    "stage 1 deps: stage 0 [8-11]\n9 COPY package.json -> ./\n"
	    "10-11 RUN mkdir -p a  && seq 1 2\n"
	    "stage 2 build: stage 1 [12-12]\n"
	    "stage 3 production: stage 0 [13-16]\n14 COPY --from=deps <stage 1> /app/a -> ./a\n"
	    "15 COPY --from=build <stage 2> /app/dist -> ./dist\n16 CMD [cat] [x]\n");
}

static void dockerfile__a_bom_and_crlf_are_passed_over(void **state)
{
	(void)state;
	check("\xef\xbb\xbf"
	      "FROM a\r\nRUN b \\\r\n c\r\n",
	      "stage 0 : image a [1-3]\n2-3 RUN b  c\n");
}

static void dockerfile__directives_stand_at_the_top_only(void **state)
{
	_cleanup_(dockerfile_freep) struct dockerfile *d = NULL;

	(void)state;
	check("# escape = `\nFROM a\nRUN b `\n c\\\nUSER d\n",
	      "stage 0 : image a [2-5]\n3-4 RUN b  c\\\n5 USER d\n");
	/* Any other line ends them: a comment, a blank line, an unknown key. */
	check("# hello\n# escape=`\nFROM a\nRUN b \\\nc\n",
	      "stage 0 : image a [3-5]\n4-5 RUN b c\n");
	check("\n# escape=`\nFROM a\nRUN b \\\nc\n", "stage 0 : image a [3-5]\n4-5 RUN b c\n");
	check("# other=1\n# escape=`\nFROM a\nRUN b \\\nc\n",
	      "stage 0 : image a [3-5]\n4-5 RUN b c\n");
	d = parse("  #\tSYNTAX = docker/dockerfile:1  \n#escape=`\nFROM a\n");
	assert_bytes_equal_str(d->syntax, "docker/dockerfile:1");
	assert_int_equal(d->escape, '`');
}

static void dockerfile__directives_twice_or_wrong_are_refused(void **state)
{
	(void)state;
	refuse("# escape=`\n# escape=`\nFROM a", "line 2: the directive escape is given twice");
	refuse("# escape=x\nFROM a", "line 1: the escape directive must be \\ or `, not \"x\"");
}

static void dockerfile__continuations_skip_comments_and_blank_lines(void **state)
{
	(void)state;
	check("FROM a\nRUN one && \\\n  # a comment\n\n   \\\n  two \\  \n  three\nUSER x\n",
	      "stage 0 : image a [1-8]\n2-7 RUN one &&      two   three\n8 USER x\n");
	check("FROM a\nRUN b \\\n", "stage 0 : image a [1-2]\n2 RUN b\n");
	/* An escaped escape does not continue; a comment in the middle of a line is none. */
	check("FROM a\nRUN b \\\\\nRUN c # d\n",
	      "stage 0 : image a [1-3]\n2 RUN b \\\\\n3 RUN c # d\n");
	check("FROM a\n   # comment\n  run\tb\n", "stage 0 : image a [1-3]\n3 RUN b\n");
}

static void dockerfile__json_form_only_where_it_is_json(void **state)
{
	(void)state;
	check("FROM a\nRUN [\"a b\", \"c\"]\nRUN [ -f x ]\nENTRYPOINT [\"a\"\nVOLUME [\"/a\", "
	      "\"/b\"]\n"
	      "COPY [\"a b\", \"c/\"]\nUSER [\"x\"]\n",
	      "stage 0 : image a [1-7]\n2 RUN [a b] [c]\n3 RUN [ -f x ]\n4 ENTRYPOINT [\"a\"\n"
	      "5 VOLUME [/a] [/b]\n6 COPY a b -> c/\n7 USER [\"x\"]\n");
	refuse("FROM a\nCMD [1]", "line 2: an array of other things than strings");
}

static void dockerfile__flags_end_at_the_first_word_without(void **state)
{
	(void)state;
	check("FROM a\nCOPY --chown=1:2 --chmod=\"6 4\" --link a --b c\nCOPY -- --x y\n",
	      "stage 0 : image a [1-3]\n2 COPY --chown=1:2 --chmod=6 4 --link= a --b -> c\n"
	      "3 COPY --x -> y\n");
}

static void dockerfile__a_heredoc_is_not_parsed(void **state)
{
	(void)state;
	check("FROM a\nRUN <<EOF\nFROM b AS c\n# no comment \\\nx\nEOF\nUSER d\n",
	      "stage 0 : image a [1-7]\n2-6 RUN <<EOF <<0EOF(FROM b AS c\n# no comment "
	      "\\\nx\n)\n7 USER d\n");
}

static void dockerfile__heredocs_of_all_kinds(void **state)
{
	(void)state;
	check("FROM a\nRUN 3<<-E cat <<'Q' > /x\n\tone\n\tE\n $two\nQ\n",
	      "stage 0 : image a [1-6]\n2-6 RUN 3<<-E cat <<'Q' > /x <<3-E(one\n) <<0'Q( "
	      "$two\n)\n");
	check("FROM a\nCOPY <<A.txt <<B b /d/\n1\nA.txt\n2\nB\n",
	      "stage 0 : image a [1-6]\n2-6 COPY b -> /d/ <<0A.txt(1\n) <<0B(2\n)\n");
	check("FROM a\nRUN echo \"<<X y\" <<<Z\nRUN [\"<<X\"]\nENV A=<<X\n",
	      "stage 0 : image a [1-4]\n2 RUN echo \"<<X y\" <<<Z\n3 RUN [<<X]\n4 ENV "
	      "A=<<X\n");
	check("FROM a\nRUN <<EOF\r\nx\r\nEOF\r\n",
	      "stage 0 : image a [1-4]\n2-4 RUN <<EOF <<0EOF(x\r\n)\n");
	refuse("FROM a\nRUN <<EOF\nx\n", "line 2: the heredoc \"EOF\" has no end");
}

static void dockerfile__global_args_expand_in_from(void **state)
{
	static const struct dockerfile_arg args[] = {{BYTES("B"), BYTES("given")}};
	_cleanup_(dockerfile_freep) struct dockerfile *d = NULL;

	(void)state;
	check("ARG A=1 B=\"two 2\"\nARG C=$A-${B}\nFROM --platform=$BUILDPLATFORM x:${C#1-}\n"
	      "ARG A=9\nFROM y:$A-$TARGETARCH\n",
	      "stage 0 : image x:two 2 on linux/amd64 [3-4]\n4 ARG A=9\n"
	      "stage 1 : image y:1-amd64 [5-5]\n");
	assert_ok(dockerfile_parse(BYTES("ARG B=default\nFROM x:$B-$TARGETVARIANT"), args, 1,
				   BYTES("linux/arm/v7"), &d, &err),
		  &err);
	assert_bytes_equal_str(d->stages.v[0].base, "x:given-v7");
}

static void dockerfile__an_unknown_argument_leaves_the_text(void **state)
{
	(void)state;
	check("ARG IMAGE\nFROM $IMAGE\n", "stage 0 : image $IMAGE [2-2]\n");
}

static void dockerfile__stages_are_known_by_earlier_names_in_any_case(void **state)
{
	(void)state;
	check(
	    "FROM x AS Builder\nFROM BUILDER AS two\nFROM later\nFROM y as later\nFROM later\n"
	    "FROM scratch\nFROM 0\n",
	    "stage 0 builder: image x [1-1]\nstage 1 two: stage 0 [2-2]\n"
	    "stage 2 : image later [3-3]\nstage 3 later: image y [4-4]\nstage 4 : stage 3 "
	    "[5-5]\n"
	    "stage 5 : scratch scratch [6-6]\nstage 6 : image 0 [7-7]\n");
}

static void dockerfile__copy_from_a_name_a_number_or_an_image(void **state)
{
	(void)state;
	check("FROM x AS a\nFROM y AS a\nFROM z\nCOPY --from=A 1 2\nCOPY --from=0 1 2\nCOPY "
	      "--from=2 1 2\n"
	      "COPY --from=nginx:1 1 2\nCOPY --from=7 1 2\nADD --from=a 1 2\nCOPY 1 2\n",
	      "stage 0 a: image x [1-1]\nstage 1 a: image y [2-2]\nstage 2 : image z [3-10]\n"
	      "4 COPY --from=A <stage 1> 1 -> 2\n5 COPY --from=0 <stage 0> 1 -> 2\n"
	      "6 COPY --from=2 <image 2> 1 -> 2\n7 COPY --from=nginx:1 <image nginx:1> 1 -> 2\n"
	      "8 COPY --from=7 <image 7> 1 -> 2\n9 ADD --from=a 1 -> 2\n10 COPY 1 -> 2\n");
}

static void dockerfile__mounts_name_stages_never_numbers(void **state)
{
	(void)state;
	check("FROM x AS a\nFROM y\nRUN --mount=type=bind,FROM=a,src=/s,dst=/d "
	      "--mount=from=0,target=/t "
	      "--mount=type=cache,target=/c make\n",
	      "stage 0 a: image x [1-1]\nstage 1 : image y [2-3]\n"
	      "3 RUN --mount=type=bind,FROM=a,src=/s,dst=/d --mount=from=0,target=/t "
	      "--mount=type=cache,target=/c make {bind <stage 0> /s:/d} {bind <image 0> :/t} "
	      "{cache <image scratch> :/c}\n");
}

static void dockerfile__onbuild_keeps_its_text(void **state)
{
	(void)state;
	check("FROM x\nONBUILD COPY --from=b . /src\n",
	      "stage 0 : image x [1-2]\n2 ONBUILD COPY --from=b . /src => COPY --from=b "
	      "<image b> . -> /src\n");
}

static void dockerfile__what_onbuild_defers_is_read(void **state)
{
	(void)state;
	check("FROM x AS b\nFROM x\nOnBuild run --mount=from=b,target=/t [\"y\", \"z\"]\n"
	      "ONBUILD RUN <<E cat\nFROM y\nE\nUSER u\n",
	      "stage 0 b: image x [1-1]\nstage 1 : image x [2-7]\n"
	      "3 ONBUILD run --mount=from=b,target=/t [\"y\", \"z\"] => RUN "
	      "--mount=from=b,target=/t [y] [z] {bind <stage 0> :/t}\n"
	      "4-6 ONBUILD RUN <<E cat => RUN <<E cat <<0E(FROM y\n)\n7 USER u\n");
}

static void dockerfile__onbuild_refuses_some_triggers(void **state)
{
	(void)state;
	refuse("FROM x\nONBUILD ONBUILD RUN y", "line 2: ONBUILD ONBUILD is not allowed");
	refuse("FROM x\nONBUILD from y", "line 2: ONBUILD FROM is not allowed");
	refuse("FROM x\nONBUILD MAINTAINER y", "line 2: ONBUILD MAINTAINER is not allowed");
	refuse("FROM x\nONBUILD", "line 2: ONBUILD of nothing");
	refuse("FROM x\n\nONBUILD CMD [1]", "line 3: an array of other things than strings");
}

static void dockerfile__keywords_are_known_in_any_case(void **state)
{
	(void)state;
	check("arg A=x\nfRoM $A aS b\ncOpY --from=B a b\nrun <<E\nE\n",
	      "stage 0 b: image x [2-5]\n3 COPY --from=B <image B> a -> b\n4-5 RUN <<E "
	      "<<0E()\n");
}

static void dockerfile__meta_args_are_kept(void **state)
{
	_cleanup_(dockerfile_freep) struct dockerfile *d =
	    parse("ARG a=1 b\n\nARG c\nFROM x\n");

	(void)state;
	assert_int_equal(d->meta.n, 2);
	assert_int_equal(d->meta.v[0].args.n, 2);
	assert_bytes_equal_str(d->meta.v[0].args.v[0], "a=1");
	assert_int_equal(d->meta.v[1].line0, 3);
	assert_int_equal(d->instructions.n, 0);
}

static void dockerfile__the_text_is_copied(void **state)
{
	char text[] = "FROM abc\nRUN xyz\n";
	_cleanup_(dockerfile_freep) struct dockerfile *d = parse(text);

	(void)state;
	memset(text, '#', sizeof(text) - 1);
	assert_bytes_equal_str(d->text, "FROM abc\nRUN xyz\n");
	assert_bytes_equal_str(d->stages.v[0].base, "abc");
	assert_bytes_equal_str(d->instructions.v[0].text, "xyz");
}

static void dockerfile__too_much_is_refused(void **state)
{
	_cleanup_(buf_release) struct buf text = BUF_INIT;
	struct dockerfile *d = NULL;

	(void)state;
	buf_add_str(&text, "FROM x\n");
	for (int k = 1; k < DOCKERFILE_MAX_INSTRUCTIONS; k++)
		buf_add_str(&text, "X\n");
	dockerfile_free(parse(buf_str(&text)));
	buf_add_str(&text, "X\n");
	refuse(buf_str(&text), "line 65537: more than 65536 instructions");
	while (text.len <= DOCKERFILE_MAX_BYTES)
		buf_add_str(&text, "################################################");
	err = ERR_INIT;
	assert_int_equal(dockerfile_parse(buf_bytes(&text), NULL, 0, BYTES_NULL, &d, &err),
			 -EINVAL);
	assert_non_null(strstr(err.msg, "(at most 4194304)"));
}

/* Bytes that are no text are bytes of words. */
static void dockerfile__any_bytes_are_taken(void **state)
{
	struct dockerfile *d = NULL;

	(void)state;
	err = ERR_INIT;
	assert_ok(
	    dockerfile_parse(BYTES("FROM a\xff\0b\nRUN \0\n"), NULL, 0, BYTES_NULL, &d, &err),
	    &err);
	assert_true(bytes_equal(d->stages.v[0].base, BYTES("a\xff\0b")));
	assert_true(bytes_equal(d->instructions.v[0].text, BYTES("\0")));
	dockerfile_free(d);
	refuse("\x1b[2J", "line 1: \\x1b[2J before the first FROM");
}

/* One MiB of the worst of each kind; none may take more than its share of a second. */
static void dockerfile__no_shape_is_slow(void **state)
{
	static const struct {
		const char *head, *unit, *tail;
	} shapes[] = {
	    {"FROM x\nCOPY ", "<<a ", "/d\n"},
	    {"FROM x\nRUN ", "<<a ", "\n"},
	    {"FROM x\nRUN <<E ", "${a:-", "\nE\n"},
	    {"FROM x\nRUN <<E ", "${a:-b} ", "\nE\n"},
	    {"FROM x\nRUN <<E ", "'\"'", "\nE\n"},
	    {"FROM x\nRUN ", "a \\\n", ""},
	    {"FROM x\nRUN ", "\\\n", ""},
	    {"FROM x\nRUN a", " ", "\\\nb\n"},
	    {"FROM x\nRUN a", "\xc2\xa0", "\n"},
	    {"FROM x\nCOPY ", "\"a ", "\n"},
	    {"FROM x\nENV ", "a='b' ", "\n"},
	    {"FROM x\nRUN ", "--mount=from=x,", "\n"},
	    {"FROM x\nRUN ", "--mount=a ", "\n"},
	    {"FROM x\nRUN ", "[", "\n"},
	    {"FROM x\nRUN [", "\"a\",", "\"\"]\n"},
	    {"ARG ", "a=$a$a ", "\nFROM x\n"},
	    {"ARG a=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\nFROM ", "${a##*b*b*b}", "\n"},
	    {"ARG a=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\nFROM ", "${a//?/$a}", "\n"},
	    {"FROM x AS s\n", "FROM s AS s\nCOPY --from=s a b\n", ""},
	    {"FROM x AS s\n", "ONBUILD COPY --from=s a b\nFROM s\n", ""},
	};

	(void)state;
	for (size_t k = 0; k < ARRAY_SIZE(shapes); k++) {
		_cleanup_(buf_release) struct buf text = BUF_INIT;
		_cleanup_(dockerfile_freep) struct dockerfile *d = NULL;
		struct dockerfile_copy copy;
		clock_t begin = clock();

		buf_add_str(&text, shapes[k].head);
		while (text.len < MIB(1))
			buf_add_str(&text, shapes[k].unit);
		buf_add_str(&text, shapes[k].tail);
		for (size_t n = 0; k < 2 && n < MIB(1) / 4; n++)
			buf_add_str(&text, "a\n");
		err = ERR_INIT;
		if (dockerfile_parse(buf_bytes(&text), NULL, 0, BYTES_NULL, &d, &err) < 0)
			assert_int_not_equal(err.msg[0], 0);
		else if (d->instructions.n &&
			 dockerfile_copy_args(&d->instructions.v[0], &copy) == 0)
			bytes_vec_release(&copy.sources);
		/* With sanitizers and beside others; quadratic would be minutes. */
		if (clock() - begin > 4 * CLOCKS_PER_SEC)
			fail_msg("%s%s: %ld ms", shapes[k].head, shapes[k].unit,
				 (clock() - begin) / (CLOCKS_PER_SEC / 1000));
	}
}

static void read_fixture(const char *name, const char *suffix, struct buf *ret)
{
	char path[4096];
	FILE *f;
	size_t n;

	snprintf(path, sizeof(path), "%s/dockerfiles/%s%s", TEST_FIXTURES, name, suffix);
	f = fopen(path, "re");
	if (!f)
		fail_msg("%s: %s", path, strerror(errno));
	do {
		assert_int_equal(buf_reserve(ret, 4096), 0);
		n = fread(ret->ptr + ret->len, 1, 4096, f);
		ret->len += n;
	} while (n);
	fclose(f);
	assert_int_equal(buf_add_str(ret, ""), 0);
}

/* Files as people write them; what is in them was written down by reading them. */
static void dockerfile__files_of_the_fixtures(void **state)
{
	static const char *const names[] = {"chained", "go-cache",  "heredocs",
					    "legacy",  "multiarch", "onbuild",
					    "webapp",  "whiteouts", "windows"};

	(void)state;
	for (size_t k = 0; k < ARRAY_SIZE(names); k++) {
		_cleanup_(buf_release) struct buf text = BUF_INIT, want = BUF_INIT;

		read_fixture(names[k], ".Dockerfile", &text);
		read_fixture(names[k], ".expected", &want);
		check(buf_str(&text), buf_str(&want));
	}
}

static void dockerfile__unknown_instructions_are_kept(void **state)
{
	(void)state;
	check("FROM x\nfrobnicate a b\n", "stage 0 : image x [1-2]\n2 FROBNICATE a b\n");
}

static void dockerfile__what_is_wrong_is_said_with_its_line(void **state)
{
	(void)state;
	refuse("", "no FROM in it");
	refuse("# only a comment\n", "no FROM in it");
	refuse("RUN x\nFROM y", "line 1: RUN before the first FROM");
	refuse("FROM a b", "line 1: FROM wants one argument, or three: IMAGE AS NAME");
	refuse("FROM a\n\nFROM b OF c",
	       "line 3: FROM wants one argument, or three: IMAGE AS NAME");
	refuse("FROM a AS 1x", "line 1: \"1x\" is no name for a stage");
	refuse("FROM ${a", "line 1: ${ without its }");
}

static void dockerfile__targets(void **state)
{
	_cleanup_(dockerfile_freep) struct dockerfile *d = parse(
	    "FROM x AS one\nFROM y AS two\nRUN z\nFROM x AS three\nRUN --mount=from=one b\n"
	    "FROM three AS four\nCOPY --from=0 a b\n");
	bool reached[4];
	uint32_t at;

	(void)state;
	assert_int_equal(dockerfile_target(d, BYTES_NULL, &at), 0);
	assert_int_equal(at, 3);
	assert_int_equal(dockerfile_target(d, BYTES("TWO"), &at), 0);
	assert_int_equal(at, 1);
	assert_int_equal(dockerfile_target(d, BYTES("2"), &at), 0);
	assert_int_equal(at, 2);
	assert_int_equal(dockerfile_target(d, BYTES("4"), &at), -ENOENT);
	assert_int_equal(dockerfile_target(d, BYTES("none"), &at), -ENOENT);
	dockerfile_reachable(d, 3, reached);
	assert_true(reached[0] && !reached[1] && reached[2] && reached[3]);
	dockerfile_reachable(d, 1, reached);
	assert_true(!reached[0] && reached[1] && !reached[2] && !reached[3]);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(dockerfile__the_webapp),
	    cmocka_unit_test(dockerfile__a_bom_and_crlf_are_passed_over),
	    cmocka_unit_test(dockerfile__directives_stand_at_the_top_only),
	    cmocka_unit_test(dockerfile__directives_twice_or_wrong_are_refused),
	    cmocka_unit_test(dockerfile__continuations_skip_comments_and_blank_lines),
	    cmocka_unit_test(dockerfile__json_form_only_where_it_is_json),
	    cmocka_unit_test(dockerfile__flags_end_at_the_first_word_without),
	    cmocka_unit_test(dockerfile__a_heredoc_is_not_parsed),
	    cmocka_unit_test(dockerfile__heredocs_of_all_kinds),
	    cmocka_unit_test(dockerfile__global_args_expand_in_from),
	    cmocka_unit_test(dockerfile__an_unknown_argument_leaves_the_text),
	    cmocka_unit_test(dockerfile__stages_are_known_by_earlier_names_in_any_case),
	    cmocka_unit_test(dockerfile__copy_from_a_name_a_number_or_an_image),
	    cmocka_unit_test(dockerfile__mounts_name_stages_never_numbers),
	    cmocka_unit_test(dockerfile__onbuild_keeps_its_text),
	    cmocka_unit_test(dockerfile__what_onbuild_defers_is_read),
	    cmocka_unit_test(dockerfile__onbuild_refuses_some_triggers),
	    cmocka_unit_test(dockerfile__keywords_are_known_in_any_case),
	    cmocka_unit_test(dockerfile__meta_args_are_kept),
	    cmocka_unit_test(dockerfile__the_text_is_copied),
	    cmocka_unit_test(dockerfile__too_much_is_refused),
	    cmocka_unit_test(dockerfile__any_bytes_are_taken),
	    cmocka_unit_test(dockerfile__no_shape_is_slow),
	    cmocka_unit_test(dockerfile__files_of_the_fixtures),
	    cmocka_unit_test(dockerfile__unknown_instructions_are_kept),
	    cmocka_unit_test(dockerfile__what_is_wrong_is_said_with_its_line),
	    cmocka_unit_test(dockerfile__targets),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
