/* SPDX-License-Identifier: MIT */
#include "model/history.h"

#include <ctype.h>
#include <stdio.h>
#include <strings.h>

#define NOP      BYTES("#(nop) ")
#define BUILDKIT BYTES(" # buildkit")
#define SLUG_MAX 40

static const char *const keywords[] = {
    "ADD",    "ARG",   "CMD",         "COPY",  "ENTRYPOINT", "ENV",
    "EXPOSE", "FROM",  "HEALTHCHECK", "LABEL", "MAINTAINER", "ONBUILD",
    "RUN",    "SHELL", "STOPSIGNAL",  "USER",  "VOLUME",     "WORKDIR"};

void instruction_release(struct instruction *i)
{
	buf_release(&i->text);
	i->keyword[0] = 0;
}

static struct bytes find(struct bytes in, struct bytes what)
{
	const char *p = in.len && what.len ? memmem(in.ptr, in.len, what.ptr, what.len) : NULL;

	return p ? bytes_make(p, in.len - (size_t)(p - in.ptr)) : BYTES_NULL;
}

static struct bytes trim(struct bytes b)
{
	while (b.len && isspace((unsigned char)b.ptr[0]))
		b = bytes_skip(b, 1);
	while (b.len && isspace((unsigned char)b.ptr[b.len - 1]))
		b.len--;
	return b;
}

static struct bytes first_word(struct bytes b)
{
	size_t n = 0;

	while (n < b.len && !isspace((unsigned char)b.ptr[n]))
		n++;
	return bytes_make(b.ptr, n);
}

static const char *keyword_of(struct bytes word)
{
	for (size_t i = 0; i < ARRAY_SIZE(keywords); i++)
		if (word.len == strlen(keywords[i]) &&
		    strncasecmp(word.ptr, keywords[i], word.len) == 0)
			return keywords[i];
	return NULL;
}

/*
 * The command of a RUN: behind "|N k=v ..." and the shell. The values may hold spaces, so the
 * arguments cannot be counted: the shell is searched for.
 */
static struct bytes without_shell(struct bytes b)
{
	static const char *const shells[] = {"/bin/sh -c ", "/bin/bash -c ", "/bin/ash -c ",
					     "cmd /S /C ", "powershell -Command "};
	bool args = b.len && b.ptr[0] == '|';

	for (size_t i = 0; i < ARRAY_SIZE(shells); i++) {
		struct bytes shell = bytes_from_str(shells[i]);
		struct bytes at = args ? find(b, shell) : b;

		if (at.ptr && bytes_starts_with(at, shell))
			return trim(bytes_skip(at, shell.len));
	}
	/* SHELL ["/bin/bash", "-o", "pipefail", "-c"] and its like. */
	if (bytes_starts_with(b, BYTES("/bin/"))) {
		struct bytes at = find(b, BYTES(" -c "));

		if (at.ptr && (size_t)(at.ptr - b.ptr) < 40)
			return trim(bytes_skip(at, 4));
	}
	return b;
}

static int set(struct instruction *ret, const char *keyword, struct bytes text)
{
	snprintf(ret->keyword, sizeof(ret->keyword), "%s", keyword);
	buf_add_str(&ret->text, keyword);
	if (text.len) {
		buf_add_char(&ret->text, ' ');
		buf_add_bytes(&ret->text, text);
	}
	return buf_status(&ret->text);
}

int history_instruction(const struct history_entry *h, struct instruction *ret)
{
	struct bytes b = trim(h->created_by), nop = find(b, NOP), word;
	const char *keyword;

	*ret = (struct instruction){.text = BUF_INIT};
	if (nop.ptr)
		b = trim(bytes_skip(nop, NOP.len));
	else if (bytes_ends_with(b, BUILDKIT))
		b = trim(bytes_make(b.ptr, b.len - BUILDKIT.len));
	if (b.len == 0)
		return 0;
	word = first_word(b);
	keyword = keyword_of(word);
	if (!keyword)
		return set(ret, "RUN", without_shell(b));
	b = trim(bytes_skip(b, word.len));
	return set(ret, keyword, strcmp(keyword, "RUN") == 0 ? without_shell(b) : b);
}

static bool is_flag(struct bytes word)
{
	return bytes_starts_with(word, BYTES("--"));
}

/* "file:<hex>", "dir:<hex>", "multi:<hex>" and the "in" behind it: classic COPY and ADD. */
static bool is_source_hash(struct bytes word)
{
	return bytes_starts_with(word, BYTES("file:")) ||
	       bytes_starts_with(word, BYTES("dir:")) ||
	       bytes_starts_with(word, BYTES("multi:"));
}

static void add_slug_word(struct buf *out, struct bytes word)
{
	bool gap = out->len > 0;

	for (size_t i = 0; i < word.len && out->len < SLUG_MAX; i++) {
		unsigned char c = (unsigned char)word.ptr[i];

		if (c < 0x80 && (isalnum(c) || c == '.' || c == '_')) {
			if (gap)
				buf_add_char(out, '-');
			gap = false;
			if (out->len < SLUG_MAX)
				buf_add_char(out, (char)c);
		} else {
			gap = out->len > 0;
		}
	}
}

int history_slug(const struct instruction *i, struct buf *ret)
{
	_cleanup_(buf_release) struct buf slug = BUF_INIT;
	struct bytes rest = buf_bytes(&i->text);
	bool flags = true, hashed = false;

	while (rest.len && slug.len < SLUG_MAX) {
		struct bytes word;

		rest = trim(rest);
		word = first_word(rest);
		rest = bytes_skip(rest, word.len);
		if (slug.len && flags && is_flag(word))
			continue;
		flags &= slug.len == 0 || is_flag(word);
		if (is_source_hash(word)) {
			hashed = true;
			continue;
		}
		if (hashed && bytes_equal(word, BYTES("in")))
			continue;
		add_slug_word(&slug, word);
	}
	while (slug.len && slug.ptr[slug.len - 1] == '-')
		slug.len--;
	if (slug.len == 0)
		buf_add_str(&slug, "layer");
	if (buf_status(&slug) < 0)
		return -ENOMEM;
	return buf_add_bytes(ret, buf_bytes(&slug));
}

bool history_positions(const struct history_entry *h, size_t n, uint32_t layers, uint32_t *ret)
{
	uint32_t made = 0;

	for (size_t i = 0; i < n; i++)
		made += !h[i].empty_layer;
	for (size_t i = 0, at = 0; i < n; i++)
		ret[i] = made == layers && !h[i].empty_layer ? (uint32_t)++at : 0;
	return made == layers;
}
