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

/* ---- COPY --from ---- */

/* The source of the only instruction behind three stages a, b and the third. */
static void check_source(const char *instruction, const char *want)
{
	_cleanup_(buf_release) struct buf text = BUF_INIT, out = BUF_INIT;
	_cleanup_(dockerfile_freep) struct dockerfile *d = NULL;
	struct dockerfile_source s;

	buf_addf(&text, "FROM x AS a\nFROM x AS B\nFROM x AS self\n%s\nFROM x AS later\n",
		 instruction);
	d = parse(buf_str(&text));
	s = dockerfile_copy_source(d, 2, &d->instructions.v[0]);
	if (s.kind == DOCKERFILE_FROM_STAGE)
		buf_addf(&out, "%u", s.stage);
	else if (s.kind == DOCKERFILE_FROM_IMAGE)
		buf_add_bytes(&out, s.image);
	else
		buf_add_str(&out, "context");
	assert_string_equal(buf_str(&out), want);
}

static void dockerfile_stages__copy_takes_from_the_context(void **state)
{
	(void)state;
	check_source("COPY x y", "context");
	check_source("COPY --from= x y", "context");
	check_source("COPY --chown=a x y", "context");
	check_source("ADD x y", "context");
	check_source("RUN --from=a x", "context");
}

static void dockerfile_stages__copy_takes_from_a_name(void **state)
{
	(void)state;
	check_source("COPY --from=a x y", "0");
	check_source("COPY --from=\"b\" x y", "1");
	check_source("copy --link --from=A x y", "0");
}

static void dockerfile_stages__copy_takes_from_a_number(void **state)
{
	(void)state;
	check_source("COPY --from=0 x y", "0");
	check_source("COPY --from=1 x y", "1");
	check_source("COPY --from=+1 x y", "1");
	check_source("COPY --from=001 x y", "1");
	check_source("COPY --from=-0 x y", "0");
}

static void dockerfile_stages__copy_takes_from_an_image(void **state)
{
	(void)state;
	check_source("COPY --from=nginx:1 x y", "nginx:1");
	check_source("COPY --from=a:latest x y", "a:latest");
	check_source("COPY --from=Nginx x y", "Nginx");
	check_source("COPY --from=-1 x y", "-1");
	check_source("COPY --from=99999999999999999999 x y", "99999999999999999999");
	check_source("COPY --from=1x x y", "1x");
}

static void dockerfile_stages__only_earlier_stages_are_sources(void **state)
{
	(void)state;
	check_source("COPY --from=self x y", "self");
	check_source("COPY --from=2 x y", "2");
	check_source("COPY --from=later x y", "later");
	check_source("COPY --from=3 x y", "3");
}

static void dockerfile_stages__from_is_not_expanded(void **state)
{
	(void)state;
	check_source("ARG S=a\nCOPY --from=$S x y", "context"); /* the ARG */
	check_source("COPY --from=$S x y", "$S");
	check_source("COPY --from=${S:-a} x y", "${S:-a}");
}

static void dockerfile_stages__add_has_no_from(void **state)
{
	(void)state;
	check_source("ADD --from=a x y", "context");
}

static void dockerfile_stages__the_last_of_a_name_before_counts(void **state)
{
	_cleanup_(dockerfile_freep) struct dockerfile *d = parse(
	    "FROM x AS a\nFROM x\nCOPY --from=a . .\nFROM x AS a\nFROM x\nCOPY --from=a . .\n");

	(void)state;
	assert_int_equal(dockerfile_copy_source(d, 1, &d->instructions.v[0]).stage, 0);
	assert_int_equal(dockerfile_copy_source(d, 3, &d->instructions.v[1]).stage, 2);
}

/* ---- RUN --mount=from ---- */

static struct dockerfile_source mount_source(const char *value)
{
	_cleanup_(buf_release) struct buf text = BUF_INIT;
	_cleanup_(dockerfile_freep) struct dockerfile *d = NULL;
	struct dockerfile_source s;

	buf_addf(&text, "FROM x AS a\nFROM x\nRUN --mount=%s x\n", value);
	d = parse(buf_str(&text));
	s = dockerfile_mount_source(d, 1, &d->instructions.v[0].mounts.v[0]);
	s.image = BYTES_NULL; /* dies with d */
	return s;
}

static void dockerfile_stages__mounts_take_from_names_not_numbers(void **state)
{
	(void)state;
	assert_int_equal(mount_source("from=a,target=/t").kind, DOCKERFILE_FROM_STAGE);
	assert_int_equal(mount_source("from=a,target=/t").stage, 0);
	assert_int_equal(mount_source("type=cache,from=A,target=/t").kind,
			 DOCKERFILE_FROM_STAGE);
	assert_int_equal(mount_source("from=0,target=/t").kind, DOCKERFILE_FROM_IMAGE);
	assert_int_equal(mount_source("from=x,target=/t").kind, DOCKERFILE_FROM_IMAGE);
}

static void dockerfile_stages__mounts_without_from(void **state)
{
	static const char *const nothing[] = {"type=cache,target=/t", "type=tmpfs,target=/t",
					      "type=secret,id=x", "type=ssh"};

	(void)state;
	assert_int_equal(mount_source("target=/t").kind, DOCKERFILE_FROM_CONTEXT);
	assert_int_equal(mount_source("type=BIND,target=/t").kind, DOCKERFILE_FROM_CONTEXT);
	for (size_t k = 0; k < ARRAY_SIZE(nothing); k++)
		assert_int_equal(mount_source(nothing[k]).kind, DOCKERFILE_FROM_IMAGE);
}

/* ---- the arguments of COPY and ADD ---- */

static void check_copy(const char *instruction, const char *want)
{
	_cleanup_(buf_release) struct buf text = BUF_INIT, out = BUF_INIT;
	_cleanup_(dockerfile_freep) struct dockerfile *d = NULL;
	struct dockerfile_copy c;

	buf_addf(&text, "FROM x\n%s\n", instruction);
	d = parse(buf_str(&text));
	if (dockerfile_copy_args(&d->instructions.v[0], &c) < 0) {
		assert_string_equal("refused", want);
		return;
	}
	vec_foreach (s, &c.sources)
		buf_addf(&out, "%.*s,", (int)s->len, s->ptr);
	buf_addf(&out, ">%.*s", (int)c.destination.len, c.destination.ptr);
	if (c.chown.len)
		buf_addf(&out, " %.*s", (int)c.chown.len, c.chown.ptr);
	buf_addf(&out, "%s%s", c.link ? " link" : "", c.parents ? " parents" : "");
	assert_string_equal(buf_str(&out), want);
	bytes_vec_release(&c.sources);
}

static void dockerfile_stages__copy_has_sources_and_a_destination(void **state)
{
	(void)state;
	check_copy("COPY a b/ c", "a,b/,>c");
	check_copy("ADD a b", "a,>b");
	check_copy("COPY [\"a b\", \"c\", \"d/\"]", "a b,c,>d/");
	check_copy("COPY \"a\" 'b'", "a,>b");
	check_copy("COPY a", "refused");
	check_copy("COPY", "refused");
	check_copy("RUN a b", "refused");
	check_copy("ONBUILD COPY a b", "refused");
}

static void dockerfile_stages__copy_flags(void **state)
{
	(void)state;
	check_copy("COPY --chown=1:2 --link --parents a b", "a,>b 1:2 link parents");
	check_copy("COPY --link=true --parents=FALSE --exclude=*.md a b", "a,>b link");
	check_copy("COPY --link=false --chmod=755 a b", "a,>b");
}

static void dockerfile_stages__heredocs_are_no_sources(void **state)
{
	(void)state;
	check_copy("COPY <<a b <<-'c' /d\na\nc", "b,>/d");
	check_copy("COPY <<a /d\na", ">/d");
	check_copy("COPY [\"<<a\", \"/d\"]", "<<a,>/d");
	check_copy("COPY <a b>> /d", "<a,b>>,>/d");
}

/* ---- layers and targets ---- */

static void dockerfile_stages__what_makes_layers(void **state)
{
	static const struct {
		const char *text;
		enum dockerfile_layer want;
	} cases[] = {
	    {"run x", DOCKERFILE_LAYER_YES},        {"COPY a b", DOCKERFILE_LAYER_YES},
	    {"ADD a b", DOCKERFILE_LAYER_YES},      {"WORKDIR /x", DOCKERFILE_LAYER_MAYBE},
	    {"WORKDIR x", DOCKERFILE_LAYER_MAYBE},  {"WORKDIR /", DOCKERFILE_LAYER_NO},
	    {"WORKDIR \"/\"", DOCKERFILE_LAYER_NO}, {"ONBUILD RUN x", DOCKERFILE_LAYER_NO},
	    {"ENV a=b", DOCKERFILE_LAYER_NO},       {"USER a", DOCKERFILE_LAYER_NO},
	    {"ARG RUN", DOCKERFILE_LAYER_NO},       {"FROBNICATE", DOCKERFILE_LAYER_NO}};

	(void)state;
	for (size_t k = 0; k < ARRAY_SIZE(cases); k++) {
		_cleanup_(buf_release) struct buf text = BUF_INIT;
		_cleanup_(dockerfile_freep) struct dockerfile *d = NULL;

		buf_addf(&text, "FROM x\n%s\n", cases[k].text);
		d = parse(buf_str(&text));
		assert_int_equal(dockerfile_makes_layer(&d->instructions.v[0]), cases[k].want);
	}
}

static void check_target(const struct dockerfile *d, const char *target, int want)
{
	uint32_t k;
	int r = dockerfile_target(d, bytes_from_str(target), &k);

	assert_int_equal(r == 0 ? (int)k : r, want);
}

static void dockerfile_stages__targets_are_names_or_numbers(void **state)
{
	_cleanup_(dockerfile_freep) struct dockerfile *d =
	    parse("FROM x AS one\nFROM x\nFROM x AS Two\nFROM x AS two\n");

	(void)state;
	check_target(d, "", 3);
	check_target(d, "one", 0);
	check_target(d, "ONE", 0);
	check_target(d, "two", 3);
	check_target(d, "1", 1);
	check_target(d, "3", 3);
	check_target(d, "4", -ENOENT);
	check_target(d, "-1", -ENOENT);
	check_target(d, "three", -ENOENT);
	check_target(d, "x", -ENOENT);
}

/* Needed stages as "1" and "0". */
static void check_needed(const char *text, uint32_t target, const char *want)
{
	_cleanup_(dockerfile_freep) struct dockerfile *d = parse(text);
	char got[16] = {0};
	bool needed[15];

	assert_true(d->stages.n < 16);
	dockerfile_reachable(d, target, needed);
	for (size_t k = 0; k < d->stages.n; k++)
		got[k] = needed[k] ? '1' : '0';
	assert_string_equal(got, want);
}

static void dockerfile_stages__bases_are_needed(void **state)
{
	const char *text = "FROM x AS a\nFROM a AS b\nFROM x AS c\nFROM b\n";

	(void)state;
	check_needed(text, 3, "1101");
	check_needed(text, 2, "0010");
	check_needed(text, 0, "1000");
}

static void dockerfile_stages__copied_and_mounted_stages_are_needed(void **state)
{
	(void)state;
	check_needed("FROM x AS a\nFROM x AS b\nFROM x AS c\nRUN --mount=from=a y\nFROM x\n"
		     "COPY --from=c . .\n",
		     3, "1011");
	check_needed("FROM x AS a\nFROM x\nCOPY --from=0 . .\nADD --from=a . .\n", 1, "11");
	check_needed("FROM x AS a\nFROM x\nADD --from=a . .\nRUN --mount=from=0 y\n", 1, "01");
}

/* They run in the stages that are built on theirs, not in their own. */
static void dockerfile_stages__triggers_of_the_base_are_needed(void **state)
{
	const char *text =
	    "FROM x AS a\nFROM x AS m\nFROM x AS base\nONBUILD COPY --from=a . .\n"
	    "ONBUILD RUN --mount=from=m y\nFROM base AS c\nFROM c\n";

	(void)state;
	check_needed(text, 2, "00100");
	check_needed(text, 3, "11110");
	check_needed("FROM x AS a\nFROM x AS base\nONBUILD COPY --from=a . .\nFROM base AS c\n"
		     "FROM x\nCOPY --from=base . .\n",
		     3, "0101");
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
	    cmocka_unit_test(dockerfile_stages__copy_takes_from_the_context),
	    cmocka_unit_test(dockerfile_stages__copy_takes_from_a_name),
	    cmocka_unit_test(dockerfile_stages__copy_takes_from_a_number),
	    cmocka_unit_test(dockerfile_stages__copy_takes_from_an_image),
	    cmocka_unit_test(dockerfile_stages__only_earlier_stages_are_sources),
	    cmocka_unit_test(dockerfile_stages__from_is_not_expanded),
	    cmocka_unit_test(dockerfile_stages__add_has_no_from),
	    cmocka_unit_test(dockerfile_stages__the_last_of_a_name_before_counts),
	    cmocka_unit_test(dockerfile_stages__mounts_take_from_names_not_numbers),
	    cmocka_unit_test(dockerfile_stages__mounts_without_from),
	    cmocka_unit_test(dockerfile_stages__copy_has_sources_and_a_destination),
	    cmocka_unit_test(dockerfile_stages__copy_flags),
	    cmocka_unit_test(dockerfile_stages__heredocs_are_no_sources),
	    cmocka_unit_test(dockerfile_stages__what_makes_layers),
	    cmocka_unit_test(dockerfile_stages__targets_are_names_or_numbers),
	    cmocka_unit_test(dockerfile_stages__bases_are_needed),
	    cmocka_unit_test(dockerfile_stages__copied_and_mounted_stages_are_needed),
	    cmocka_unit_test(dockerfile_stages__triggers_of_the_base_are_needed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
