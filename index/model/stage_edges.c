/* SPDX-License-Identifier: MIT */
/*
 * Edges once their stages have chains: which layer holds the copies, and where in the tree they
 * are, that is, destinations against WORKDIR.
 *
 * WORKDIR is followed through the history of the base image, then through the stages of the
 * FROM chain. Variables are taken as BuildKit's history shows them, which is after expansion,
 * else from ENV and ARG (model/stage_env.h); where one is not known, the path stays as it is
 * written and matches nothing.
 */
#include "model/stage_env.h"

/* Where a walk through a FROM chain stands. */
struct place {
	struct buf cwd;
	struct stage_env env;
};

static void place_release(struct place *p)
{
	buf_release(&p->cwd);
	stage_env_release(&p->env);
}

struct bytes draft_next_word(struct bytes *rest)
{
	struct bytes word;
	size_t n = 0;

	while (rest->len && (rest->ptr[0] == ' ' || rest->ptr[0] == '\t'))
		*rest = bytes_skip(*rest, 1);
	while (n < rest->len && rest->ptr[n] != ' ' && rest->ptr[n] != '\t')
		n++;
	word = bytes_make(rest->ptr, n);
	*rest = bytes_skip(*rest, n);
	return word;
}

struct bytes draft_arguments(struct bytes text)
{
	struct bytes rest = text, word;

	draft_next_word(&rest);
	for (;;) {
		struct bytes before = rest;

		word = draft_next_word(&rest);
		if (!bytes_starts_with(word, BYTES("--")))
			return before;
	}
}

static struct bytes trim(struct bytes b)
{
	while (b.len && (b.ptr[0] == ' ' || b.ptr[0] == '\t'))
		b = bytes_skip(b, 1);
	while (b.len && (b.ptr[b.len - 1] == ' ' || b.ptr[b.len - 1] == '\t'))
		b.len--;
	return b;
}

static void go_up(struct buf *path)
{
	const char *slash = path->len ? memrchr(path->ptr, '/', path->len) : NULL;

	path->len = slash ? (size_t)(slash - path->ptr) : 0;
	if (path->ptr)
		path->ptr[path->len] = 0;
}

int draft_join(struct buf *out, struct bytes cwd, struct bytes path)
{
	bool below = bytes_ends_with(path, BYTES("/")) || bytes_ends_with(path, BYTES("/.")) ||
		     bytes_equal(path, BYTES("."));
	struct bytes parts[2] = {bytes_starts_with(path, BYTES("/")) ? BYTES_NULL : cwd, path};

	for (int k = 0; k < 2; k++) {
		struct bytes c;

		while (bytes_next_component(&parts[k], &c)) {
			if (bytes_equal(c, BYTES(".")))
				continue;
			if (bytes_equal(c, BYTES(".."))) {
				go_up(out);
				continue;
			}
			if (out->len)
				buf_add_char(out, '/');
			buf_add_bytes(out, c);
		}
	}
	if (below)
		buf_add_char(out, '/');
	return buf_status(out);
}

int draft_change_directory(struct buf *cwd, struct bytes to)
{
	struct buf next = BUF_INIT;
	int r = draft_join(&next, buf_bytes(cwd), trim(to));

	buf_release(cwd);
	*cwd = next;
	return r;
}

/* The history's words for instruction k of a stage, if it has one. */
static struct bytes as_built(const struct draft *d, const struct draft_stage *s, size_t k)
{
	const struct build_instruction *i = &s->instructions.v[k];

	if (s->history != DRAFT_NONE && k < s->entries.n && s->entries.v[k] != ALIGN_NONE) {
		const struct fact_entry *e =
		    &d->f->images.v[s->history].history.v[s->entries.v[k]];

		if (e->buildkit || strcmp(i->keyword, "WORKDIR") == 0)
			return buf_bytes(&e->in.text);
	}
	return i->text;
}

static bool has_variable(struct bytes b)
{
	return bytes_find(b, '$') < b.len;
}

/* The n-th word of the built text, counted from its end: 0 is the destination. */
static struct bytes word_from_end(struct bytes text, size_t n)
{
	struct bytes rest = draft_arguments(text), words[64], word;
	size_t count = 0;

	while ((word = draft_next_word(&rest)).len && count < ARRAY_SIZE(words))
		words[count++] = word;
	return n < count && count < ARRAY_SIZE(words) ? words[count - 1 - n] : BYTES_NULL;
}

/* How many edges of the same instruction come after edge e: its place among the sources. */
static size_t edges_behind(const struct draft_stage *s, const struct build_edge *e)
{
	size_t n = 0;

	for (const struct build_edge *k = e + 1; k < s->edges.v + s->edges.n; k++)
		n += k->instruction == e->instruction && k->kind == e->kind;
	return n;
}

/* A path of an edge as it was when built; n: its place from the end of the built text. */
static int settle_path(struct draft *d, struct place *p, struct bytes built, size_t n,
		       struct bytes *path)
{
	struct bytes word = has_variable(*path) ? word_from_end(built, n) : BYTES_NULL;
	int r;

	if (!has_variable(*path))
		return 0;
	r = stage_env_expand(&p->env, word.ptr ? word : *path, &word);
	if (r == 0)
		*path = draft_bytes(d, word);
	return r < 0 || !path->ptr ? -ENOMEM : 0;
}

static int settle_edge(struct draft *d, struct draft_stage *s, struct build_edge *e,
		       struct place *p)
{
	_cleanup_(buf_release) struct buf path = BUF_INIT;
	struct bytes built = as_built(d, s, e->instruction);
	int r;

	e->position = s->instructions.v[e->instruction].position;
	if (e->kind == EDGE_MOUNT)
		return 0;
	r = settle_path(d, p, built, 1 + edges_behind(s, e), &e->src);
	if (r == 0)
		r = settle_path(d, p, built, 0, &e->dst);
	if (r < 0 || draft_join(&path, buf_bytes(&p->cwd), e->dst) < 0)
		return -ENOMEM;
	e->dst = draft_bytes(d, buf_bytes(&path));
	return e->dst.ptr ? 0 : -ENOMEM;
}

static int change_directory(struct draft *d, const struct draft_stage *s, size_t k,
			    struct place *p)
{
	struct bytes to;
	int r = stage_env_expand(&p->env, draft_arguments(as_built(d, s, k)), &to);

	return r < 0 ? r : draft_change_directory(&p->cwd, to);
}

/* A stage's instructions in order: WORKDIR moves on, edges settle where they stand. */
static int walk_stage(struct draft *d, struct draft_stage *s, bool settle, struct place *p)
{
	int r = 0;

	for (size_t k = 0; r == 0 && k < s->instructions.n; k++) {
		if (strcmp(s->instructions.v[k].keyword, "WORKDIR") == 0)
			r = change_directory(d, s, k, p);
		if (r == 0)
			r = stage_env_learn(&p->env, s, k);
		for (size_t n = 0; settle && r == 0 && n < s->edges.n; n++)
			if (s->edges.v[n].instruction == k)
				r = settle_edge(d, s, &s->edges.v[n], p);
	}
	stage_env_next_stage(&p->env);
	return r;
}

/* Where the first stage of a FROM chain begins: the base image's WORKDIR and ENV. */
static int begin(const struct draft *d, const struct draft_stage *root, struct place *p)
{
	const struct fact_image *i =
	    root->history == DRAFT_NONE ? NULL : &d->f->images.v[root->history];
	int r = stage_env_begin(&p->env, d, root);

	for (uint32_t k = 0; i && r == 0 && k < root->root_entries && k < i->history.n; k++)
		if (strcmp(i->history.v[k].in.keyword, "WORKDIR") == 0)
			r = draft_change_directory(
			    &p->cwd, draft_arguments(buf_bytes(&i->history.v[k].in.text)));
	return r;
}

/* Through the stages that s stands on, the first one first; s itself settles. */
static int walk_chain(struct draft *d, struct draft_stage *s, bool settle, struct place *p)
{
	int r;

	if (s->s.base_kind == BASE_STAGE)
		r = walk_chain(d, &d->stages.v[s->s.base_stage], false, p);
	else
		r = begin(d, s, p);
	return r < 0 ? r : walk_stage(d, s, settle, p);
}

int draft_settle_edges(struct draft *d)
{
	vec_foreach (s, &d->stages) {
		_cleanup_(place_release) struct place p = {.cwd = BUF_INIT};

		if (walk_chain(d, s, true, &p) < 0)
			return -ENOMEM;
	}
	return 0;
}
