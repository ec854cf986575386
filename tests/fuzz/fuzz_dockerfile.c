/* SPDX-License-Identifier: MIT */
/*
 * A Dockerfile, parsed with a build argument and a platform, and everything asked of it that
 * can be asked. The text is also expanded as one word, with a few variables.
 */
#include "fuzz.h"

#include "model/dockerfile.h"

static const struct dockerfile_arg vars[] = {
    {BYTES("A"), BYTES("alpine:3")},
    {BYTES("V"), BYTES("a/b.c/\xc3\xa4.tar.gz\n*?\\")},
    {BYTES("EMPTY"), BYTES("")},
    {BYTES("UNSET"), {NULL, 0}},
};

static void try_expand(struct bytes in)
{
	struct arena arena = {0};
	struct err err = ERR_INIT;
	struct bytes out;
	bool special = false;
	int r = dockerfile_expand(in, '\\', vars, ARRAY_SIZE(vars), &arena, &out, &err);

	if (r < 0)
		fuzz_refused(r, &err);
	else
		fuzz_check(out.len <= DOCKERFILE_MAX_EXPANDED);
	for (size_t i = 0; i < in.len; i++)
		special |= memchr("$'\"\\", in.ptr[i], 4) != NULL;
	if (!special && in.len <= DOCKERFILE_MAX_EXPANDED)
		fuzz_check(r == 0 && bytes_equal(in, out));
	arena_release(&arena);
}

static void check_source(struct dockerfile_source s, uint32_t stage)
{
	if (s.kind == DOCKERFILE_FROM_STAGE)
		fuzz_check(s.stage < stage);
	if (s.kind == DOCKERFILE_FROM_IMAGE)
		fuzz_check(s.image.len > 0);
}

static void check_keyword(struct bytes keyword)
{
	fuzz_check(keyword.len > 0);
	for (size_t i = 0; i < keyword.len; i++)
		fuzz_check(!(keyword.ptr[i] >= 'a' && keyword.ptr[i] <= 'z') &&
			   keyword.ptr[i] != ' ' && keyword.ptr[i] != '\n');
}

static void check_copy(const struct dockerfile_instruction *i)
{
	struct dockerfile_copy copy;

	if (dockerfile_copy_args(i, &copy) < 0)
		return;
	fuzz_check(copy.sources.n < i->args.n && copy.destination.ptr);
	fuzz_check(copy.sources.n + i->heredocs.n + 1 >= i->args.n);
	bytes_vec_release(&copy.sources);
}

static void check_instruction(const struct dockerfile *d,
			      const struct dockerfile_instruction *i, uint32_t stage)
{
	check_keyword(i->keyword);
	fuzz_check(i->line0 >= 1 && i->line0 <= i->line1);
	fuzz_check(bytes_find(i->text, '\n') == i->text.len);
	fuzz_check(i->trigger <= d->triggers.n);
	vec_foreach (f, &i->flags)
		fuzz_check(f->name.len > 0 || f->value.ptr);
	vec_foreach (a, &i->args)
		fuzz_check(a->ptr || !a->len);
	vec_foreach (h, &i->heredocs) {
		fuzz_check(h->name.len > 0 && h->fd >= 0);
		fuzz_check(!h->content.len || h->content.ptr[h->content.len - 1] == '\n');
		fuzz_check(!h->chomp || !h->content.len || h->content.ptr[0] != '\t');
	}
	vec_foreach (m, &i->mounts)
		check_source(dockerfile_mount_source(d, stage, m), stage);
	check_source(dockerfile_copy_source(d, stage, i), stage);
	check_copy(i);
	(void)dockerfile_makes_layer(i);
}

static void check_target(const struct dockerfile *d, uint32_t k)
{
	bool *needed = calloc(d->stages.n, sizeof(*needed));
	const struct dockerfile_stage *s = &d->stages.v[k];
	uint32_t found;

	fuzz_check(needed);
	dockerfile_reachable(d, k, needed);
	fuzz_check(needed[k]);
	for (uint32_t i = 0; i < d->stages.n; i++)
		fuzz_check(!needed[i] || i <= k);
	fuzz_check(s->base_kind != DOCKERFILE_STAGE || needed[s->base_stage]);
	free(needed);
	if (s->name.len) {
		fuzz_check(dockerfile_target(d, s->name, &found) == 0 && found >= k);
		fuzz_check(bytes_equal(d->stages.v[found].name, s->name));
	}
}

static void check_stage(const struct dockerfile *d, uint32_t k)
{
	const struct dockerfile_stage *s = &d->stages.v[k];
	uint32_t line = s->line0;

	fuzz_check(s->base.len > 0 && s->base_text.len > 0);
	fuzz_check(s->base_kind != DOCKERFILE_STAGE || s->base_stage < k);
	fuzz_check(s->line0 <= s->line1);
	fuzz_check(k == 0 || d->stages.v[k - 1].line1 + 1 == s->line0);
	fuzz_check(s->first == (k ? d->stages.v[k - 1].first + d->stages.v[k - 1].n : 0));
	for (uint32_t n = 0; n < s->n; n++) {
		const struct dockerfile_instruction *i = &d->instructions.v[s->first + n];

		check_instruction(d, i, k);
		fuzz_check(i->line0 > line && i->line1 <= s->line1);
		line = i->line1;
	}
}

static void check_dockerfile(const struct dockerfile *d)
{
	uint32_t last, n = (uint32_t)d->stages.n;

	fuzz_check(n > 0 && (d->escape == '\\' || d->escape == '`'));
	fuzz_check(d->stages.v[n - 1].first + d->stages.v[n - 1].n == d->instructions.n);
	fuzz_check(dockerfile_target(d, BYTES_NULL, &last) == 0 && last == n - 1);
	vec_foreach (i, &d->meta)
		check_instruction(d, i, 0);
	vec_foreach (i, &d->triggers)
		check_instruction(d, i, 0);
	for (uint32_t k = 0; k < n; k++)
		check_stage(d, k);
	for (uint32_t k = 0; k < n; k += 1 + n / 8)
		check_target(d, k);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_(dockerfile_freep) struct dockerfile *d = NULL;
	struct bytes in = bytes_make(data, size);
	struct err err = ERR_INIT;
	int r;

	try_expand(in);
	r = dockerfile_parse(in, vars, ARRAY_SIZE(vars), BYTES("linux/arm/v7"), &d, &err);
	if (r < 0)
		fuzz_refused(r, &err);
	else
		check_dockerfile(d);
	return 0;
}
