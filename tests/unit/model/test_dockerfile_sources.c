/* SPDX-License-Identifier: MIT */
#include "model/dockerfile_internal.h"
#include "test.h"

static struct err err;

static struct dockerfile *parse(const char *text)
{
	struct dockerfile *d = NULL;

	err = ERR_INIT;
	assert_ok(dockerfile_parse(bytes_from_str(text), NULL, 0, BYTES_NULL, &d, &err), &err);
	return d;
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

static void dockerfile_sources__copy_takes_from_the_context(void **state)
{
	(void)state;
	check_source("COPY x y", "context");
	check_source("COPY --from= x y", "context");
	check_source("COPY --chown=a x y", "context");
	check_source("ADD x y", "context");
	check_source("RUN --from=a x", "context");
}

static void dockerfile_sources__copy_takes_from_a_name(void **state)
{
	(void)state;
	check_source("COPY --from=a x y", "0");
	check_source("COPY --from=\"b\" x y", "1");
	check_source("copy --link --from=A x y", "0");
}

static void dockerfile_sources__copy_takes_from_a_number(void **state)
{
	(void)state;
	check_source("COPY --from=0 x y", "0");
	check_source("COPY --from=1 x y", "1");
	check_source("COPY --from=+1 x y", "1");
	check_source("COPY --from=001 x y", "1");
	check_source("COPY --from=-0 x y", "0");
}

static void dockerfile_sources__copy_takes_from_an_image(void **state)
{
	(void)state;
	check_source("COPY --from=nginx:1 x y", "nginx:1");
	check_source("COPY --from=a:latest x y", "a:latest");
	check_source("COPY --from=Nginx x y", "Nginx");
	check_source("COPY --from=-1 x y", "-1");
	check_source("COPY --from=99999999999999999999 x y", "99999999999999999999");
	check_source("COPY --from=1x x y", "1x");
}

static void dockerfile_sources__only_earlier_stages_are_sources(void **state)
{
	(void)state;
	check_source("COPY --from=self x y", "self");
	check_source("COPY --from=2 x y", "2");
	check_source("COPY --from=later x y", "later");
	check_source("COPY --from=3 x y", "3");
}

static void dockerfile_sources__from_is_not_expanded(void **state)
{
	(void)state;
	check_source("ARG S=a\nCOPY --from=$S x y", "context"); /* the ARG */
	check_source("COPY --from=$S x y", "$S");
	check_source("COPY --from=${S:-a} x y", "${S:-a}");
}

static void dockerfile_sources__add_has_no_from(void **state)
{
	(void)state;
	check_source("ADD --from=a x y", "context");
}

static void dockerfile_sources__the_last_of_a_name_before_counts(void **state)
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

static void dockerfile_sources__mounts_take_from_names_not_numbers(void **state)
{
	(void)state;
	assert_int_equal(mount_source("from=a,target=/t").kind, DOCKERFILE_FROM_STAGE);
	assert_int_equal(mount_source("from=a,target=/t").stage, 0);
	assert_int_equal(mount_source("type=cache,from=A,target=/t").kind,
			 DOCKERFILE_FROM_STAGE);
	assert_int_equal(mount_source("from=0,target=/t").kind, DOCKERFILE_FROM_IMAGE);
	assert_int_equal(mount_source("from=x,target=/t").kind, DOCKERFILE_FROM_IMAGE);
}

static void dockerfile_sources__mounts_without_from(void **state)
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

static void dockerfile_sources__copy_has_sources_and_a_destination(void **state)
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

static void dockerfile_sources__copy_flags(void **state)
{
	(void)state;
	check_copy("COPY --chown=1:2 --link --parents a b", "a,>b 1:2 link parents");
	check_copy("COPY --link=true --parents=FALSE --exclude=*.md a b", "a,>b link");
	check_copy("COPY --link=false --chmod=755 a b", "a,>b");
}

static void dockerfile_sources__heredocs_are_no_sources(void **state)
{
	(void)state;
	check_copy("COPY <<a b <<-'c' /d\na\nc", "b,>/d");
	check_copy("COPY <<a /d\na", ">/d");
	check_copy("COPY [\"<<a\", \"/d\"]", "<<a,>/d");
	check_copy("COPY <a b>> /d", "<a,b>>,>/d");
}

/* ---- layers and targets ---- */

static void dockerfile_sources__what_makes_layers(void **state)
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

static void dockerfile_sources__targets_are_names_or_numbers(void **state)
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

static void dockerfile_sources__bases_are_needed(void **state)
{
	const char *text = "FROM x AS a\nFROM a AS b\nFROM x AS c\nFROM b\n";

	(void)state;
	check_needed(text, 3, "1101");
	check_needed(text, 2, "0010");
	check_needed(text, 0, "1000");
}

static void dockerfile_sources__copied_and_mounted_stages_are_needed(void **state)
{
	(void)state;
	check_needed("FROM x AS a\nFROM x AS b\nFROM x AS c\nRUN --mount=from=a y\nFROM x\n"
		     "COPY --from=c . .\n",
		     3, "1011");
	check_needed("FROM x AS a\nFROM x\nCOPY --from=0 . .\nADD --from=a . .\n", 1, "11");
	check_needed("FROM x AS a\nFROM x\nADD --from=a . .\nRUN --mount=from=0 y\n", 1, "01");
}

/* They run in the stages that are built on theirs, not in their own. */
static void dockerfile_sources__triggers_of_the_base_are_needed(void **state)
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
	    cmocka_unit_test(dockerfile_sources__copy_takes_from_the_context),
	    cmocka_unit_test(dockerfile_sources__copy_takes_from_a_name),
	    cmocka_unit_test(dockerfile_sources__copy_takes_from_a_number),
	    cmocka_unit_test(dockerfile_sources__copy_takes_from_an_image),
	    cmocka_unit_test(dockerfile_sources__only_earlier_stages_are_sources),
	    cmocka_unit_test(dockerfile_sources__from_is_not_expanded),
	    cmocka_unit_test(dockerfile_sources__add_has_no_from),
	    cmocka_unit_test(dockerfile_sources__the_last_of_a_name_before_counts),
	    cmocka_unit_test(dockerfile_sources__mounts_take_from_names_not_numbers),
	    cmocka_unit_test(dockerfile_sources__mounts_without_from),
	    cmocka_unit_test(dockerfile_sources__copy_has_sources_and_a_destination),
	    cmocka_unit_test(dockerfile_sources__copy_flags),
	    cmocka_unit_test(dockerfile_sources__heredocs_are_no_sources),
	    cmocka_unit_test(dockerfile_sources__what_makes_layers),
	    cmocka_unit_test(dockerfile_sources__targets_are_names_or_numbers),
	    cmocka_unit_test(dockerfile_sources__bases_are_needed),
	    cmocka_unit_test(dockerfile_sources__copied_and_mounted_stages_are_needed),
	    cmocka_unit_test(dockerfile_sources__triggers_of_the_base_are_needed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
