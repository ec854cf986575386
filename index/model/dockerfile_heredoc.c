/* SPDX-License-Identifier: MIT */
#include "model/dockerfile_internal.h"
#include "util/escape.h"

#include <limits.h>

/* "3<<-'NAME'": descriptor, the mark, and where the name begins. False: no heredoc. */
static bool split_mark(struct bytes *word, struct dockerfile_heredoc *h)
{
	long fd = 0;

	while (word->len && word->ptr[0] >= '0' && word->ptr[0] <= '9') {
		fd = MIN(fd * 10 + (word->ptr[0] - '0'), (long)INT_MAX);
		*word = bytes_skip(*word, 1);
	}
	if (!bytes_starts_with(*word, BYTES("<<")))
		return false;
	*word = bytes_skip(*word, 2);
	*h = (struct dockerfile_heredoc){.fd = (int)fd};
	h->chomp = bytes_starts_with(*word, BYTES("-"));
	*word = dockerfile_trim_left(bytes_skip(*word, h->chomp));
	return word->len && bytes_find(*word, '<') == word->len;
}

static size_t count_quotes(struct bytes s)
{
	size_t n = 0;

	for (size_t i = 0; i < s.len; i++)
		n += s.ptr[i] == '\'' || s.ptr[i] == '"';
	return n;
}

/* 1, 0: no heredoc. A name with quotes that are not closed is an error. */
static int parse_mark(struct bytes word, struct arena *arena, struct dockerfile_heredoc *h,
		      struct err *err)
{
	_cleanup_(bytes_vec_release) struct bytes_vec words = {0}, raw = {0};
	int r;

	if (!split_mark(&word, h))
		return 0;
	r = dockerfile_shell_words(word, 0, arena, &words, err);
	if (r == 0)
		r = dockerfile_shell_words(word, DOCKERFILE_RAW_QUOTES, arena, &raw, err);
	if (r < 0)
		return r;
	if (words.n != 1 || raw.n != 1)
		return 0;
	h->name = words.v[0];
	/* A quote that survives was escaped; one that does not, quoted the name. */
	h->expand = count_quotes(words.v[0]) == count_quotes(raw.v[0]);
	return 1;
}

int dockerfile_find_heredocs(struct bytes line, struct arena *arena,
			     struct dockerfile_heredoc_vec *ret, struct err *err)
{
	_cleanup_(bytes_vec_release) struct bytes_vec words = {0};
	struct dockerfile_heredoc h;
	int r;

	if (!memmem(line.ptr, line.len, "<<", 2))
		return 0;
	r = dockerfile_shell_words(line, DOCKERFILE_RAW_QUOTES | DOCKERFILE_RAW_ESCAPES, arena,
				   &words, NULL);
	if (r < 0)
		return r == -EINVAL ? 0 : err_oom(err);
	vec_foreach (word, &words) {
		r = parse_mark(*word, arena, &h, err);
		if (r < 0)
			return r;
		if (r == 1 && dockerfile_heredoc_vec_push(ret, h) < 0)
			return err_oom(err);
	}
	return 0;
}

/* Every line without its leading tabs. */
static int chomp(struct bytes in, struct arena *arena, struct bytes *ret, struct err *err)
{
	_cleanup_(buf_release) struct buf out = BUF_INIT;

	while (in.len) {
		size_t n = MIN(bytes_find(in, '\n') + 1, in.len);
		struct bytes line = bytes_make(in.ptr, n);

		while (line.len && line.ptr[0] == '\t')
			line = bytes_skip(line, 1);
		buf_add_bytes(&out, line);
		in = bytes_skip(in, n);
	}
	if (buf_status(&out) < 0)
		return err_oom(err);
	*ret = arena_bytes(arena, buf_bytes(&out));
	return ret->ptr ? 0 : err_oom(err);
}

static bool ends(const struct dockerfile_heredoc *h, struct bytes line)
{
	while (line.len && (line.ptr[line.len - 1] == '\n' || line.ptr[line.len - 1] == '\r'))
		line.len--;
	while (h->chomp && line.len && line.ptr[0] == '\t')
		line = bytes_skip(line, 1);
	return bytes_equal(line, h->name);
}

int dockerfile_read_heredoc(struct dockerfile_reader *r, struct arena *arena,
			    struct dockerfile_heredoc *h, struct err *err)
{
	struct bytes line;
	char shown[64];

	h->content = bytes_make(r->rest.ptr, 0);
	while (dockerfile_take_line(r, &line)) {
		if (ends(h, line))
			return h->chomp ? chomp(h->content, arena, &h->content, err) : 0;
		h->content.len += line.len;
	}
	return err_set(err, EINVAL, "the heredoc \"%s\" has no end",
		       escape_short(h->name, shown, sizeof(shown)));
}

bool dockerfile_is_heredoc(struct bytes word, const struct dockerfile_heredoc *h)
{
	struct dockerfile_heredoc mark;

	return split_mark(&word, &mark) && mark.fd == h->fd && mark.chomp == h->chomp &&
	       bytes_equal(word, h->name);
}
