/* SPDX-License-Identifier: MIT */
#include "test.h"

#include "model/provenance.h"

#include <stdio.h>

static int parse(const char *steps, const char *metadata, struct provenance **ret,
		 struct err *err)
{
	char json[8192];

	snprintf(json, sizeof(json),
		 "{\"buildType\":\"t\",\"buildConfig\":{\"llbDefinition\":[%s]},\"metadata\":{"
		 "\"https://mobyproject.org/buildkit@v1#metadata\":{%s}}}",
		 steps, metadata);
	return provenance_parse(bytes_from_str(json), 0, ret, err);
}

/* As BuildKit 0.11 wrote it for a COPY --from; the last vertex has no operation. */
static const char steps[] =
    "{\"id\":\"step0\",\"op\":{\"Op\":{\"source\":{\"identifier\":\"docker-image://"
    "busybox\"}}}},"
    "{\"id\":\"step1\",\"op\":{\"Op\":{\"source\":{\"identifier\":\"local://context\"}}}},"
    "{\"id\":\"step2\",\"op\":{\"Op\":{\"exec\":{\"meta\":{}}}},\"inputs\":[\"step0:0\"]},"
    "{\"id\":\"step3\",\"op\":{\"Op\":{\"file\":{\"actions\":[{\"secondaryInput\":1,\"Action\":"
    "{\"copy\":"
    "{\"src\":\"/a\",\"dest\":\"/b/"
    "\"}}},{\"input\":2,\"secondaryInput\":-1,\"Action\":{\"mkdir\":{}}},"
    "{\"input\":3,\"secondaryInput\":7,\"Action\":{\"copy\":{\"src\":\"/c\",\"dest\":\"/"
    "d\"}}}]}}},"
    "\"inputs\":[\"step0:0\",\"step2:0\"]},"
    "{\"id\":\"step4\",\"op\":{\"Op\":{\"source\":{\"identifier\":\"https://x/y\"}}}},"
    "{\"id\":\"step5\",\"op\":{\"Op\":{\"merge\":{}}},\"inputs\":[\"step3:0\",\"step4:0\"]},"
    "{\"id\":\"step6\",\"op\":{\"Op\":null},\"inputs\":[\"step5:0\"]}";

static void provenance_steps__operations_inputs_and_copies(void **state)
{
	static const enum provenance_op ops[] = {
	    PROVENANCE_IMAGE,  PROVENANCE_CONTEXT, PROVENANCE_EXEC,  PROVENANCE_FILE,
	    PROVENANCE_SOURCE, PROVENANCE_MERGE,   PROVENANCE_RESULT};
	struct err err = ERR_INIT;
	struct provenance *p;

	(void)state;
	assert_ok(parse(steps, "", &p, &err), &err);
	assert_int_equal(p->n_steps, ARRAY_SIZE(ops));
	for (size_t i = 0; i < ARRAY_SIZE(ops); i++)
		assert_int_equal(p->steps[i].op, ops[i]);
	assert_bytes_equal_str(p->steps[0].identifier, "docker-image://busybox");
	assert_int_equal(p->steps[3].n_inputs, 2);
	assert_int_equal(p->steps[3].inputs[1], 2);
	assert_int_equal(p->steps[3].n_copies, 2);
	assert_int_equal(p->steps[3].copies[0].source, 2);
	assert_bytes_equal_str(p->steps[3].copies[0].src, "/a");
	assert_bytes_equal_str(p->steps[3].copies[0].dst, "/b/");
	assert_int_equal(p->steps[3].copies[1].source, PROVENANCE_NONE);
	provenance_free(p);
}

static void provenance_steps__lines_and_layers(void **state)
{
	struct err err = ERR_INIT;
	struct provenance *p;

	(void)state;
	assert_ok(
	    parse(
		steps,
		"\"source\":{\"locations\":{\"step2\":{\"locations\":[{\"ranges\":[{\"start\":"
		"{\"line\":12},\"end\":{\"line\":12}},{\"start\":{\"line\":10},\"end\":{"
		"\"line\":11}}]"
		"}]},\"step3\":{}}},\"layers\":{\"step2:0\":[[{\"digest\":\"sha256:a\"},"
		"{\"digest\":\"sha256:b\"}]]}",
		&p, &err),
	    &err);
	assert_int_equal(p->steps[2].line0, 10);
	assert_int_equal(p->steps[2].line1, 12);
	assert_int_equal(p->steps[3].line0, 0);
	assert_int_equal(p->steps[2].n_chains, 1);
	assert_int_equal(p->steps[2].chains[0].n, 2);
	assert_bytes_equal_str(p->steps[2].chains[0].blobs[1], "sha256:b");
	assert_int_equal(p->steps[3].n_chains, 0);
	provenance_free(p);
}

/* A fuzzer's: line 0 once stood for "no line" and for a line at a time. */
static void provenance_steps__lines_count_from_1(void **state)
{
	struct err err = ERR_INIT;
	struct provenance *p;

	(void)state;
	assert_ok(parse(steps,
			"\"source\":{\"locations\":{\"step2\":{\"locations\":[{\"ranges\":["
			"{\"start\":{},\"end\":{\"line\":9}},{\"start\":{\"line\":3},\"end\":{"
			"\"line\":4}}]}]},\"step3\":{\"locations\":[{\"ranges\":[{\"start\":{"
			"\"line\":0},\"end\":{\"line\":5}}]}]}}}",
			&p, &err),
		  &err);
	assert_int_equal(p->steps[2].line0, 3);
	assert_int_equal(p->steps[2].line1, 4);
	assert_int_equal(p->steps[3].line0, 0);
	assert_int_equal(p->steps[3].line1, 0);
	provenance_free(p);
}

static void provenance_steps__what_points_nowhere_is_refused(void **state)
{
	struct err err = ERR_INIT;
	struct provenance *p = NULL;

	(void)state;
	assert_int_equal(parse("{\"id\":\"a\",\"inputs\":[\"b:0\"]}", "", &p, &err), -EINVAL);
	assert_string_equal(err.msg, "a step with an input that is none");
	err = ERR_INIT;
	assert_int_equal(parse("{\"inputs\":[]}", "", &p, &err), -EINVAL);
	assert_string_equal(err.msg, "a step without an id");
	assert_null(p);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(provenance_steps__operations_inputs_and_copies),
	    cmocka_unit_test(provenance_steps__lines_and_layers),
	    cmocka_unit_test(provenance_steps__lines_count_from_1),
	    cmocka_unit_test(provenance_steps__what_points_nowhere_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
