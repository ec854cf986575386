/* SPDX-License-Identifier: MIT */
#include "test.h"

#include "model/align.h"

#include <stdio.h>

DEFINE_VEC(pointer_vec, const struct dockerfile_instruction *)

struct case_ {
	struct dockerfile *d;
	struct pointer_vec items;
	struct fact_entry_vec history;
	struct alignment a;
};

/* history: entries between bars, '-' in front for those that made no layer. */
static struct case_ align(const char *dockerfile, const char *history)
{
	struct case_ c = {0};
	struct err err = ERR_INIT;
	uint32_t position = 0;

	assert_ok(dockerfile_parse(bytes_from_str(dockerfile), NULL, 0, BYTES_NULL, &c.d, &err),
		  &err);
	vec_foreach (i, &c.d->instructions)
		assert_int_equal(pointer_vec_push(&c.items, i), 0);
	while (*history) {
		size_t n = strcspn(history, "|");
		struct fact_entry e = {.empty = *history == '-', .buildkit = true};
		struct history_entry h = {.created_by =
					      bytes_make(history + e.empty, n - e.empty),
					  .comment = BYTES("buildkit.dockerfile.v0")};

		if (memmem(history, n, "#(nop)", 6)) {
			h.comment = BYTES_NULL;
			e.buildkit = false;
		}
		e.position = e.empty ? 0 : ++position;
		assert_int_equal(history_instruction(&h, &e.in), 0);
		assert_int_equal(fact_entry_vec_push(&c.history, e), 0);
		history += n + (history[n] == '|');
	}
	assert_int_equal(
	    align_history(c.items.v, (uint32_t)c.items.n, c.history.v, c.history.n, &c.a), 0);
	return c;
}

static void done(struct case_ *c)
{
	vec_foreach (e, &c->history)
		instruction_release(&e->in);
	fact_entry_vec_release(&c->history);
	pointer_vec_release(&c->items);
	alignment_release(&c->a);
	dockerfile_free(c->d);
}

/* matches: "2 3 - 4": the entry of each instruction. */
static void check(const char *dockerfile, const char *history, bool accepted,
		  const char *matches)
{
	struct case_ c = align(dockerfile, history);
	char got[200] = "";

	for (size_t i = 0; i < c.items.n; i++) {
		size_t n = strlen(got);

		if (c.a.matches[i].entry == ALIGN_NONE)
			snprintf(got + n, sizeof(got) - n, "%s-", i ? " " : "");
		else
			snprintf(got + n, sizeof(got) - n, "%s%u", i ? " " : "",
				 c.a.matches[i].entry);
	}
	assert_string_equal(got, matches);
	assert_int_equal(c.a.accepted, accepted);
	done(&c);
}

static void align__the_end_is_the_dockerfiles(void **state)
{
	(void)state;
	check("FROM x\nENV A=b\nRUN make\nCMD [\"a\", \"b\"]\n",
	      "RUN /bin/sh -c base|-CMD [\"sh\"]|-ENV A=b|RUN /bin/sh -c make # buildkit|"
	      "-CMD [\"a\" \"b\"]",
	      true, "2 3 4");
}

static void align__what_some_builders_leave_out(void **state)
{
	(void)state;
	check("FROM x\nONBUILD RUN y\nRUN one\nARG Z\nRUN two\n",
	      "RUN /bin/sh -c one # buildkit|RUN /bin/sh -c two # buildkit", true, "- 0 - 1");
}

/* Classic histories hide the sources of a COPY. */
static void align__classic_strings(void **state)
{
	(void)state;
	check("FROM x\nCOPY --from=b /a ./dist\nRUN make\nEXPOSE 80\n",
	      "/bin/sh -c #(nop) ADD file:00 in / |"
	      "/bin/sh -c #(nop) COPY dir:11111111111111111111111111111111 in ./dist |"
	      "RUN /bin/sh -c make|-/bin/sh -c #(nop)  EXPOSE 80",
	      true, "1 2 3");
}

static void align__another_dockerfile_is_not_accepted(void **state)
{
	struct case_ c = align("FROM x\nRUN apt install gcc\nRUN make\n",
			       "RUN /bin/sh -c apk add nodejs # buildkit|"
			       "RUN /bin/sh -c npm ci # buildkit");

	(void)state;
	assert_false(c.a.accepted);
	assert_true(c.a.score <= 300);
	done(&c);
}

/* An image that goes on behind the stage is not that stage. */
static void align__nothing_may_follow(void **state)
{
	(void)state;
	check("FROM x\nRUN one\n",
	      "RUN /bin/sh -c one # buildkit|RUN /bin/sh -c and more # buildkit", false, "0");
}

static void align__variables_and_heredocs(void **state)
{
	(void)state;
	check("FROM x\nARG V=1\nCOPY a-$V /b\nRUN <<EOF\nmake\ninstall\nEOF\n",
	      "-ARG V=1|COPY a-1 /b # buildkit|RUN /bin/sh -c make\ninstall\n # buildkit", true,
	      "0 1 2");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(align__the_end_is_the_dockerfiles),
	    cmocka_unit_test(align__what_some_builders_leave_out),
	    cmocka_unit_test(align__classic_strings),
	    cmocka_unit_test(align__another_dockerfile_is_not_accepted),
	    cmocka_unit_test(align__nothing_may_follow),
	    cmocka_unit_test(align__variables_and_heredocs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
