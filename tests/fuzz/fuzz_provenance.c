/* SPDX-License-Identifier: MIT */
/*
 * A provenance in any of its shapes: every one that the document is said to hold is parsed, and
 * all that it says must stay inside what it says there is.
 *
 * An input that begins with "DSSE " is the statement of an envelope, so that the fuzzer need
 * not write base64.
 */
#include "encode.h"

#include "model/provenance.h"

static void check_pairs(const struct provenance_pair *pairs, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++) {
		fuzz_check(pairs[i].name.ptr || !pairs[i].name.len);
		fuzz_check(pairs[i].value.ptr || !pairs[i].value.len);
	}
}

static void check_step(const struct provenance *p, const struct provenance_step *s)
{
	fuzz_check(s->id.len < 64 && s->op <= PROVENANCE_OTHER);
	fuzz_check(s->line0 <= s->line1 && (s->line0 > 0) == (s->line1 > 0));
	for (uint32_t i = 0; i < s->n_inputs; i++)
		fuzz_check(s->inputs[i] < p->n_steps);
	fuzz_check(s->n_copies == 0 || s->op == PROVENANCE_FILE);
	for (uint32_t i = 0; i < s->n_copies; i++) {
		uint32_t from = s->copies[i].source;

		fuzz_check(from == PROVENANCE_NONE || from < p->n_steps);
		fuzz_check(s->copies[i].src.ptr && s->copies[i].dst.ptr);
	}
	for (uint32_t i = 0; i < s->n_chains; i++)
		for (uint32_t k = 0; k < s->chains[i].n; k++)
			fuzz_check(s->chains[i].blobs[k].ptr);
	fuzz_check(!s->identifier.len || s->op == PROVENANCE_IMAGE ||
		   s->op == PROVENANCE_CONTEXT || s->op == PROVENANCE_SOURCE);
}

static void check_provenance(const struct provenance *p)
{
	for (uint32_t i = 0; i < p->n_subjects; i++)
		fuzz_check(p->subjects[i].len > 0);
	check_pairs(p->args, p->n_args);
	check_pairs(p->contexts, p->n_contexts);
	check_pairs(p->materials, p->n_materials);
	for (uint32_t i = 0; i < p->n_steps; i++)
		check_step(p, &p->steps[i]);
}

static void parse_all(struct bytes text)
{
	struct err err = ERR_INIT;
	uint32_t n = 0;
	int r = provenance_count(text, &n, &err);

	if (r < 0) {
		fuzz_refused(r, &err);
		return;
	}
	fuzz_check(n > 0);
	for (uint32_t i = 0; i <= n; i++) {
		_cleanup_(provenance_freep) struct provenance *p = NULL;

		err = ERR_INIT;
		r = provenance_parse(text, i, &p, &err);
		if (r < 0)
			fuzz_refused(r, &err);
		else
			check_provenance(p);
		fuzz_check(i < n || r == -EINVAL);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bytes in = bytes_make(data, size);
	_cleanup_(buf_release) struct buf envelope = BUF_INIT;

	if (!bytes_starts_with(in, BYTES("DSSE "))) {
		parse_all(in);
		return 0;
	}
	buf_add_str(&envelope,
		    "{\"payloadType\":\"application/vnd.in-toto+json\",\"payload\":\"");
	fuzz_base64(bytes_skip(in, 5), &envelope);
	buf_add_str(&envelope, "\"}");
	fuzz_check(buf_status(&envelope) == 0);
	parse_all(buf_bytes(&envelope));
	return 0;
}
