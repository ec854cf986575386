/* SPDX-License-Identifier: MIT */
#include "tar/ext.h"

#include "tar/pax.h"

static void text_release(struct ext_text *t)
{
	buf_release(&t->text);
	t->set = false;
}

static int text_set(struct ext_text *t, struct bytes value)
{
	buf_clear(&t->text);
	t->set = true;
	return buf_add_bytes(&t->text, value);
}

void ext_release(struct ext *x)
{
	text_release(&x->path);
	text_release(&x->link);
	text_release(&x->sparse_name);
	text_release(&x->long_name);
	text_release(&x->long_link);
	sparse_release(&x->map);
	xattrs_release(&x->xattrs);
}

void ext_clear(struct ext *x)
{
	if (!x->headers)
		return;
	x->path.set = x->link.set = x->sparse_name.set = false;
	x->long_name.set = x->long_link.set = false;
	memset(x->num, 0, sizeof(x->num));
	sparse_clear(&x->map);
	xattrs_clear(&x->xattrs);
	x->sparse = x->odd = x->odd_key = x->pax_seen = false;
	x->headers = 0;
}

static int set_number(struct ext *x, enum ext_number_key key, struct bytes value)
{
	struct ext_number *n = &x->num[key];

	*n = (struct ext_number){.set = value.len > 0};
	if (!value.len)
		return 0;
	n->state =
	    key == EXT_MTIME ? pax_time(value, &n->v, &n->nsec) : pax_number(value, &n->v);
	return 0;
}

static const struct {
	struct bytes key;
	enum ext_number_key number;
} number_keys[] = {
    {{"size", 4}, EXT_SIZE},
    {{"uid", 3}, EXT_UID},
    {{"gid", 3}, EXT_GID},
    {{"mtime", 5}, EXT_MTIME},
    {{"SCHILY.devmajor", 15}, EXT_DEVMAJOR},
    {{"SCHILY.devminor", 15}, EXT_DEVMINOR},
    {{"GNU.sparse.major", 16}, EXT_SPARSE_MAJOR},
    {{"GNU.sparse.minor", 16}, EXT_SPARSE_MINOR},
    {{"GNU.sparse.realsize", 19}, EXT_SPARSE_REAL},
    {{"GNU.sparse.size", 15}, EXT_SPARSE_REAL},
    {{"GNU.sparse.numblocks", 20}, EXT_SPARSE_BLOCKS},
};

static int add_text(struct ext_text *t, struct bytes value)
{
	if (value.len)
		return text_set(t, value);
	t->set = false;
	return 0;
}

/* 1 if the record was about the sparse map. */
static int add_map(struct ext *x, const struct pax_record *rec, const struct limits *limits,
		   const char **ret_why)
{
	bool offset = bytes_equal(rec->key, BYTES("GNU.sparse.offset"));
	int r;

	if (offset || bytes_equal(rec->key, BYTES("GNU.sparse.numbytes"))) {
		if (offset == x->map.has_half) {
			*ret_why = "sparse map with offsets and lengths out of turn";
			return -EBADMSG;
		}
		r = sparse_add_number(&x->map, rec->value, limits->sparse_regions, ret_why);
	} else if (bytes_equal(rec->key, BYTES("GNU.sparse.map"))) {
		sparse_clear(&x->map);
		r = sparse_add_list(&x->map, rec->value, limits->sparse_regions, ret_why);
	} else {
		return 0;
	}
	return r < 0 ? r : 1;
}

static int add_record(struct ext *x, const struct pax_record *rec, const struct limits *limits,
		      const char **ret_why)
{
	int r;

	if (bytes_equal(rec->key, BYTES("path")))
		return add_text(&x->path, rec->value);
	if (bytes_equal(rec->key, BYTES("linkpath")))
		return add_text(&x->link, rec->value);
	r = xattrs_take(&x->xattrs, rec->key, rec->value, limits);
	if (r != 0)
		return MIN(r, 0);
	if (bytes_find(rec->key, 0) < rec->key.len)
		x->odd_key = true;
	if (bytes_starts_with(rec->key, BYTES("GNU.sparse.")))
		x->sparse = true;
	for (size_t i = 0; i < ARRAY_SIZE(number_keys); i++)
		if (bytes_equal(rec->key, number_keys[i].key))
			return set_number(x, number_keys[i].number, rec->value);
	if (bytes_equal(rec->key, BYTES("GNU.sparse.name")))
		return add_text(&x->sparse_name, rec->value);
	if (bytes_equal(rec->key, BYTES("SUN.holesdata"))) {
		*ret_why = "Solaris hole map, which few readers know";
		return -EBADMSG;
	}
	r = add_map(x, rec, limits, ret_why);
	return MIN(r, 0);
}

int ext_add_pax(struct ext *x, struct bytes content, const struct limits *limits,
		const char **ret_why)
{
	struct pax_record rec;
	int r;

	x->headers++;
	/* Go keeps the last header's records only, libarchive those of all. */
	x->odd = x->odd || x->pax_seen;
	x->pax_seen = true;
	while ((r = pax_next(&content, &rec, ret_why)) > 0) {
		r = add_record(x, &rec, limits, ret_why);
		if (r < 0)
			return r;
	}
	return r;
}

int ext_add_gnu(struct ext *x, char type, struct bytes content)
{
	struct ext_text *t = type == 'L' ? &x->long_name : &x->long_link;

	x->headers++;
	x->odd = x->odd || t->set;
	return text_set(t, bytes_make(content.ptr, bytes_find(content, 0)));
}

static bool about_members(struct bytes key)
{
	static const char *const words[] = {"path", "linkpath", "size", "uid", "gid", "mtime"};

	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (bytes_equal(key, bytes_from_str(words[i])))
			return true;
	return bytes_starts_with(key, BYTES("SCHILY.")) ||
	       bytes_starts_with(key, BYTES("LIBARCHIVE.")) ||
	       bytes_starts_with(key, BYTES("GNU.sparse."));
}

int ext_judge_global(struct bytes content, const char **ret_why)
{
	int r, answer = content.len ? 0 : 2;
	struct pax_record rec;

	while ((r = pax_next(&content, &rec, ret_why)) > 0)
		if (about_members(rec.key))
			answer = 1;
	return r < 0 ? r : answer;
}
