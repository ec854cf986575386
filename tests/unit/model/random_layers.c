/* SPDX-License-Identifier: MIT */
#include "random_layers.h"

#include "test.h"

#include <stdio.h>
#include <time.h>

void random_layers_init(struct random_layers *r)
{
	const char *given = getenv("SEED");

	r->state = given ? strtoull(given, NULL, 10) : (uint64_t)time(NULL) * 2654435761u + 1;
	print_message("# SEED=%llu\n", (unsigned long long)r->state);
}

static unsigned pick(struct random_layers *r, unsigned n)
{
	r->state ^= r->state << 13;
	r->state ^= r->state >> 7;
	r->state ^= r->state << 17;
	return (unsigned)(r->state >> 33) % n;
}

/* "b/a/c"; with a prefix before the last component. */
static void add_path(struct random_layers *r, const char *prefix, struct buf *out)
{
	unsigned depth = pick(r, 3);

	for (unsigned i = 0; i < depth; i++)
		buf_addf(out, "%c/", 'a' + (int)pick(r, 3));
	buf_addf(out, "%s%c", prefix, 'a' + (int)pick(r, 4));
}

static void add_member(struct random_layers *r, unsigned max_size, struct buf *out)
{
	static const char *const words[] = {"file ", "file ", "file ", "file ", "dir ",
					    "link ", "sym ",  "file ", "file "};
	unsigned what = pick(r, ARRAY_SIZE(words));

	buf_add_str(out, words[what]);
	if (what == ARRAY_SIZE(words) - 1) {
		add_path(r, "", out);
		buf_add_str(out, "/.wh..wh..opq 0\n");
		return;
	}
	add_path(r, what == ARRAY_SIZE(words) - 2 ? ".wh." : "", out);
	if (what == 4)
		buf_addf(out, " %o", 0700 + pick(r, 64));
	else if (what == 5 || what == 6) {
		buf_add_str(out, what == 5 ? " " : " /");
		add_path(r, "", out);
	} else
		buf_addf(out, " %u", what < 4 ? pick(r, max_size + 1) : 0);
	buf_add_char(out, '\n');
}

void random_layers_text(struct random_layers *r, unsigned max_members, unsigned max_size,
			struct buf *ret)
{
	unsigned n = 1 + pick(r, max_members);

	buf_clear(ret);
	for (unsigned i = 0; i < n; i++)
		add_member(r, max_size, ret);
	assert_int_equal(buf_status(ret), 0);
}
