/* SPDX-License-Identifier: MIT */
#include "model/history.h"

#include <ctype.h>
#include <stdio.h>
#include <strings.h>

#define NOP           BYTES("#(nop) ")
#define BUILDKIT      BYTES(" # buildkit")
#define SLUG_MAX      40
#define SHELL_OPTIONS 16 /* between a shell and its -c; bounds what hostile text costs */

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

/* "/bin/bash": a path whose last component names a shell. */
static bool is_shell(struct bytes word)
{
	static const char *const shells[] = {"sh", "ash", "bash", "dash", "ksh", "zsh"};
	const char *slash =
	    bytes_starts_with(word, BYTES("/")) ? memrchr(word.ptr, '/', word.len) : NULL;
	struct bytes base =
	    slash ? bytes_skip(word, (size_t)(slash - word.ptr) + 1) : BYTES_NULL;

	for (size_t i = 0; i < ARRAY_SIZE(shells); i++)
		if (bytes_equal(base, bytes_from_str(shells[i])))
			return true;
	return false;
}

static struct bytes next_word(struct bytes *rest)
{
	struct bytes word;

	*rest = trim(*rest);
	word = first_word(*rest);
	*rest = bytes_skip(*rest, word.len);
	return word;
}

/*
 * What stands behind "/bin/sh -c", "/bin/bash -euo pipefail -c" and their like at the start of
 * b; a NULL pointer if there is no such thing.
 */
static struct bytes behind_posix_shell(struct bytes b)
{
	if (!is_shell(next_word(&b)))
		return BYTES_NULL;
	for (int i = 0; b.len && i < SHELL_OPTIONS; i++) {
		struct bytes word = next_word(&b);

		if (word.len < 2 || word.ptr[0] != '-' || word.ptr[1] == '-')
			break;
		if (word.ptr[word.len - 1] == 'c')
			return b;
		if (word.ptr[word.len - 1] == 'o')
			next_word(&b);
	}
	return BYTES_NULL;
}

static struct bytes behind_shell(struct bytes b)
{
	static const char *const others[] = {"cmd /S /C ", "powershell -Command "};

	for (size_t i = 0; i < ARRAY_SIZE(others); i++)
		if (bytes_starts_with(b, bytes_from_str(others[i])))
			return bytes_skip(b, strlen(others[i]));
	return behind_posix_shell(b);
}

/*
 * "|2 A=1 B=2 rest" where no shell follows (exec form): the arguments are counted, which is
 * right as long as no value holds a space; if it shows that one does, they stay.
 */
static struct bytes without_counted_args(struct bytes b)
{
	struct bytes rest = bytes_skip(b, 1), word = next_word(&rest);
	unsigned n = 0;

	for (size_t i = 0; i < word.len; i++) {
		if (!isdigit((unsigned char)word.ptr[i]) || n > 1000)
			return b;
		n = n * 10 + (unsigned)(word.ptr[i] - '0');
	}
	while (n--) {
		word = next_word(&rest);
		if (bytes_find(word, '=') == word.len)
			return b;
	}
	return trim(rest);
}

/*
 * The command of a RUN: behind "|N k=v ..." and the shell. The values may hold spaces, so the
 * arguments cannot be counted: the first word from which on a shell stands is searched for.
 */
static struct bytes without_shell(struct bytes b)
{
	struct bytes at = b, command = behind_shell(b);

	if (!b.len || b.ptr[0] != '|')
		return command.ptr ? trim(command) : b;
	while (at.len) {
		at = trim(bytes_skip(at, first_word(at).len));
		command = behind_shell(at);
		if (command.ptr)
			return trim(command);
	}
	return without_counted_args(b);
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

/* Builders that write no "#(nop)": where it stands, it is part of the command. */
static bool says_what_it_is(const struct history_entry *h)
{
	return bytes_starts_with(h->comment, BYTES("buildkit.")) ||
	       bytes_equal(h->author, BYTES("kaniko"));
}

int history_instruction(const struct history_entry *h, struct instruction *ret)
{
	struct bytes b = trim(h->created_by), nop = find(b, NOP), word;
	const char *keyword;

	*ret = (struct instruction){.text = BUF_INIT};
	if (nop.ptr && !says_what_it_is(h))
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

/*
 * "file:<hex>", "dir:<hex>", "multi:<hex>": what classic COPY and ADD say instead of their
 * sources. Old versions put it right behind a flag: "--chown=1:2file:<hex>".
 */
static bool is_source_hash(struct bytes word)
{
	static const char *const kinds[] = {"file:", "dir:", "multi:"};
	size_t hex = word.len;

	while (hex && isxdigit((unsigned char)word.ptr[hex - 1]))
		hex--;
	if (word.len - hex < 32)
		return false;
	word.len = hex;
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		if (bytes_equal(word, bytes_from_str(kinds[i])) ||
		    (is_flag(word) && bytes_ends_with(word, bytes_from_str(kinds[i]))))
			return true;
	return false;
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

/* The words behind the keyword that name what is done: no flags, no hash of the sources. */
static void add_slug_words(struct buf *slug, struct bytes rest, bool copies)
{
	bool flags = true, hashed = false;

	while (rest.len && slug->len < SLUG_MAX) {
		struct bytes word = next_word(&rest);

		if (copies && flags && is_source_hash(word)) {
			hashed = true;
			continue;
		}
		if (flags && is_flag(word))
			continue;
		flags = false;
		if (hashed && bytes_equal(word, BYTES("in"))) {
			hashed = false;
			continue;
		}
		add_slug_word(slug, word);
	}
}

int history_slug(const struct instruction *i, struct buf *ret)
{
	_cleanup_(buf_release) struct buf slug = BUF_INIT;
	struct bytes rest = buf_bytes(&i->text);

	add_slug_word(&slug, next_word(&rest));
	add_slug_words(&slug, rest,
		       strcmp(i->keyword, "COPY") == 0 || strcmp(i->keyword, "ADD") == 0);
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
