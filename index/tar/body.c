/* SPDX-License-Identifier: MIT */
#include "tar/body.h"

#include "tar/header.h"

#define OCTAL_SIZE_MAX UINT64_C(077777777777)

/* Of the body in the stream, as the header says. */
int body_header_size(const struct check *c, const char *block, uint64_t *ret, struct err *err)
{
	enum number_state state;
	int64_t v;

	state = field_number(block + HEADER_SIZE, 12, &v);
	if (state == NUMBER_JUNK)
		return check_refuse(c, err, "size is no number");
	if (v < 0)
		return check_refuse(c, err, "negative size");
	if (state == NUMBER_RANGE)
		return check_refuse(c, err, "size beyond 63 bits");
	*ret = (uint64_t)v;
	return 0;
}

static int within_layer(const struct check *c, struct err *err)
{
	return c->m.body <= c->limits->layer_bytes
		   ? 0
		   : check_refuse(c, err, "size over limit layer-bytes");
}

/* The pax size wins, here and in every reader that is not broken. */
int body_settle_size(struct check *c, uint64_t in_header, struct err *err)
{
	const struct ext_number *pax = &c->ext.num[EXT_SIZE];

	c->m.body = in_header;
	if (!pax->set)
		return within_layer(c, err);
	if (pax->state != NUMBER_OK || pax->v < 0)
		return check_refuse(c, err, "pax size is no valid size");
	c->m.body = (uint64_t)pax->v;
	/* Sizes that octal cannot hold leave anything in the header. */
	if (c->m.body != in_header && c->m.body <= OCTAL_SIZE_MAX)
		check_note(c, FINDING_SIZE_CONFLICT, NULL);
	return within_layer(c, err);
}

/* The bytes `stored` behind all maps, real size `real`: the entry is a sparse file. */
static int settle_map(struct check *c, const struct sparse_map *map, uint64_t real,
		      struct err *err)
{
	const char *why = NULL;

	if (sparse_judge(map, real, c->m.body, &why) < 0)
		return check_refuse(c, err, why);
	c->m.sparse = true;
	c->m.entry.size = real;
	c->m.entry.regions = map->regions.v;
	c->m.entry.n_regions = map->regions.n;
	return 0;
}

static int old_gnu_sparse(struct check *c, const char *block, struct err *err)
{
	bool more = block[HEADER_SPARSE_MORE] != 0;
	const char *why = NULL;
	int64_t real;
	int r;

	if (field_number(block + HEADER_SPARSE_REAL, 12, &real) != NUMBER_OK || real < 0)
		return check_refuse(c, err, "sparse file with a bad size");
	sparse_clear(&c->map);
	r = sparse_add_fields(&c->map, block + HEADER_SPARSE_MAP, 4, c->limits->sparse_regions,
			      &why);
	while (r == 0 && more) {
		r = check_block(c, &block, err);
		if (r < 0)
			return r;
		more = block[24 * SPARSE_NAMES_PER_BLOCK] != 0;
		r = sparse_add_fields(&c->map, block, SPARSE_NAMES_PER_BLOCK,
				      c->limits->sparse_regions, &why);
		if (r == 0 && !*block && more)
			return check_refuse(c, err, "sparse map with an empty block");
	}
	if (r < 0)
		return check_refuse_or_oom(c, r, why, err);
	return settle_map(c, &c->map, (uint64_t)real, err);
}

/* One line of an inline map (pax 1.0), from the blocks that hold it. */
struct inline_map {
	struct check *c;
	const char *block;
	size_t at;     /* in the block */
	uint64_t left; /* of the body */
};

static int inline_number(struct inline_map *in, char *text, size_t size, size_t *ret_n,
			 struct err *err)
{
	for (*ret_n = 0; *ret_n < size;) {
		if (in->at == CHECK_BLOCK) {
			int r;

			if (in->left < CHECK_BLOCK)
				return check_refuse(in->c, err, "sparse map is cut off");
			in->left -= CHECK_BLOCK;
			in->at = 0;
			r = check_block(in->c, &in->block, err);
			if (r < 0)
				return r;
		}
		if (in->block[in->at] == '\n') {
			in->at++;
			return 0;
		}
		text[(*ret_n)++] = in->block[in->at++];
	}
	return check_refuse(in->c, err, "sparse map with a value that is no number");
}

static int read_inline_map(struct check *c, struct err *err)
{
	struct inline_map in = {.c = c, .at = CHECK_BLOCK, .left = c->m.body};
	const char *why = NULL;
	char text[24];
	int64_t count;
	size_t n;
	int r = inline_number(&in, text, sizeof(text), &n, err);

	if (r < 0)
		return r;
	if (pax_number(bytes_make(text, n), &count) == NUMBER_JUNK || count < 0)
		return check_refuse(c, err, "sparse map with a value that is no number");
	if ((uint64_t)count > c->limits->sparse_regions)
		return check_refuse(c, err, "sparse map over limit sparse-regions");
	sparse_clear(&c->map);
	for (int64_t i = 0; i < 2 * count; i++) {
		r = inline_number(&in, text, sizeof(text), &n, err);
		if (r < 0)
			return r;
		r = sparse_add_number(&c->map, bytes_make(text, n), c->limits->sparse_regions,
				      &why);
		if (r < 0)
			return check_refuse_or_oom(c, r, why, err);
	}
	c->m.body = in.left;
	return 0;
}

static int pax_sparse(struct check *c, struct err *err)
{
	const struct ext_number *num = c->ext.num, *real = &num[EXT_SPARSE_REAL];
	const struct ext_number *blocks = &num[EXT_SPARSE_BLOCKS];
	const struct sparse_map *map = &c->ext.map;
	int64_t major = num[EXT_SPARSE_MAJOR].v, minor = num[EXT_SPARSE_MINOR].v;

	if (!real->set || real->state != NUMBER_OK || real->v < 0)
		return check_refuse(c, err, "sparse file with a bad size");
	if (num[EXT_SPARSE_MAJOR].state != NUMBER_OK ||
	    num[EXT_SPARSE_MINOR].state != NUMBER_OK)
		return check_refuse(c, err, "sparse format that is not known");
	if (major == 1 && minor == 0) {
		int r = read_inline_map(c, err);

		if (r < 0)
			return r;
		map = &c->map;
	} else if (major != 0 || minor > 1 || minor < 0) {
		return check_refuse(c, err, "sparse format that is not known");
	} else if (blocks->set && (blocks->state != NUMBER_OK || blocks->v < 0 ||
				   (uint64_t)blocks->v != map->count)) {
		return check_refuse(c, err, "sparse map with another number of regions");
	}
	return settle_map(c, map, (uint64_t)real->v, err);
}

/* A regular file, perhaps sparse; or none, which has no body. */
int body_settle(struct check *c, char type, const char *block, struct err *err)
{
	struct tar_entry *e = &c->m.entry;
	int r = 0;

	if (e->type != TAR_FILE && c->m.body)
		return check_refuse(c, err, "data on a member that cannot have any");
	e->size = c->m.body;
	if (type == 'S')
		r = old_gnu_sparse(c, block, err);
	else if (e->type == TAR_FILE && c->ext.sparse)
		r = pax_sparse(c, err);
	e->stored = c->m.body;
	return r;
}
