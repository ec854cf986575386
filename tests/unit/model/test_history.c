/* SPDX-License-Identifier: MIT */
#include "model/history.h"
#include "test.h"

#include <string.h>

#define HASH "0f7c3b1a9e5d4c2b8a6f0e1d2c3b4a5968778695a4b3c2d1e0f9a8b7c6d5e4f3"

/* One history entry and what it has to say: the text of the instruction and its slug. */
struct example {
	const char *created_by, *comment, *author;
	const char *keyword, *text, *slug;
};

static void check(const struct example *e)
{
	struct history_entry h = {.created_by = bytes_from_str(e->created_by),
				  .comment = bytes_from_str(e->comment),
				  .author = bytes_from_str(e->author)};
	_cleanup_(buf_release) struct buf slug = BUF_INIT;
	struct instruction in;

	assert_int_equal(history_instruction(&h, &in), 0);
	assert_string_equal(in.keyword, e->keyword);
	assert_string_equal(buf_str(&in.text), e->text);
	assert_int_equal(history_slug(&in, &slug), 0);
	assert_string_equal(buf_str(&slug), e->slug);
	instruction_release(&in);
}

#define CHECK(...) check(&(struct example){__VA_ARGS__})

static void history__classic_run_has_no_keyword(void **state)
{
	(void)state;
	CHECK("/bin/sh -c npm ci", .keyword = "RUN", .text = "RUN npm ci",
	      .slug = "RUN-npm-ci");
}

static void history__classic_metadata_stands_behind_nop(void **state)
{
	(void)state;
	CHECK("/bin/sh -c #(nop)  ENV FOO=b a r X=y", .keyword = "ENV",
	      .text = "ENV FOO=b a r X=y", .slug = "ENV-FOO-b-a-r-X-y");
	CHECK("/bin/bash -o pipefail -c #(nop) WORKDIR /src", .keyword = "WORKDIR",
	      .text = "WORKDIR /src", .slug = "WORKDIR-src");
	CHECK("cmd /S /C #(nop)  CMD [\"sh\" \"-c\" \"id\"]", .keyword = "CMD",
	      .text = "CMD [\"sh\" \"-c\" \"id\"]", .slug = "CMD-sh-c-id");
}

static void history__classic_copy_has_no_hash_in_its_slug(void **state)
{
	(void)state;
	CHECK("/bin/sh -c #(nop) COPY file:" HASH " in /app/out ", .keyword = "COPY",
	      .text = "COPY file:" HASH " in /app/out", .slug = "COPY-app-out");
	CHECK("/bin/sh -c #(nop) ADD dir:" HASH " in / ", .keyword = "ADD",
	      .text = "ADD dir:" HASH " in /", .slug = "ADD");
	CHECK("/bin/sh -c #(nop) COPY multi:" HASH " in /in ", .keyword = "COPY",
	      .text = "COPY multi:" HASH " in /in", .slug = "COPY-in");
}

static void history__classic_copy_with_the_hash_stuck_to_a_flag(void **state)
{
	(void)state;
	CHECK("/bin/sh -c #(nop) COPY --chown=1:2file:" HASH " in /app ", .keyword = "COPY",
	      .text = "COPY --chown=1:2file:" HASH " in /app", .slug = "COPY-app");
	CHECK("/bin/sh -c #(nop) COPY --chown=1:2 file:" HASH " in /app ", .keyword = "COPY",
	      .text = "COPY --chown=1:2 file:" HASH " in /app", .slug = "COPY-app");
}

static void history__a_name_like_a_hash_stays(void **state)
{
	(void)state;
	CHECK("COPY file:x in /in # buildkit", "buildkit.dockerfile.v0", .keyword = "COPY",
	      .text = "COPY file:x in /in", .slug = "COPY-file-x-in-in");
	CHECK("RUN /bin/sh -c fetch file:" HASH " in", "buildkit.dockerfile.v0",
	      .keyword = "RUN", .text = "RUN fetch file:" HASH " in",
	      .slug = "RUN-fetch-file-0f7c3b1a9e5d4c2b8a6f0e1d2");
}

static void history__buildkit_run(void **state)
{
	(void)state;
	CHECK("RUN /bin/sh -c npm ci # buildkit", "buildkit.dockerfile.v0", .keyword = "RUN",
	      .text = "RUN npm ci", .slug = "RUN-npm-ci");
	CHECK("COPY --chown=1:2 /src/out /app/out # buildkit", "buildkit.dockerfile.v0",
	      .keyword = "COPY", .text = "COPY --chown=1:2 /src/out /app/out",
	      .slug = "COPY-src-out-app-out");
	CHECK("WORKDIR /src", "buildkit.dockerfile.v0", .keyword = "WORKDIR",
	      .text = "WORKDIR /src", .slug = "WORKDIR-src");
	CHECK("EXPOSE map[80/tcp:{}]", "buildkit.dockerfile.v0", .keyword = "EXPOSE",
	      .text = "EXPOSE map[80/tcp:{}]", .slug = "EXPOSE-map-80-tcp");
}

static void history__buildkit_may_say_nop_itself(void **state)
{
	(void)state;
	CHECK("RUN /bin/sh -c grep '#(nop) ENV' x # buildkit", "buildkit.dockerfile.v0",
	      .keyword = "RUN", .text = "RUN grep '#(nop) ENV' x",
	      .slug = "RUN-grep-nop-ENV-x");
}

static void history__arguments_with_spaces_end_at_the_shell(void **state)
{
	(void)state;
	CHECK("|1 VERSION=1.2 /bin/sh -c make", .keyword = "RUN", .text = "RUN make",
	      .slug = "RUN-make");
	CHECK("RUN |2 A=x y  z B=2 /bin/sh -c make all # buildkit", .keyword = "RUN",
	      .text = "RUN make all", .slug = "RUN-make-all");
	CHECK("RUN |1 A=b c /bin/bash -euo pipefail -c make # buildkit", .keyword = "RUN",
	      .text = "RUN make", .slug = "RUN-make");
	CHECK("RUN |1 A=/bin/sh -c /bin/sh -c make # buildkit", .keyword = "RUN",
	      .text = "RUN make", .slug = "RUN-make");
}

static void history__arguments_of_the_exec_form_are_counted(void **state)
{
	(void)state;
	CHECK("RUN |2 A=1 B= /bin/tool x # buildkit", .keyword = "RUN",
	      .text = "RUN /bin/tool x", .slug = "RUN-bin-tool-x");
	CHECK("RUN |2 A=1 2 B=2 /bin/tool # buildkit", .keyword = "RUN",
	      .text = "RUN |2 A=1 2 B=2 /bin/tool", .slug = "RUN-2-A-1-2-B-2-bin-tool");
	CHECK("RUN |99999999999999999999 A=1 x # buildkit", .keyword = "RUN",
	      .text = "RUN |99999999999999999999 A=1 x",
	      .slug = "RUN-99999999999999999999-A-1-x");
}

static void history__any_shell_is_left_out(void **state)
{
	(void)state;
	CHECK("RUN /bin/bash -o pipefail -c a | b # buildkit", .keyword = "RUN",
	      .text = "RUN a | b", .slug = "RUN-a-b");
	CHECK("RUN /usr/bin/zsh -ec true # buildkit", .keyword = "RUN", .text = "RUN true",
	      .slug = "RUN-true");
	CHECK("powershell -Command dir", .keyword = "RUN", .text = "RUN dir",
	      .slug = "RUN-dir");
	CHECK("/bin/sh script -c x", .keyword = "RUN", .text = "RUN /bin/sh script -c x",
	      .slug = "RUN-bin-sh-script-c-x");
	CHECK("RUN /bin/tool -c x # buildkit", .keyword = "RUN", .text = "RUN /bin/tool -c x",
	      .slug = "RUN-bin-tool-c-x");
}

static void history__buildah_keeps_flags_and_the_slug_drops_them(void **state)
{
	(void)state;
	CHECK("/bin/sh -c --mount=type=bind,from=a,source=/s,target=/m --network=none make",
	      "FROM docker.io/library/alpine:latest", .keyword = "RUN",
	      .text = "RUN --mount=type=bind,from=a,source=/s,target=/m --network=none make",
	      .slug = "RUN-make");
	CHECK("/bin/sh -c #(nop) CMD [\"sh\",\"-c\",\"id\"]", "FROM ea620a21479b",
	      .keyword = "CMD", .text = "CMD [\"sh\",\"-c\",\"id\"]", .slug = "CMD-sh-c-id");
}

static void history__kaniko_writes_the_dockerfile_line(void **state)
{
	(void)state;
	CHECK("COPY --from=builder /src /dst", .author = "kaniko", .keyword = "COPY",
	      .text = "COPY --from=builder /src /dst", .slug = "COPY-src-dst");
	CHECK("RUN cp a b", .author = "kaniko", .keyword = "RUN", .text = "RUN cp a b",
	      .slug = "RUN-cp-a-b");
	CHECK("RUN echo '#(nop) x'", .author = "kaniko", .keyword = "RUN",
	      .text = "RUN echo '#(nop) x'", .slug = "RUN-echo-nop-x");
}

static void history__flags_only_before_the_text(void **state)
{
	(void)state;
	CHECK("RUN /bin/sh -c npm ci --omit=dev # buildkit", .keyword = "RUN",
	      .text = "RUN npm ci --omit=dev", .slug = "RUN-npm-ci-omit-dev");
}

static void history__keywords_in_any_case(void **state)
{
	(void)state;
	CHECK("copy a /b # buildkit", .keyword = "COPY", .text = "COPY a /b",
	      .slug = "COPY-a-b");
}

static void history__newlines_and_odd_bytes_become_one_dash(void **state)
{
	(void)state;
	CHECK("RUN /bin/sh -c echo x > /h\n\t./../\xff\xc3\xa9 \x01y\n # buildkit",
	      .keyword = "RUN", .text = "RUN echo x > /h\n\t./../\xff\xc3\xa9 \x01y",
	      .slug = "RUN-echo-x-h-.-..-y");
}

static void history__slug_ends_at_forty_bytes_without_a_dash(void **state)
{
	(void)state;
	CHECK("RUN aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", .keyword = "RUN",
	      .text = "RUN aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
	      .slug = "RUN-aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa");
	CHECK("RUN aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa bb", .keyword = "RUN",
	      .text = "RUN aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa bb",
	      .slug = "RUN-aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa");
}

static void history__nothing_said_is_a_layer(void **state)
{
	(void)state;
	CHECK(NULL, .keyword = "", .text = "", .slug = "layer");
	CHECK("", .keyword = "", .text = "", .slug = "layer");
	CHECK(" \n ", .keyword = "", .text = "", .slug = "layer");
	CHECK("RUN", .keyword = "RUN", .text = "RUN", .slug = "RUN");
	CHECK("|", .keyword = "RUN", .text = "RUN", .slug = "RUN");
}

static void history__nul_bytes_are_text(void **state)
{
	struct history_entry h = {.created_by = BYTES("RUN a\0b # buildkit")};
	_cleanup_(buf_release) struct buf slug = BUF_INIT;
	struct instruction in;

	(void)state;
	assert_int_equal(history_instruction(&h, &in), 0);
	assert_int_equal(in.text.len, 7);
	assert_memory_equal(in.text.ptr, "RUN a\0b", 7);
	assert_int_equal(history_slug(&in, &slug), 0);
	assert_string_equal(buf_str(&slug), "RUN-a-b");
	instruction_release(&in);
}

/* Words that look like the beginning of a shell a million times: must not take minutes. */
static void history__hostile_text_costs_little(void **state)
{
	_cleanup_(buf_release) struct buf text = BUF_INIT, slug = BUF_INIT;
	struct history_entry h = {0};
	struct instruction in;

	(void)state;
	buf_add_str(&text, "|1 ");
	for (int i = 0; i < 200000; i++)
		buf_add_str(&text, "/sh -o ");
	h.created_by = buf_bytes(&text);
	assert_int_equal(history_instruction(&h, &in), 0);
	assert_int_equal(history_slug(&in, &slug), 0);
	assert_true(slug.len <= 40);
	instruction_release(&in);
}

static void history__slugs_append(void **state)
{
	_cleanup_(buf_release) struct buf slug = BUF_INIT;
	struct instruction none = {.text = BUF_INIT};

	(void)state;
	assert_int_equal(buf_add_str(&slug, "01-"), 0);
	assert_int_equal(history_slug(&none, &slug), 0);
	assert_string_equal(buf_str(&slug), "01-layer");
}

/* ---- positions ---- */

static void history__each_entry_with_a_layer_takes_the_next(void **state)
{
	struct history_entry h[] = {{.empty_layer = false},
				    {.empty_layer = true},
				    {.empty_layer = false},
				    {.empty_layer = true}};
	uint32_t at[4];

	(void)state;
	assert_true(history_positions(h, 4, 2, at));
	assert_int_equal(at[0], 1);
	assert_int_equal(at[1], 0);
	assert_int_equal(at[2], 2);
	assert_int_equal(at[3], 0);
}

static void history__counts_that_differ_say_nothing(void **state)
{
	struct history_entry h[3] = {{.empty_layer = false}, {.empty_layer = false}};
	uint32_t at[3] = {9, 9, 9};

	(void)state;
	h[2].empty_layer = true;
	for (uint32_t layers = 0; layers < 5; layers++) {
		if (layers == 2)
			continue;
		memset(at, 9, sizeof(at));
		assert_false(history_positions(h, 3, layers, at));
		assert_int_equal(at[0], 0);
		assert_int_equal(at[1], 0);
		assert_int_equal(at[2], 0);
	}
}

static void history__none_fits_no_layers(void **state)
{
	uint32_t at = 7;

	(void)state;
	assert_true(history_positions(NULL, 0, 0, &at));
	assert_false(history_positions(NULL, 0, 1, &at));
	assert_int_equal(at, 7);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(history__classic_run_has_no_keyword),
	    cmocka_unit_test(history__classic_metadata_stands_behind_nop),
	    cmocka_unit_test(history__classic_copy_has_no_hash_in_its_slug),
	    cmocka_unit_test(history__classic_copy_with_the_hash_stuck_to_a_flag),
	    cmocka_unit_test(history__a_name_like_a_hash_stays),
	    cmocka_unit_test(history__buildkit_run),
	    cmocka_unit_test(history__buildkit_may_say_nop_itself),
	    cmocka_unit_test(history__arguments_with_spaces_end_at_the_shell),
	    cmocka_unit_test(history__arguments_of_the_exec_form_are_counted),
	    cmocka_unit_test(history__any_shell_is_left_out),
	    cmocka_unit_test(history__buildah_keeps_flags_and_the_slug_drops_them),
	    cmocka_unit_test(history__kaniko_writes_the_dockerfile_line),
	    cmocka_unit_test(history__flags_only_before_the_text),
	    cmocka_unit_test(history__keywords_in_any_case),
	    cmocka_unit_test(history__newlines_and_odd_bytes_become_one_dash),
	    cmocka_unit_test(history__slug_ends_at_forty_bytes_without_a_dash),
	    cmocka_unit_test(history__nothing_said_is_a_layer),
	    cmocka_unit_test(history__nul_bytes_are_text),
	    cmocka_unit_test(history__hostile_text_costs_little),
	    cmocka_unit_test(history__slugs_append),
	    cmocka_unit_test(history__each_entry_with_a_layer_takes_the_next),
	    cmocka_unit_test(history__counts_that_differ_say_nothing),
	    cmocka_unit_test(history__none_fits_no_layers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
