/* SPDX-License-Identifier: MIT */
#include "model/copyword.h"

#include "model/copymap.h"
#include "model/stage_draft.h"

/* Sources that only classic builders and buildah hide behind a hash. */
static bool is_hashed(struct bytes word)
{
	return bytes_starts_with(word, BYTES("file:")) ||
	       bytes_starts_with(word, BYTES("dir:")) ||
	       bytes_starts_with(word, BYTES("multi:"));
}

int copywords_read(struct bytes text, struct copywords *ret)
{
	struct bytes rest = draft_arguments(text), word;
	struct copywords w = {.relative = true};
	bool hashed = false;

	while ((word = draft_next_word(&rest)).len) {
		if (w.destination.len && bytes_vec_push(&w.sources, w.destination) < 0) {
			copywords_release(&w);
			return -ENOMEM;
		}
		hashed |= is_hashed(word);
		w.destination = word;
	}
	if (hashed) /* "COPY file:<hash> in DEST": the words before it are no person's */
		w.sources.n = 0;
	vec_foreach (s, &w.sources)
		w.relative &= s->ptr[0] != '/';
	w.relative &= w.sources.n > 0;
	*ret = w;
	return 0;
}

void copywords_release(struct copywords *w)
{
	bytes_vec_release(&w->sources);
}

/* path is `end`, or ends in it behind a slash. */
static bool ends_in(struct bytes path, struct bytes end)
{
	return bytes_ends_with(path, end) &&
	       (path.len == end.len || path.ptr[path.len - end.len - 1] == '/');
}

static bool word_leads(struct bytes word, struct bytes from, struct bytes to)
{
	bool any = false;
	struct bytes part, name;

	while (bytes_next_component(&word, &part)) {
		if (bytes_equal(part, BYTES(".")))
			continue;
		any = true;
		if (!bytes_next_component(&from, &name) ||
		    !(bytes_equal(part, name) || copymap_component_matches(part, name)))
			return false;
	}
	while (from.len && from.ptr[0] == '/')
		from = bytes_skip(from, 1);
	return any && (!from.len || ends_in(to, from));
}

bool copywords_lead(const struct copywords *w, struct bytes from, struct bytes to)
{
	vec_foreach (word, &w->sources) {
		bool root = bytes_equal(*word, BYTES("/"));

		if (root ? ends_in(to, from) : word_leads(*word, from, to))
			return true;
	}
	return false;
}
