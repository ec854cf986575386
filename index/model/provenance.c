/* SPDX-License-Identifier: MIT */
#include "model/provenance_internal.h"

#include "util/base64.h"
#include "util/escape.h"

#define METADATA_KEY "buildx.build.provenance"

void provenance_free(struct provenance *p)
{
	if (!p)
		return;
	for (uint32_t i = 0; i < p->n_steps; i++) {
		for (uint32_t k = 0; k < p->steps[i].n_chains; k++)
			free(p->steps[i].chains[k].blobs);
		free(p->steps[i].chains);
		free(p->steps[i].copies);
		free(p->steps[i].inputs);
	}
	free(p->steps);
	free(p->subjects);
	free(p->args);
	free(p->contexts);
	free(p->materials);
	arena_release(&p->arena);
	free(p);
}

int provenance_keep(struct provenance *p, struct bytes s, struct bytes *ret)
{
	*ret = bytes_make(arena_dup(&p->arena, s.len ? s.ptr : "", s.len), s.len);
	return ret->ptr ? 0 : -ENOMEM;
}

/* ---- shapes ---- */

/* The object at a path of keys, NULL if it is not there or something else. */
static json_t *at(json_t *j, const char *const *keys)
{
	for (; j && *keys; keys++)
		j = json_is_object(j) ? json_object_get(j, *keys) : NULL;
	return j;
}

#define AT(j, ...) at((j), (const char *const[]){__VA_ARGS__, NULL})

static bool is_predicate(const json_t *j)
{
	return json_is_object(j) &&
	       (json_object_get(j, "buildType") || json_object_get(j, "buildDefinition"));
}

static bool is_metadata_key(const char *key)
{
	size_t n = strlen(METADATA_KEY);

	return strncmp(key, METADATA_KEY, n) == 0 && (key[n] == 0 || key[n] == '/');
}

static bool is_provenance_type(const char *type)
{
	return strncmp(type, "https://slsa.dev/provenance/", 28) == 0;
}

/* The statement inside an envelope, as a document of its own. */
static int open_envelope(json_t **j, struct err *err)
{
	_cleanup_(buf_release) struct buf payload = BUF_INIT;
	struct bytes text;
	json_t *inner = NULL;
	int r = json_get_string(*j, "payload", &text, err);

	if (r == 0)
		return err_set(err, EINVAL, "an envelope without a payload");
	if (r > 0)
		r = base64_decode(text, &payload);
	if (r == -EINVAL)
		return err_set(err, EINVAL, "the payload of the envelope is not base64");
	if (r == 0)
		r = json_parse_up_to(buf_bytes(&payload), PROVENANCE_MAX_BYTES, &inner, err);
	if (r < 0)
		return r;
	json_decref(*j);
	*j = inner;
	return 0;
}

/* What a document holds, found out by its members. */
struct shape {
	json_t *root; /* owned */
	uint32_t n;
};

static void shape_release(struct shape *s)
{
	json_decref(s->root);
}

static int check_type(const json_t *statement, struct err *err)
{
	const char *type = json_string_value(json_object_get(statement, "predicateType"));
	char shown[100];

	if (!type)
		return err_set(err, EINVAL, "its predicateType is no text");
	if (is_provenance_type(type))
		return 0;
	return err_set(err, EOPNOTSUPP, "a statement of type %s, not a provenance",
		       escape_short(bytes_from_str(type), shown, sizeof(shown)));
}

static uint32_t count_metadata(json_t *root)
{
	const char *key;
	json_t *value;
	uint32_t n = 0;

	json_object_foreach(root, key, value) n += is_metadata_key(key) && is_predicate(value);
	return n;
}

static int open_shape(struct bytes text, struct shape *ret, struct err *err)
{
	_cleanup_(shape_release) struct shape s = {0};
	int r = json_parse_up_to(text, PROVENANCE_MAX_BYTES, &s.root, err);

	if (r == 0 && json_object_get(s.root, "payloadType"))
		r = open_envelope(&s.root, err);
	if (r < 0)
		return r;
	if (json_object_get(s.root, "predicateType")) {
		r = check_type(s.root, err);
		if (r < 0)
			return r;
		s.n = is_predicate(json_object_get(s.root, "predicate"));
	} else {
		s.n = is_predicate(s.root) ? 1 : count_metadata(s.root);
	}
	if (!s.n)
		return err_set(err, EINVAL, "no provenance in it");
	*ret = s;
	s.root = NULL;
	return 0;
}

int provenance_count(struct bytes text, uint32_t *ret, struct err *err)
{
	_cleanup_(shape_release) struct shape s = {0};
	int r = open_shape(text, &s, err);

	*ret = s.n;
	return r;
}

/* ---- facts ---- */

static struct bytes text_of(const json_t *j)
{
	return bytes_make(json_string_value(j), json_string_length(j));
}

static int keep_member(struct provenance *p, const json_t *obj, const char *key,
		       struct bytes *ret)
{
	const json_t *j = json_object_get(obj, key);

	return json_is_string(j) ? provenance_keep(p, text_of(j), ret) : 0;
}

/* "sha256:<hex>" of {"sha256": "<hex>"}. */
static int keep_digest(struct provenance *p, const json_t *digests, struct bytes *ret)
{
	const char *hex = json_string_value(json_object_get(digests, "sha256"));
	_cleanup_(buf_release) struct buf text = BUF_INIT;

	if (!hex)
		return 0;
	buf_add_str(&text, "sha256:");
	buf_add_str(&text, hex);
	return buf_status(&text) < 0 ? -ENOMEM : provenance_keep(p, buf_bytes(&text), ret);
}

static int read_subjects(struct provenance *p, const json_t *subjects)
{
	const json_t *item;
	size_t k;

	p->subjects = calloc(json_array_size(subjects) + 1, sizeof(*p->subjects));
	if (!p->subjects)
		return -ENOMEM;
	json_array_foreach(subjects, k, item)
	{
		struct bytes *s = &p->subjects[p->n_subjects];

		if (keep_digest(p, json_object_get(item, "digest"), s) < 0)
			return -ENOMEM;
		p->n_subjects += s->len > 0;
	}
	return 0;
}

static int read_materials(struct provenance *p, const json_t *materials)
{
	const json_t *item;
	size_t k;

	p->materials = calloc(json_array_size(materials) + 1, sizeof(*p->materials));
	if (!p->materials)
		return -ENOMEM;
	json_array_foreach(materials, k, item)
	{
		struct provenance_pair *m = &p->materials[p->n_materials];

		if (keep_member(p, item, "uri", &m->name) < 0 ||
		    keep_digest(p, json_object_get(item, "digest"), &m->value) < 0)
			return -ENOMEM;
		p->n_materials += m->name.len > 0;
	}
	return 0;
}

/* Members of args whose key begins with `prefix`, without it. */
static int read_prefixed(struct provenance *p, json_t *args, const char *prefix,
			 struct provenance_pair **ret, uint32_t *n)
{
	const char *key;
	json_t *value;

	*ret = calloc(json_object_size(args) + 1, sizeof(**ret));
	if (!*ret)
		return -ENOMEM;
	json_object_foreach(args, key, value)
	{
		struct provenance_pair *pair = &(*ret)[*n];

		if (strncmp(key, prefix, strlen(prefix)) != 0 || !json_is_string(value))
			continue;
		if (provenance_keep(p, bytes_from_str(key + strlen(prefix)), &pair->name) < 0 ||
		    provenance_keep(p, text_of(value), &pair->value) < 0)
			return -ENOMEM;
		++*n;
	}
	return 0;
}

/* The first text that is a Dockerfile: steps of other frontends have other languages. */
static int read_dockerfile(struct provenance *p, const json_t *infos, struct err *err)
{
	const json_t *info;
	size_t k;

	json_array_foreach(infos, k, info)
	{
		_cleanup_(buf_release) struct buf text = BUF_INIT;
		const char *language = json_string_value(json_object_get(info, "language"));
		const json_t *data = json_object_get(info, "data");
		int r;

		if ((language && *language && strcmp(language, "Dockerfile") != 0) ||
		    !json_is_string(data))
			continue;
		r = base64_decode(text_of(data), &text);
		if (r == -EINVAL)
			return err_set(err, EINVAL, "the Dockerfile in it is not base64");
		if (r == 0)
			r = provenance_keep(p, buf_bytes(&text), &p->dockerfile);
		if (r == 0)
			r = keep_member(p, info, "filename", &p->filename);
		return r;
	}
	return 0;
}

/* Where the two versions keep the same things. */
static struct predicate find_members(json_t *j)
{
	json_t *metadata = AT(j, "metadata", "https://mobyproject.org/buildkit@v1#metadata");
	json_t *v1 = json_object_get(j, "buildDefinition");
	struct predicate m = {
	    .definition = AT(j, "buildConfig", "llbDefinition"),
	    .args = AT(j, "invocation", "parameters", "args"),
	    .materials = json_object_get(j, "materials"),
	};

	if (v1) {
		metadata = AT(j, "runDetails", "metadata", "buildkit_metadata");
		m.definition = AT(v1, "internalParameters", "buildConfig", "llbDefinition");
		m.args = AT(v1, "externalParameters", "request", "args");
		m.materials = json_object_get(v1, "resolvedDependencies");
	}
	m.locations = AT(metadata, "source", "locations");
	m.infos = AT(metadata, "source", "infos");
	m.layers = AT(metadata, "layers");
	return m;
}

static int read_predicate(struct provenance *p, json_t *predicate, struct err *err)
{
	struct predicate m = find_members(predicate);
	int r = read_dockerfile(p, m.infos, err);

	if (r == 0)
		r = keep_member(p, m.args, "target", &p->target);
	if (r == 0)
		r = read_prefixed(p, m.args, "build-arg:", &p->args, &p->n_args);
	if (r == 0)
		r = read_prefixed(p, m.args, "context:", &p->contexts, &p->n_contexts);
	if (r == 0)
		r = read_materials(p, m.materials);
	return r < 0 ? r : provenance_read_steps(p, &m, err);
}

/* The i-th predicate of a document, and of metadata files the platform it is for. */
static json_t *pick(struct provenance *p, json_t *root, uint32_t i)
{
	const char *key;
	json_t *value;

	if (json_object_get(root, "predicateType"))
		return i == 0 ? json_object_get(root, "predicate") : NULL;
	if (is_predicate(root))
		return i == 0 ? root : NULL;
	json_object_foreach(root, key, value)
	{
		size_t n = strlen(METADATA_KEY);

		if (!is_metadata_key(key) || !is_predicate(value) || i-- > 0)
			continue;
		if (key[n] && provenance_keep(p, bytes_from_str(key + n + 1), &p->platform) < 0)
			return NULL;
		return value;
	}
	return NULL;
}

/* Of metadata files, the image they were written for. */
static int read_image_digest(struct provenance *p, const json_t *root)
{
	static const char *const keys[] = {"containerimage.digest",
					   "containerimage.config.digest"};

	for (size_t k = 0; k < ARRAY_SIZE(keys); k++) {
		struct bytes digest = {0};
		struct bytes *grown;

		if (keep_member(p, root, keys[k], &digest) < 0)
			return -ENOMEM;
		if (!digest.len)
			continue;
		grown = reallocarray(p->subjects, p->n_subjects + 1, sizeof(*grown));
		if (!grown)
			return -ENOMEM;
		p->subjects = grown;
		p->subjects[p->n_subjects++] = digest;
	}
	return 0;
}

int provenance_parse(struct bytes text, uint32_t i, struct provenance **ret, struct err *err)
{
	_cleanup_(provenance_freep) struct provenance *p = calloc(1, sizeof(*p));
	_cleanup_(shape_release) struct shape s = {0};
	json_t *predicate;
	int r = p ? open_shape(text, &s, err) : -ENOMEM;

	if (r < 0)
		return r == -ENOMEM ? err_oom(err) : r;
	predicate = pick(p, s.root, i);
	if (!predicate)
		return err_set(err, EINVAL, "no provenance %u in it", i);
	r = read_subjects(p, json_object_get(s.root, "subject"));
	if (r == 0)
		r = read_image_digest(p, s.root);
	if (r == 0)
		r = read_predicate(p, predicate, err);
	if (r < 0)
		return r == -ENOMEM ? err_oom(err) : r;
	*ret = steal_ptr(&p);
	return 0;
}
