/* SPDX-License-Identifier: MIT */
#include "dockerfile_text.h"

static void add_source(struct buf *out, const struct dockerfile_source *s)
{
	if (s->kind == DOCKERFILE_FROM_STAGE)
		buf_addf(out, " <stage %u>", s->stage);
	if (s->kind == DOCKERFILE_FROM_IMAGE)
		buf_addf(out, " <image %.*s>", (int)s->image.len, s->image.ptr);
}

static void add_copy(struct buf *out, const struct dockerfile *d, uint32_t stage,
		     const struct dockerfile_instruction *i)
{
	struct dockerfile_source source = dockerfile_copy_source(d, stage, i);
	struct dockerfile_copy copy = {0};

	add_source(out, &source);
	if (dockerfile_copy_args(i, &copy) < 0) {
		buf_add_str(out, " (bad)");
		return;
	}
	vec_foreach (s, &copy.sources)
		buf_addf(out, " %.*s", (int)s->len, s->ptr);
	buf_addf(out, " -> %.*s", (int)copy.destination.len, copy.destination.ptr);
	bytes_vec_release(&copy.sources);
}

static void add_words(struct buf *out, const struct dockerfile *d, uint32_t stage,
		      const struct dockerfile_instruction *i)
{
	buf_addf(out, " %.*s", (int)i->keyword.len, i->keyword.ptr);
	vec_foreach (f, &i->flags)
		buf_addf(out, " --%.*s=%.*s", (int)f->name.len, f->name.ptr, (int)f->value.len,
			 f->value.len ? f->value.ptr : "");
	if (bytes_equal(i->keyword, BYTES("COPY")) || bytes_equal(i->keyword, BYTES("ADD")))
		add_copy(out, d, stage, i);
	else if (i->json)
		vec_foreach (a, &i->args)
			buf_addf(out, " [%.*s]", (int)a->len, a->ptr);
	else
		buf_addf(out, " %.*s", (int)i->text.len, i->text.ptr);
	vec_foreach (m, &i->mounts) {
		struct dockerfile_source source = dockerfile_mount_source(d, stage, m);

		buf_addf(out, " {%.*s", (int)m->type.len, m->type.ptr);
		add_source(out, &source);
		buf_addf(out, " %.*s:%.*s}", (int)m->source.len,
			 m->source.len ? m->source.ptr : "", (int)m->target.len,
			 m->target.len ? m->target.ptr : "");
	}
	vec_foreach (h, &i->heredocs)
		buf_addf(out, " <<%d%s%s%.*s(%.*s)", h->fd, h->chomp ? "-" : "",
			 h->expand ? "" : "'", (int)h->name.len, h->name.ptr,
			 (int)h->content.len, h->content.len ? h->content.ptr : "");
}

static void add_instruction(struct buf *out, const struct dockerfile *d, uint32_t stage,
			    const struct dockerfile_instruction *i)
{
	buf_addf(out, i->line0 == i->line1 ? "%u" : "%u-%u", i->line0, i->line1);
	add_words(out, d, stage, i);
	if (i->trigger) {
		buf_add_str(out, " =>");
		add_words(out, d, stage, &d->triggers.v[i->trigger - 1]);
	}
	buf_add_char(out, '\n');
}

static void add_stage(struct buf *out, const struct dockerfile *d, uint32_t k)
{
	static const char *const kinds[] = {"scratch", "stage", "image"};
	const struct dockerfile_stage *s = &d->stages.v[k];

	buf_addf(out, "stage %u %.*s: %s ", k, (int)s->name.len, s->name.len ? s->name.ptr : "",
		 kinds[s->base_kind]);
	if (s->base_kind == DOCKERFILE_STAGE)
		buf_addf(out, "%u", s->base_stage);
	else
		buf_addf(out, "%.*s", (int)s->base.len, s->base.ptr);
	if (s->platform.len)
		buf_addf(out, " on %.*s", (int)s->platform.len, s->platform.ptr);
	buf_addf(out, " [%u-%u]\n", s->line0, s->line1);
	for (uint32_t n = 0; n < s->n; n++)
		add_instruction(out, d, k, &d->instructions.v[s->first + n]);
}

void dockerfile_text(const struct dockerfile *d, struct buf *out)
{
	for (uint32_t k = 0; k < d->stages.n; k++)
		add_stage(out, d, k);
}
