/* SPDX-License-Identifier: MIT */
#include "model/dockerfile_internal.h"
#include "test.h"

#include <stdio.h>

static struct err err;

static struct dockerfile *parse_for(const char *text, const struct dockerfile_arg *args,
				    size_t n, const char *platform)
{
	struct dockerfile *d = NULL;

	err = ERR_INIT;
	assert_ok(
	    dockerfile_parse(bytes_from_str(text), args, n, bytes_from_str(platform), &d, &err),
	    &err);
	return d;
}

static struct dockerfile *parse(const char *text)
{
	return parse_for(text, NULL, 0, "");
}

static void refuse(const char *text, const char *message)
{
	struct dockerfile *d = NULL;

	err = ERR_INIT;
	assert_int_equal(dockerfile_parse(bytes_from_str(text), NULL, 0, BYTES_NULL, &d, &err),
			 -EINVAL);
	assert_string_equal(err.msg, message);
}

/* The base of the last stage. */
static void check_base_for(const char *text, const struct dockerfile_arg *args, size_t n,
			   const char *platform, const char *want)
{
	_cleanup_(dockerfile_freep) struct dockerfile *d = parse_for(text, args, n, platform);

	assert_bytes_equal_str(d->stages.v[d->stages.n - 1].base, want);
}

static void check_base(const char *text, const char *want)
{
	check_base_for(text, NULL, 0, "", want);
}

/* ---- ARG before FROM ---- */

static void dockerfile_stages__global_args_have_values(void **state)
{
	(void)state;
	check_base("ARG a=1\nFROM x:$a\n", "x:1");
	check_base("ARG a=1 b=2 c\nFROM x:$a-$b-$c\n", "x:1-2-");
	check_base("ARG a=\"b c\"\nFROM x:$a\n", "x:b c");
	check_base("ARG a='$b'\nFROM x:$a\n", "x:$b");
	check_base("ARG a=\\$b\nFROM x:$a\n", "x:$b");
	check_base("arg a=1\nfrom x:$a\n", "x:1");
	check_base("ARG a=1\nARG a\nFROM x:$a\n", "x:1");
	check_base("ARG a=1\nARG a=\nFROM x:$a\n", "x:");
	check_base("ARG a=b=c\nFROM x:$a\n", "x:b=c");
}

static void dockerfile_stages__later_global_args_use_earlier_ones(void **state)
{
	(void)state;
	check_base("ARG a=1\nARG b=$a-${c:-none}\nARG c=2\nFROM x:$b\n", "x:1-none");
	check_base("ARG a=1 b=$a\nFROM x:$b\n", "x:1");
	check_base("ARG a=1\nARG a=$a$a\nARG a=$a$a\nFROM x:$a\n", "x:1111");
}

static void dockerfile_stages__given_args_replace_defaults(void **state)
{
	static const struct dockerfile_arg args[] = {{BYTES("a"), BYTES("given $b")},
						     {BYTES("b"), BYTES("first")},
						     {BYTES("b"), BYTES("last")},
						     {BYTES("u"), {NULL, 0}}};

	(void)state;
	check_base_for("ARG a=1\nFROM x:$a\n", args, 4, "", "x:given $b");
	check_base_for("ARG a\nFROM x:$a\n", args, 4, "", "x:given $b");
	check_base_for("ARG b=1\nFROM x:$b\n", args, 4, "", "x:last");
	check_base_for("ARG u=1\nFROM x:$u\n", args, 4, "", "x:1");
	/* One that is not declared is not seen. */
	check_base_for("FROM x:$a\n", args, 4, "", "x:");
	/* What is given is not expanded, so a bad default does not matter. */
	check_base_for("ARG a=${\nFROM x:$a\n", args, 4, "", "x:given $b");
}

static void dockerfile_stages__platform_args_are_predefined(void **state)
{
	static const struct dockerfile_arg args[] = {{BYTES("TARGETARCH"), BYTES("riscv64")},
						     {BYTES("TARGETSTAGE"), BYTES("dev")}};
	const char *all = "FROM $TARGETPLATFORM,$TARGETOS,$TARGETARCH,$TARGETVARIANT,"
			  "$BUILDPLATFORM,$BUILDOS,$BUILDARCH,$BUILDVARIANT,$TARGETSTAGE\n";

	(void)state;
	check_base(all, "linux/amd64,linux,amd64,,linux/amd64,linux,amd64,,default");
	check_base_for(all, NULL, 0, "linux/arm/v7",
		       "linux/arm/v7,linux,arm,v7,linux/arm/v7,linux,arm,v7,default");
	check_base_for(all, args, 2, "",
		       "linux/amd64,linux,riscv64,,linux/amd64,linux,amd64,,dev");
	check_base("ARG TARGETARCH=x\nFROM $TARGETARCH\n", "x");
	check_base("ARG TARGETARCH\nFROM $TARGETARCH\n", "amd64");
}

static void dockerfile_stages__args_in_stages_are_not_global(void **state)
{
	(void)state;
	check_base("FROM a\nARG v=1\nENV w=2\nFROM x:$v$w\n", "x:");
	check_base("ARG v=1\nFROM a\nARG v=2\nFROM x:$v\n", "x:1");
}

static void dockerfile_stages__the_escape_of_the_file_holds_in_args(void **state)
{
	(void)state;
	check_base("# escape=`\nARG a=C:\\b` c`$\nFROM x:$a\n", "x:C:\\b c$");
}

static void dockerfile_stages__bad_global_args_are_refused(void **state)
{
	(void)state;
	refuse("\nARG a=${b\nFROM x\n", "line 2: ${ without its }");
	refuse("ARG a=1 =b\nFROM x\n", "line 1: an ARG without a name");
	refuse("ARG a=\"${b:?is missing}\"\nFROM x\n", "line 1: b: is missing");
	refuse(
	    "ARG a=0123456789abcdef\nARG a=$a$a$a$a$a$a$a$a\nARG a=$a$a$a$a$a$a$a$a\n"
	    "ARG a=$a$a$a$a$a$a$a$a\nARG a=$a$a$a$a$a$a$a$a\nARG a=$a$a$a$a$a$a$a$a\nFROM x\n",
	    "line 6: expands to more than 65536 bytes");
}

/* ---- FROM ---- */

static void dockerfile_stages__from_has_one_or_three_arguments(void **state)
{
	static const char *const wrong[] = {"FROM",      "FROM a b",      "FROM a b c",
					    "FROM a AS", "FROM a AS b c", "FROM --platform=x"};
	_cleanup_(dockerfile_freep) struct dockerfile *d = NULL;

	(void)state;
	for (size_t k = 0; k < ARRAY_SIZE(wrong); k++)
		refuse(wrong[k], "line 1: FROM wants one argument, or three: IMAGE AS NAME");
	d = parse("FROM  a\tas  b\nfrom c aS D\n");
	assert_bytes_equal_str(d->stages.v[0].base_text, "a");
	assert_bytes_equal_str(d->stages.v[0].name, "b");
	assert_bytes_equal_str(d->stages.v[1].name, "d");
}

static void dockerfile_stages__names_are_lower_case_letters_first(void **state)
{
	static const char *const good[] = {"a", "Z", "a-b_c.d9", "STAGE-1"};
	static const char *const wrong[] = {"1",   "-a",  "_a",  ".a",
					    "a/b", "a:b", "a$b", "\xc3\xa4"};
	char text[64], message[128], shown[64];

	(void)state;
	for (size_t k = 0; k < ARRAY_SIZE(good); k++) {
		_cleanup_(dockerfile_freep) struct dockerfile *d = NULL;

		snprintf(text, sizeof(text), "FROM x AS %s\n", good[k]);
		d = parse(text);
		assert_int_equal(d->stages.v[0].name.len, strlen(good[k]));
	}
	for (size_t k = 0; k < ARRAY_SIZE(wrong); k++) {
		snprintf(text, sizeof(text), "FROM x\nFROM x AS %s\n", wrong[k]);
		snprintf(shown, sizeof(shown), "%s", wrong[k]);
		snprintf(message, sizeof(message), "line 2: \"%s\" is no name for a stage",
			 shown);
		refuse(text, message);
	}
}

static void dockerfile_stages__platforms_are_expanded(void **state)
{
	_cleanup_(dockerfile_freep) struct dockerfile *d = parse(
	    "ARG P=linux/s390x\nFROM --platform=$P a\nFROM --platform=\"${TARGETOS}/x\" b\n"
	    "FROM --platform= c\nFROM --platform d\nFROM e\n");
	static const char *const want[] = {"linux/s390x", "linux/x", "", "", ""};

	(void)state;
	for (size_t k = 0; k < 5; k++)
		assert_bytes_equal_str(d->stages.v[k].platform, want[k]);
	refuse("FROM a\nFROM --platform=${x b\n", "line 2: ${ without its }");
}

static void dockerfile_stages__bases_lose_their_quotes(void **state)
{
	(void)state;
	check_base("FROM \"a\"\n", "a");
	check_base("FROM 'a'b\\:c\n", "ab:c");
	check_base("ARG R=\nFROM ${R:+$R/}a@sha256:00\n", "a@sha256:00");
	refuse("FROM \"a\n", "line 1: a double quote is not closed");
}

static void dockerfile_stages__a_base_of_nothing_keeps_its_text(void **state)
{
	_cleanup_(dockerfile_freep) struct dockerfile *d =
	    parse("FROM $UNKNOWN AS a\nFROM \"\"\n");

	(void)state;
	assert_bytes_equal_str(d->stages.v[0].base, "$UNKNOWN");
	assert_int_equal(d->stages.v[0].base_kind, DOCKERFILE_IMAGE);
	assert_bytes_equal_str(d->stages.v[1].base, "\"\"");
}

/* ---- bases that are stages ---- */

static void check_bases(const char *text, const char *want)
{
	_cleanup_(dockerfile_freep) struct dockerfile *d = parse(text);
	_cleanup_(buf_release) struct buf out = BUF_INIT;

	vec_foreach (s, &d->stages)
		if (s->base_kind == DOCKERFILE_STAGE)
			buf_addf(&out, "%u ", s->base_stage);
		else
			buf_add_str(&out, s->base_kind == DOCKERFILE_SCRATCH ? "- " : "i ");
	assert_string_equal(buf_str(&out), want);
}

static void dockerfile_stages__a_base_is_an_earlier_name(void **state)
{
	(void)state;
	check_bases("FROM x AS a\nFROM a AS b\nFROM b\nFROM a\n", "i 0 1 0 ");
	check_bases("FROM b AS a\nFROM x AS b\nFROM b\n", "i i 1 ");
	check_bases("FROM a AS a\nFROM a AS a\nFROM a\n", "i 0 1 ");
}

static void dockerfile_stages__names_are_compared_in_any_case(void **state)
{
	(void)state;
	check_bases("FROM x AS Builder\nFROM BUILDER\nFROM builder\n", "i 0 0 ");
	check_bases("FROM x AS a_b\nFROM A_B\nFROM a.b\nFROM a_\nFROM a_bc\n", "i 0 i i i ");
}

static void dockerfile_stages__an_expanded_base_may_be_a_stage(void **state)
{
	(void)state;
	check_bases("ARG B=dev\nFROM x AS dev\nFROM x AS prod\nFROM ${B}\nFROM \"prod\"\n",
		    "i i 0 1 ");
	check_bases("FROM x AS a-amd64\nFROM a-$TARGETARCH\n", "i 0 ");
}

static void dockerfile_stages__a_base_is_never_a_number(void **state)
{
	(void)state;
	check_bases("FROM x\nFROM 0\n", "i i ");
}

static void dockerfile_stages__scratch_is_empty_unless_a_stage(void **state)
{
	(void)state;
	check_bases("FROM scratch\nFROM SCRATCH\nFROM x AS scratch\nFROM scratch\n",
		    "- i i 2 ");
}

static void dockerfile_stages__many_names_are_found(void **state)
{
	_cleanup_(buf_release) struct buf text = BUF_INIT;
	_cleanup_(dockerfile_freep) struct dockerfile *d = NULL;

	(void)state;
	buf_add_str(&text, "FROM x AS s0\n");
	for (unsigned k = 1; k < 3000; k++)
		buf_addf(&text, "FROM S%u AS s%u\n", k * 7 / 8, k);
	d = parse(buf_str(&text));
	for (unsigned k = 1; k < 3000; k++) {
		assert_int_equal(d->stages.v[k].base_kind, DOCKERFILE_STAGE);
		assert_int_equal(d->stages.v[k].base_stage, k * 7 / 8);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(dockerfile_stages__global_args_have_values),
	    cmocka_unit_test(dockerfile_stages__later_global_args_use_earlier_ones),
	    cmocka_unit_test(dockerfile_stages__given_args_replace_defaults),
	    cmocka_unit_test(dockerfile_stages__platform_args_are_predefined),
	    cmocka_unit_test(dockerfile_stages__args_in_stages_are_not_global),
	    cmocka_unit_test(dockerfile_stages__the_escape_of_the_file_holds_in_args),
	    cmocka_unit_test(dockerfile_stages__bad_global_args_are_refused),
	    cmocka_unit_test(dockerfile_stages__from_has_one_or_three_arguments),
	    cmocka_unit_test(dockerfile_stages__names_are_lower_case_letters_first),
	    cmocka_unit_test(dockerfile_stages__platforms_are_expanded),
	    cmocka_unit_test(dockerfile_stages__bases_lose_their_quotes),
	    cmocka_unit_test(dockerfile_stages__a_base_of_nothing_keeps_its_text),
	    cmocka_unit_test(dockerfile_stages__a_base_is_an_earlier_name),
	    cmocka_unit_test(dockerfile_stages__names_are_compared_in_any_case),
	    cmocka_unit_test(dockerfile_stages__an_expanded_base_may_be_a_stage),
	    cmocka_unit_test(dockerfile_stages__a_base_is_never_a_number),
	    cmocka_unit_test(dockerfile_stages__scratch_is_empty_unless_a_stage),
	    cmocka_unit_test(dockerfile_stages__many_names_are_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
