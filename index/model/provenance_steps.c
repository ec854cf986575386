/* SPDX-License-Identifier: MIT */
/*
 * llbDefinition[]: the vertices of the build, each with its inputs, operation, lines and
 * layers.
 */
#include "model/provenance_internal.h"

#define STEPS_MAX  100000
#define INPUTS_MAX 10000

struct reading {
	struct provenance *p;
	const struct predicate *from;
	json_t *index; /* id -> number, to find inputs by id */
	struct err *err;
};

static struct bytes text_of(const json_t *j)
{
	return bytes_make(json_string_value(j), json_string_length(j));
}

static uint32_t number(const json_t *obj, const char *key)
{
	json_int_t v = json_integer_value(json_object_get(obj, key));

	return v < 0 || v > INT32_MAX ? PROVENANCE_NONE : (uint32_t)v;
}

/* ---- inputs ---- */

/* "step4:0" -> the number of step4. */
static uint32_t step_of(const struct reading *r, const char *input)
{
	char id[64];
	size_t n = strcspn(input, ":");
	const json_t *at;

	if (n >= sizeof(id))
		return PROVENANCE_NONE;
	memcpy(id, input, n);
	id[n] = 0;
	at = json_object_get(r->index, id);
	return at ? (uint32_t)json_integer_value(at) : PROVENANCE_NONE;
}

static int read_inputs(const struct reading *r, const json_t *inputs,
		       struct provenance_step *step)
{
	const json_t *item;
	size_t k;

	if (json_array_size(inputs) > INPUTS_MAX)
		return err_set(r->err, EINVAL, "a step with more than %d inputs", INPUTS_MAX);
	step->inputs = calloc(json_array_size(inputs) + 1, sizeof(*step->inputs));
	if (!step->inputs)
		return -ENOMEM;
	json_array_foreach(inputs, k, item)
	{
		uint32_t at = json_is_string(item) ? step_of(r, json_string_value(item))
						   : PROVENANCE_NONE;

		if (at == PROVENANCE_NONE)
			return err_set(r->err, EINVAL, "a step with an input that is none");
		step->inputs[step->n_inputs++] = at;
	}
	return 0;
}

/* ---- operations ---- */

static int read_source(const struct reading *r, const json_t *source,
		       struct provenance_step *step)
{
	static const struct {
		const char *prefix;
		enum provenance_op op;
	} kinds[] = {{"docker-image://", PROVENANCE_IMAGE},
		     {"oci-layout://", PROVENANCE_IMAGE},
		     {"local://", PROVENANCE_CONTEXT}};
	struct bytes id = text_of(json_object_get(source, "identifier"));

	step->op = PROVENANCE_SOURCE;
	for (size_t k = 0; k < ARRAY_SIZE(kinds); k++)
		if (bytes_starts_with(id, bytes_from_str(kinds[k].prefix)))
			step->op = kinds[k].op;
	return provenance_keep(r->p, id, &step->identifier);
}

/* Inputs beyond the step's own are results of earlier actions of the same step. */
static int read_file(const struct reading *r, const json_t *file, struct provenance_step *step)
{
	const json_t *actions = json_object_get(file, "actions"), *action;
	size_t k;

	step->op = PROVENANCE_FILE;
	step->copies = calloc(json_array_size(actions) + 1, sizeof(*step->copies));
	if (!step->copies)
		return -ENOMEM;
	json_array_foreach(actions, k, action)
	{
		const json_t *copy = json_object_get(json_object_get(action, "Action"), "copy");
		struct provenance_copy *c = &step->copies[step->n_copies];
		uint32_t input = number(action, "secondaryInput");

		if (!json_is_object(copy))
			continue;
		c->source = input < step->n_inputs ? step->inputs[input] : PROVENANCE_NONE;
		if (provenance_keep(r->p, text_of(json_object_get(copy, "src")), &c->src) < 0 ||
		    provenance_keep(r->p, text_of(json_object_get(copy, "dest")), &c->dst) < 0)
			return -ENOMEM;
		step->n_copies++;
	}
	return 0;
}

static int read_op(const struct reading *r, const json_t *op, struct provenance_step *step)
{
	const json_t *source = json_object_get(op, "source"),
		     *file = json_object_get(op, "file");

	if (json_is_object(source))
		return read_source(r, source, step);
	if (json_is_object(file))
		return read_file(r, file, step);
	step->op = json_is_object(json_object_get(op, "exec"))    ? PROVENANCE_EXEC
		   : json_is_object(json_object_get(op, "merge")) ? PROVENANCE_MERGE
		   : json_object_size(op)                         ? PROVENANCE_OTHER
								  : PROVENANCE_RESULT;
	return 0;
}

/* ---- lines and layers ---- */

/* Lines count from 1; a range without one is no place. */
static void read_lines(const struct reading *r, struct provenance_step *step)
{
	const json_t *found = json_object_get(r->from->locations, step->id.ptr);
	const json_t *ranges =
	    json_object_get(json_array_get(json_object_get(found, "locations"), 0), "ranges");
	const json_t *range;
	size_t k;

	json_array_foreach(ranges, k, range)
	{
		uint32_t first = number(json_object_get(range, "start"), "line");
		uint32_t last = number(json_object_get(range, "end"), "line");

		if (!first || first == PROVENANCE_NONE || last == PROVENANCE_NONE ||
		    last < first)
			continue;
		step->line0 = step->line0 ? MIN(step->line0, first) : first;
		step->line1 = MAX(step->line1, last);
	}
}

static int read_chain(const struct reading *r, const json_t *list,
		      struct provenance_chain *chain)
{
	const json_t *item;
	size_t k;

	chain->blobs = calloc(json_array_size(list) + 1, sizeof(*chain->blobs));
	if (!chain->blobs)
		return -ENOMEM;
	json_array_foreach(list, k, item)
	{
		if (provenance_keep(r->p, text_of(json_object_get(item, "digest")),
				    &chain->blobs[chain->n]) < 0)
			return -ENOMEM;
		chain->n++;
	}
	return 0;
}

static int read_chains(const struct reading *r, struct provenance_step *step)
{
	char key[80];
	const json_t *lists, *list;
	size_t k;

	if (step->id.len + 3 > sizeof(key))
		return 0;
	memcpy(key, step->id.ptr, step->id.len);
	memcpy(key + step->id.len, ":0", 3);
	lists = json_object_get(r->from->layers, key);
	step->chains = calloc(json_array_size(lists) + 1, sizeof(*step->chains));
	if (!step->chains)
		return -ENOMEM;
	json_array_foreach(lists, k, list)
	{
		if (read_chain(r, list, &step->chains[step->n_chains++]) < 0)
			return -ENOMEM;
	}
	return 0;
}

/* ---- all of it ---- */

static int read_step(const struct reading *r, const json_t *j, struct provenance_step *step)
{
	int ret = read_inputs(r, json_object_get(j, "inputs"), step);

	if (ret == 0)
		ret = read_op(r, json_object_get(json_object_get(j, "op"), "Op"), step);
	if (ret == 0)
		ret = read_chains(r, step);
	read_lines(r, step);
	return ret;
}

static int index_steps(struct reading *r)
{
	const json_t *item;
	size_t k;

	json_array_foreach(r->from->definition, k, item)
	{
		const json_t *id = json_object_get(item, "id");

		if (!json_is_string(id) || json_string_length(id) >= 64)
			return err_set(r->err, EINVAL, "a step without an id");
		if (provenance_keep(r->p, text_of(id), &r->p->steps[k].id) < 0 ||
		    json_object_set_new(r->index, json_string_value(id),
					json_integer((json_int_t)k)) < 0)
			return -ENOMEM;
	}
	return 0;
}

int provenance_read_steps(struct provenance *p, const struct predicate *from, struct err *err)
{
	_cleanup_(json_freep) json_t *index = json_object();
	struct reading r = {p, from, index, err};
	size_t n = json_array_size(from->definition);
	const json_t *item;
	size_t k;
	int ret;

	if (n > STEPS_MAX)
		return err_set(err, EINVAL, "more than %d steps", STEPS_MAX);
	p->steps = calloc(n + 1, sizeof(*p->steps));
	if (!p->steps || !index)
		return -ENOMEM;
	p->n_steps = (uint32_t)n;
	ret = index_steps(&r);
	json_array_foreach(from->definition, k, item)
	{
		if (ret == 0)
			ret = read_step(&r, item, &p->steps[k]);
	}
	return ret;
}
