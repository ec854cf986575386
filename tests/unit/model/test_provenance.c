/* SPDX-License-Identifier: MIT */
#include "test.h"

#include "model/provenance.h"

#include <stdio.h>

/* "FROM scratch\n" in base64 */
#define DOCKERFILE "RlJPTSBzY3JhdGNoCg=="

static const char predicate_02[] =
    "{\"buildType\":\"https://mobyproject.org/"
    "buildkit@v1\",\"materials\":[{\"uri\":\"pkg:docker/x\","
    "\"digest\":{\"sha256\":\"00\"}},{}],\"invocation\":{\"parameters\":{\"args\":{\"target\":"
    "\"prod\","
    "\"build-arg:V\":\"1\",\"build-arg:W\":\"2\",\"context:base\":\"oci-layout://"
    "b\",\"label:x\":\"y\"}}},"
    "\"metadata\":{\"https://mobyproject.org/buildkit@v1#metadata\":{\"source\":{\"infos\":[{"
    "\"filename\":\"Dockerfile\",\"language\":\"Dockerfile\",\"data\":\"" DOCKERFILE "\"}]}}}}";

static const char predicate_1[] =
    "{\"buildDefinition\":{\"resolvedDependencies\":[{\"uri\":\"u\"}],\"externalParameters\":{"
    "\"request\":"
    "{\"args\":{\"build-arg:V\":\"1\"}}}},\"runDetails\":{\"metadata\":{\"buildkit_metadata\":{"
    "\"source\":"
    "{\"infos\":[{\"language\":\"\",\"data\":\"" DOCKERFILE "\"}]}}}}}";

static struct provenance *parse(const char *json, uint32_t i)
{
	struct provenance *p = NULL;
	struct err err = ERR_INIT;

	assert_ok(provenance_parse(bytes_from_str(json), i, &p, &err), &err);
	return p;
}

static void provenance__version_0_2(void **state)
{
	struct provenance *p = parse(predicate_02, 0);

	(void)state;
	assert_bytes_equal_str(p->dockerfile, "FROM scratch\n");
	assert_bytes_equal_str(p->filename, "Dockerfile");
	assert_bytes_equal_str(p->target, "prod");
	assert_int_equal(p->n_args, 2);
	assert_bytes_equal_str(p->args[1].name, "W");
	assert_bytes_equal_str(p->args[1].value, "2");
	assert_int_equal(p->n_contexts, 1);
	assert_bytes_equal_str(p->contexts[0].name, "base");
	assert_int_equal(p->n_materials, 1);
	assert_bytes_equal_str(p->materials[0].value, "sha256:00");
	assert_int_equal(p->n_steps, 0);
	provenance_free(p);
}

static void provenance__version_1(void **state)
{
	struct provenance *p = parse(predicate_1, 0);

	(void)state;
	assert_bytes_equal_str(p->dockerfile, "FROM scratch\n");
	assert_int_equal(p->target.len, 0);
	assert_int_equal(p->n_args, 1);
	assert_bytes_equal_str(p->materials[0].name, "u");
	provenance_free(p);
}

static void provenance__a_statement_names_its_subjects(void **state)
{
	char json[4096];
	struct provenance *p;

	(void)state;
	snprintf(json, sizeof(json),
		 "{\"_type\":\"https://in-toto.io/Statement/v0.1\",\"predicateType\":"
		 "\"https://slsa.dev/provenance/"
		 "v0.2\",\"subject\":[{\"digest\":{\"sha256\":\"aa\"}},"
		 "{\"digest\":{\"sha512\":\"bb\"}}],\"predicate\":%s}",
		 predicate_02);
	p = parse(json, 0);
	assert_int_equal(p->n_subjects, 1);
	assert_bytes_equal_str(p->subjects[0], "sha256:aa");
	provenance_free(p);
}

static void provenance__metadata_files_have_one_a_platform(void **state)
{
	char json[8192];
	struct provenance *p;
	uint32_t n;

	(void)state;
	snprintf(json, sizeof(json),
		 "{\"containerimage.digest\":\"sha256:cc\",\"buildx.build.ref\":\"r\","
		 "\"buildx.build.provenance/linux/amd64\":%s,\"buildx.build.provenance/linux/"
		 "arm64\":%s}",
		 predicate_02, predicate_1);
	assert_int_equal(provenance_count(bytes_from_str(json), &n, NULL), 0);
	assert_int_equal(n, 2);
	p = parse(json, 0);
	assert_bytes_equal_str(p->platform, "linux/amd64");
	assert_bytes_equal_str(p->subjects[0], "sha256:cc");
	provenance_free(p);
	p = parse(json, 1);
	assert_bytes_equal_str(p->platform, "linux/arm64");
	provenance_free(p);
	p = NULL;
	assert_int_equal(provenance_parse(bytes_from_str(json), 2, &p, NULL), -EINVAL);
}

/* echo -n '{"buildType":"t"}' | base64 */
static void provenance__envelopes_are_opened(void **state)
{
	struct provenance *p =
	    parse("{\"payloadType\":\"application/vnd.in-toto+json\",\"payload\":"
		  "\"eyJidWlsZFR5cGUiOiJ0In0=\",\"signatures\":[]}",
		  0);

	(void)state;
	assert_int_equal(p->dockerfile.len, 0);
	provenance_free(p);
}

static void provenance__what_is_none_is_said_to_be(void **state)
{
	static const struct {
		const char *json;
		int code;
		const char *message;
	} cases[] = {
	    {"{}", -EINVAL, "no provenance in it"},
	    {"[1]", -EINVAL, "no provenance in it"},
	    {"{\"predicateType\":\"https://spdx.dev/Document\",\"predicate\":{}}", -EOPNOTSUPP,
	     "a statement of type https://spdx.dev/Document, not a provenance"},
	    {"{\"predicateType\":5}", -EINVAL, "its predicateType is no text"},
	    {"{\"predicateType\":\"https://slsa.dev/provenance/v1\",\"predicate\":5}", -EINVAL,
	     "no provenance in it"},
	    {"{\"payloadType\":\"x\"}", -EINVAL, "an envelope without a payload"},
	    {"{\"payloadType\":\"x\",\"payload\":\"%%%\"}", -EINVAL,
	     "the payload of the envelope is not base64"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct err err = ERR_INIT;
		uint32_t n;

		assert_int_equal(provenance_count(bytes_from_str(cases[i].json), &n, &err),
				 cases[i].code);
		assert_string_equal(err.msg, cases[i].message);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(provenance__version_0_2),
	    cmocka_unit_test(provenance__version_1),
	    cmocka_unit_test(provenance__a_statement_names_its_subjects),
	    cmocka_unit_test(provenance__metadata_files_have_one_a_platform),
	    cmocka_unit_test(provenance__envelopes_are_opened),
	    cmocka_unit_test(provenance__what_is_none_is_said_to_be),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
