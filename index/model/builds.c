/* SPDX-License-Identifier: MIT */
#include "model/builds.h"

#include "model/stage_draft.h"
#include "model/stage_group.h"

#include <stdio.h>

#define STAGES_MAX 1000

struct deriving {
	struct db *db;
	struct facts f;
	struct layer_contents_cache contents;
	struct build_set *set;
	bool *used;           /* per image: it is in a build */
	struct bytes *unread; /* per image: why its Dockerfile is of no use; in set's arena */
	struct err *err;
};

/* What is known of the Dockerfile of one image. */
struct recipe {
	uint32_t image; /* DRAFT_NONE: only the document knows the build */
	const struct fact_document *dockerfile; /* given by the user; may be NULL */
	const struct fact_document *provenance; /* may be NULL */
	const struct fact_document *arguments;  /* of the Dockerfile given; may be NULL */
	uint32_t target;                        /* its stage, to try the last ones first */
};
DEFINE_VEC(recipe_vec, struct recipe)

/* ---- which document is about which image ---- */

static bool has_steps(const struct fact_document *doc)
{
	return doc->provenance && doc->provenance->dockerfile.len;
}

/* The image whose stored layers are a chain of the provenance's result. */
static uint32_t image_by_blobs(const struct facts *f, const struct provenance *p)
{
	for (uint32_t i = 0; i < f->images.n; i++) {
		const struct fact_layer_vec *layers = &f->images.v[i].layers;

		for (uint32_t s = 0; s < p->n_steps; s++)
			for (uint32_t c = 0; c < p->steps[s].n_chains; c++) {
				const struct provenance_chain *chain = &p->steps[s].chains[c];
				uint32_t k = 0;

				while (k < chain->n && k < layers->n &&
				       bytes_equal(chain->blobs[k], layers->v[k].blob))
					k++;
				if (k && k == chain->n && k == layers->n)
					return i;
			}
	}
	return DRAFT_NONE;
}

static uint32_t image_of(const struct facts *f, const struct fact_document *doc)
{
	uint32_t image = facts_by_digest(f, doc->subject);

	for (uint32_t k = 0;
	     doc->provenance && image == DRAFT_NONE && k < doc->provenance->n_subjects; k++)
		image = facts_by_digest(f, doc->provenance->subjects[k]);
	if (image == DRAFT_NONE && doc->provenance)
		image = image_by_blobs(f, doc->provenance);
	return image;
}

/* A later document of more worth takes the place of an earlier one. */
static void learn(struct recipe *r, const struct fact_document *doc)
{
	if (doc->kind == DOCUMENT_DOCKERFILE)
		r->dockerfile = doc;
	else if (doc->kind == DOCUMENT_ARGUMENTS)
		r->arguments = doc;
	else if (!r->provenance || has_steps(doc) || !has_steps(r->provenance))
		r->provenance = doc;
}

static int add_document(struct recipe_vec *recipes, uint32_t image,
			const struct fact_document *doc)
{
	struct recipe fresh = {.image = image};

	vec_foreach (r, recipes)
		if (image != DRAFT_NONE && r->image == image) {
			learn(r, doc);
			return 0;
		}
	learn(&fresh, doc);
	return recipe_vec_push(recipes, fresh);
}

static int collect_recipes(const struct facts *f, struct recipe_vec *recipes)
{
	vec_foreach (doc, &f->documents) {
		bool provenance = doc->kind == DOCUMENT_PROVENANCE && doc->provenance;
		int r = 0;

		if (provenance || doc->kind == DOCUMENT_DOCKERFILE ||
		    doc->kind == DOCUMENT_ARGUMENTS)
			r = add_document(recipes, image_of(f, doc), doc);
		if (r < 0)
			return r;
	}
	return 0;
}

/* ---- a build with a Dockerfile ---- */

/* Arguments that the user gave; of one name the last counts. */
static int take_arguments(struct draft *d, struct bytes rest)
{
	int r = 0;

	while (r == 0 && rest.len) {
		size_t n = bytes_find(rest, 0);
		struct bytes word = bytes_make(rest.ptr, n);
		size_t eq = bytes_find(word, '=');
		struct dockerfile_arg arg = {bytes_make(word.ptr, eq), BYTES_NULL};

		if (eq < n)
			arg.value = bytes_skip(word, eq + 1);
		r = dockerfile_arg_vec_push(&d->args, arg);
		rest = bytes_skip(rest, MIN(n + 1, rest.len));
	}
	return r;
}

static int parse_dockerfile(struct draft *d, const struct recipe *recipe, struct bytes text)
{
	const struct provenance *p = recipe->provenance ? recipe->provenance->provenance : NULL;
	struct bytes platform =
	    d->image == DRAFT_NONE ? BYTES_NULL : d->f->images.v[d->image].platform;
	struct err err = ERR_INIT;
	int r = 0;

	for (uint32_t k = 0; r == 0 && p && k < p->n_args; k++)
		r = dockerfile_arg_vec_push(
		    &d->args, (struct dockerfile_arg){p->args[k].name, p->args[k].value});
	if (r == 0 && recipe->dockerfile && recipe->arguments)
		r = take_arguments(d, recipe->arguments->body);
	if (r == 0)
		r = dockerfile_parse(text, d->args.v, d->args.n, platform, &d->dockerfile,
				     &err);
	if (r == -ENOMEM)
		return r;
	if (r < 0)
		draft_note(d, "The Dockerfile cannot be read: %s", err.msg);
	else if (d->dockerfile->stages.n > STAGES_MAX)
		draft_note(d, "The Dockerfile has more than %d stages.", STAGES_MAX);
	else
		return 1;
	dockerfile_free(steal_ptr(&d->dockerfile));
	return 0;
}

/* "image:<config digest>/<platform>", or what the document is. */
static int set_key(struct draft *d, const struct recipe *recipe)
{
	_cleanup_(buf_release) struct buf key = BUF_INIT;

	if (d->image != DRAFT_NONE) {
		const struct fact_image *i = &d->f->images.v[d->image];

		buf_addf(&key, "image:%.*s/%.*s", (int)i->config_digest.len,
			 i->config_digest.ptr, (int)i->platform.len, i->platform.ptr);
	} else {
		const struct fact_document *doc =
		    recipe->dockerfile ? recipe->dockerfile : recipe->provenance;

		buf_addf(&key, "document:%lld", (long long)doc->id);
		buf_add_bytes(&d->name, doc->name.len ? doc->name : BYTES("build"));
	}
	d->key = draft_bytes(d, buf_bytes(&key));
	return buf_status(&key) < 0 || !d->key.ptr ? -ENOMEM : 0;
}

static struct bytes recipe_text(const struct recipe *r)
{
	if (r->dockerfile)
		return r->dockerfile->body;
	return r->provenance && r->provenance->provenance->dockerfile.len
		   ? r->provenance->provenance->dockerfile
		   : BYTES_NULL;
}

static struct bytes recipe_target(const struct recipe *r)
{
	return r->provenance ? r->provenance->provenance->target : BYTES_NULL;
}

static struct draft draft_begin(struct deriving *v, uint32_t image)
{
	return (struct draft){.db = v->db,
			      .f = &v->f,
			      .contents = &v->contents,
			      .arena = &v->set->arena,
			      .image = image};
}

static int derive_recipe(struct deriving *v, const struct recipe *recipe)
{
	_cleanup_(draft_release) struct draft d = draft_begin(v, recipe->image);
	int r;

	d.dockerfile_by = recipe->dockerfile ? EVIDENCE_USER : EVIDENCE_PROVENANCE;
	d.structure_by = recipe->dockerfile ? EVIDENCE_DOCKERFILE : EVIDENCE_PROVENANCE;
	d.provenance = recipe->provenance ? recipe->provenance->provenance : NULL;
	r = parse_dockerfile(&d, recipe, recipe_text(recipe));
	if (r == 0 && d.image != DRAFT_NONE)
		v->unread[d.image] = draft_bytes(&d, buf_bytes(&d.note));
	if (r <= 0)
		return r;
	r = set_key(&d, recipe);
	if (r == 0)
		r = draft_from_dockerfile(&d, recipe_target(recipe), v->err);
	if (r == -ENOENT)
		return 0;
	if (d.image != DRAFT_NONE)
		v->used[d.image] = true;
	if (r == 0)
		r = draft_place(&d, v->used, v->err);
	if (r == 0)
		r = draft_settle_edges(&d);
	if (r == 0)
		r = draft_finish(&d, v->set);
	return r == -ENOMEM ? err_oom(v->err) : r;
}

/* The last stage first: images of the stages before it then turn out to be its own. */
static uint32_t target_ordinal(const struct recipe *recipe)
{
	_cleanup_(dockerfile_freep) struct dockerfile *dockerfile = NULL;
	uint32_t target = 0;

	if (!recipe_target(recipe).len)
		return UINT32_MAX;
	if (dockerfile_parse(recipe_text(recipe), NULL, 0, BYTES_NULL, &dockerfile, NULL) < 0 ||
	    dockerfile_target(dockerfile, recipe_target(recipe), &target) < 0)
		return 0;
	return target;
}

static int compare_recipes(const void *pa, const void *pb)
{
	const struct recipe *a = pa, *b = pb;

	if (a->target != b->target)
		return a->target > b->target ? -1 : 1;
	return (a->image < b->image) - (a->image > b->image);
}

static int derive_recipes(struct deriving *v)
{
	_cleanup_(recipe_vec_release) struct recipe_vec recipes = {0};
	int r = collect_recipes(&v->f, &recipes);

	vec_foreach (recipe, &recipes)
		recipe->target = target_ordinal(recipe);
	if (recipes.n)
		qsort(recipes.v, recipes.n, sizeof(*recipes.v), compare_recipes);
	vec_foreach (recipe, &recipes) {
		bool taken = recipe->image != DRAFT_NONE && v->used[recipe->image];

		if (r == 0 && recipe_text(recipe).len && !taken)
			r = derive_recipe(v, recipe);
	}
	return r == -ENOMEM ? err_oom(v->err) : r;
}

/* ---- builds of images alone ---- */

static void explain_group(const struct deriving *v, struct draft *d, const struct group *g)
{
	if (v->unread[d->image].len)
		draft_note(d, "%.*s", (int)v->unread[d->image].len, v->unread[d->image].ptr);
	vec_foreach (doc, &d->f->documents) {
		const struct provenance *p = doc->provenance;

		if (p && !p->dockerfile.len && image_of(d->f, doc) == d->image)
			draft_note(d,
				   "Its provenance is mode=min and names no stages: build with "
				   "--provenance=mode=max.");
	}
	if (g->n == 1)
		draft_note(d,
			   "No input says of what stages it was built: index it with "
			   "--dockerfile, a provenance, or images of its stages (stagefs build "
			   "makes them).");
	else
		draft_note(d, "Stages are the images of this repository that begin it or whose "
			      "files it copied; no input names other stages.");
}

static int derive_group(struct deriving *v, const struct group *g)
{
	_cleanup_(draft_release) struct draft d = draft_begin(v, g->images[g->n - 1]);
	int r = set_key(&d, NULL);

	if (r == 0)
		r = draft_from_images(&d, g->images, g->n, v->err);
	if (r == 0)
		r = draft_settle_edges(&d);
	explain_group(v, &d, g);
	if (r == 0)
		r = draft_finish(&d, v->set);
	return r == -ENOMEM ? err_oom(v->err) : r;
}

static int derive_groups(struct deriving *v)
{
	_cleanup_(groups_release) struct group_vec groups = {0};
	int r = groups_find(&v->contents, v->db, &v->f, v->used, &groups, v->err);

	vec_foreach (g, &groups)
		if (r == 0)
			r = derive_group(v, g);
	return r;
}

int builds_derive(struct db *db, struct build_set *ret, struct err *err)
{
	struct build_set set = {0};
	struct deriving v = {.db = db, .set = &set, .err = err};
	int r = facts_load(db, &v.f, err);

	if (r < 0)
		return r;
	v.used = calloc(v.f.images.n + 1, sizeof(*v.used));
	v.unread = calloc(v.f.images.n + 1, sizeof(*v.unread));
	r = v.used && v.unread ? derive_recipes(&v) : err_oom(err);
	if (r == 0)
		r = derive_groups(&v);
	free(v.used);
	free(v.unread);
	layer_contents_cache_release(&v.contents);
	facts_release(&v.f);
	if (r < 0) {
		build_set_release(&set);
		return r;
	}
	*ret = set;
	return 0;
}

int builds_update(struct db *db, struct err *err)
{
	struct build_set set;
	int r = builds_derive(db, &set, err);

	if (r < 0)
		return r;
	r = builds_save(db, &set, err);
	build_set_release(&set);
	return r;
}
