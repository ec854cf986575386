/* SPDX-License-Identifier: MIT */
#include "tree_text.h"

#include <stdio.h>
#include <string.h>

static struct bytes word(const char **text)
{
	size_t n;

	*text += strspn(*text, " ");
	n = strcspn(*text, " \n");
	*text += n;
	return bytes_make(*text - n, n);
}

static uint64_t number(struct bytes w, int base)
{
	char digits[24] = "";

	assert_true(w.len < sizeof(digits));
	memcpy(digits, w.ptr, w.len);
	return strtoull(digits, NULL, base);
}

bool text_next_member(const char **text, struct layer_member *ret)
{
	struct bytes type, arg;

	*text += strspn(*text, " \n");
	if (!**text)
		return false;
	type = word(text);
	*ret = (struct layer_member){.path = word(text)};
	if (bytes_equal(ret->path, BYTES(".")))
		ret->path.len = 0;
	arg = word(text);
	if (bytes_equal(type, BYTES("dir"))) {
		ret->mode = S_IFDIR | (arg.len ? (uint32_t)number(arg, 8) : 0755);
	} else if (bytes_equal(type, BYTES("file"))) {
		ret->mode = S_IFREG | 0644;
		ret->size = ret->stored = number(arg, 10);
		ret->mtime = (int64_t)ret->size;
		ret->data = 512 * ret->size;
	} else if (bytes_equal(type, BYTES("sym"))) {
		ret->mode = S_IFLNK | 0777;
		ret->link = arg;
	} else if (bytes_equal(type, BYTES("link"))) {
		ret->mode = S_IFREG | 0644;
		ret->hard_link = true;
		ret->link = arg;
	} else if (bytes_equal(type, BYTES("fifo"))) {
		ret->mode = S_IFIFO | 0600;
	} else if (bytes_equal(type, BYTES("chr"))) {
		ret->mode = S_IFCHR | 0600;
		ret->rdev_major = (uint32_t)number(arg, 10);
		ret->rdev_minor = (uint32_t)number(word(text), 10);
	} else {
		fail_msg("no member type: %.*s", (int)type.len, type.ptr);
	}
	return true;
}

int text_finding(void *arg, enum finding f, struct bytes path, const char *detail,
		 struct err *err)
{
	struct buf *out = arg;

	(void)detail;
	(void)err;
	if (out)
		buf_addf(out, "%s %.*s\n", finding_code(f), (int)path.len, path.ptr);
	return 0;
}

struct into_loader {
	struct layer_loader loader;
	int64_t id;
};

static int load_row(void *arg, const struct entry_row *row, uint32_t handle, struct err *err)
{
	struct into_loader *to = arg;
	struct entry_row mine = *row;

	(void)handle;
	(void)err;
	mine.id = ENTRY_ID(to->id, ENTRY_SEQ(row->id));
	mine.inode = ENTRY_ID(to->id, ENTRY_SEQ(row->inode));
	return layer_loader_row(&to->loader, &mine);
}

struct layer *text_finish(struct layer_builder *b, int64_t id, struct layer_totals *ret)
{
	struct into_loader to = {.id = id};
	struct layer *layer = NULL;
	struct err err = ERR_INIT;

	assert_ok(layer_loader_init(&to.loader, id, 0, &err), &err);
	assert_ok(layer_finish(b, load_row, &to, ret, &err), &err);
	assert_ok(layer_loader_done(&to.loader, &layer), &err);
	layer_loader_release(&to.loader);
	return layer;
}

struct layer *text_layer(int64_t id, const char *members, struct buf *findings)
{
	const struct limits limits = LIMITS_DEFAULT;
	struct layer_builder *b;
	struct layer_totals totals;
	struct layer_member m;
	struct err err = ERR_INIT;
	struct layer *layer;
	uint32_t handle;

	assert_ok(layer_builder_new(&limits, -1, text_finding, findings, &b, &err), &err);
	while (text_next_member(&members, &m))
		assert_ok(layer_add(b, &m, &handle, &err), &err);
	layer = text_finish(b, id, &totals);
	assert_int_equal(totals.entries, layer->n);
	layer_builder_free(b);
	assert_well_formed(layer->nodes, layer->n);
	return layer;
}

/* ---- merging ---- */

static void keep_finding(void *arg, enum finding f, int64_t layer, struct bytes path)
{
	buf_addf(arg, "%s %lld %.*s\n", finding_code(f), (long long)layer, (int)path.len,
		 path.ptr);
}

struct tree *text_merge(const char *const *texts, uint32_t n, struct buf *findings)
{
	struct layer *layers[TEXT_LAYERS_MAX] = {0};
	struct err err = ERR_INIT;
	struct tree *t;

	for (uint32_t i = 0; i < n; i++)
		layers[i] = text_layer(i + 1, texts[i], NULL);
	assert_ok(merge_layers(layers, n, findings ? keep_finding : NULL, findings, &t, &err),
		  &err);
	/* The tree keeps its layers alive by itself. */
	for (uint32_t i = 0; i < n; i++)
		layer_unref(layers[i]);
	assert_well_formed(t->nodes, t->n);
	return t;
}

/* ---- trees to text ---- */

struct rendering {
	const struct node *nodes;
	struct buf out;
};

static void render_node(struct buf *out, const struct node *n)
{
	static const char *const marks[] = {
	    [ENTRY_WHITEOUT] = " whiteout", [ENTRY_OPAQUE] = " opaque", [ENTRY_META] = " meta"};

	if (n->kind == ENTRY_IMPLIED)
		buf_add_str(out, "/ implied");
	else if (S_ISDIR(n->mode))
		buf_addf(out, "/ %o", n->mode & 07777);
	else if (S_ISLNK(n->mode))
		buf_addf(out, " -> %.*s", (int)n->size, n->link);
	else if (n->kind == ENTRY_LINK_LOWER)
		buf_addf(out, " => %s", n->link);
	else if (S_ISREG(n->mode))
		buf_addf(out, " =%llu", (unsigned long long)n->size);
	else if (S_ISFIFO(n->mode))
		buf_add_str(out, " |");
	else
		buf_addf(out, " %u:%u", n->rdev_major, n->rdev_minor);
	if (!S_ISDIR(n->mode) && n->nlink > 1)
		buf_addf(out, " x%u", n->nlink);
	if (n->kind < ARRAY_SIZE(marks) && marks[n->kind])
		buf_add_str(out, marks[n->kind]);
}

static int render(void *arg, uint32_t index, struct bytes path)
{
	struct rendering *r = arg;

	buf_add_bytes(&r->out, path);
	render_node(&r->out, &r->nodes[index]);
	return buf_add_char(&r->out, '\n');
}

char *text_of(const struct node *nodes, uint32_t n)
{
	struct rendering r = {.nodes = nodes};

	if (nodes[0].kind != ENTRY_IMPLIED || nodes[0].mode != (S_IFDIR | 0755)) {
		buf_add_str(&r.out, ".");
		render_node(&r.out, &nodes[0]);
		buf_add_char(&r.out, '\n');
	}
	assert_int_equal(tree_walk(nodes, n, render, &r), 0);
	assert_int_equal(buf_status(&r.out), 0);
	return r.out.ptr ? buf_steal(&r.out) : strdup("");
}

void assert_well_formed(const struct node *nodes, uint32_t n)
{
	uint32_t next = 1;

	assert_true(n > 0 && node_is_dir(&nodes[0]) && nodes[0].name_len == 0);
	for (uint32_t i = 0; i < n; i++) {
		if (!node_is_dir(&nodes[i]))
			continue;
		for (uint32_t c = 0; c < nodes[i].count; c++, next++) {
			assert_int_equal(nodes[i].first + c, next);
			assert_true(next < n);
			assert_int_equal(nodes[next].parent, i);
			if (c)
				assert_true(bytes_cmp(node_name(&nodes[next - 1]),
						      node_name(&nodes[next])) < 0);
		}
	}
	assert_int_equal(next, n);
}
