/* SPDX-License-Identifier: MIT */
/*
 * Text from image documents: digests, references, history, and the escaping of all of it.
 * The lines of the input are the references of as many images.
 */
#include "fuzz.h"

#include "model/history.h"
#include "model/naming.h"
#include "util/digest.h"
#include "util/escape.h"
#include "util/json.h"

#define IMAGES 12

static void try_digest(struct bytes in)
{
	char text[DIGEST_TEXT_MAX];
	struct err err = ERR_INIT;
	struct digest d;
	int r = digest_parse(in, &d, &err);

	if (r < 0)
		fuzz_refused(r, &err);
	else
		fuzz_check(bytes_equal(bytes_from_str(digest_format(&d, text)), in));
}

static void try_text(struct bytes in)
{
	_cleanup_(buf_release) struct buf text = BUF_INIT, back = BUF_INIT, json = BUF_INIT;
	_cleanup_(buf_release) struct buf other = BUF_INIT;
	_cleanup_(json_freep) json_t *j = NULL;
	struct err err = ERR_INIT;
	char shown[64];

	fuzz_check(escape_text(&text, in) == 0);
	fuzz_check(unescape_text(&back, buf_bytes(&text)) == 0);
	fuzz_check(bytes_equal(buf_bytes(&back), in));
	for (size_t i = 0; i < text.len; i++)
		fuzz_check((unsigned char)text.ptr[i] >= 0x20 && text.ptr[i] != 0x7f);
	escape_short(in, shown, sizeof(shown));
	fuzz_check(strlen(shown) < sizeof(shown));
	fuzz_check(escape_json(&json, in) == 0);
	if (json.len < JSON_MAX_BYTES) {
		fuzz_check(json_parse(buf_bytes(&json), &j, &err) == 0);
		fuzz_check(bytes_equal(bytes_make(json_string_value(j), json_string_length(j)),
				       buf_bytes(&text)));
	}
	/* What can be unescaped at all is the escaping of what comes out. */
	buf_clear(&back);
	if (unescape_text(&back, in) == 0) {
		fuzz_check(escape_text(&other, buf_bytes(&back)) == 0);
		fuzz_check(bytes_equal(buf_bytes(&other), in));
	}
}

static void check_component(struct bytes name)
{
	fuzz_check(name.len >= 1 && name.len <= 255);
	fuzz_check(!bytes_equal(name, BYTES(".")) && !bytes_equal(name, BYTES("..")));
	for (size_t i = 0; i < name.len; i++)
		fuzz_check((unsigned char)name.ptr[i] >= 0x20 && name.ptr[i] != '/' &&
			   name.ptr[i] != 0x7f);
}

static void try_component(struct bytes in)
{
	_cleanup_(buf_release) struct buf name = BUF_INIT;

	fuzz_check(naming_component(naming_normalise(in), &name) == 0);
	check_component(buf_bytes(&name));
}

static void try_history(struct bytes in)
{
	struct history_entry h = {.created_by = in};
	_cleanup_(buf_release) struct buf slug = BUF_INIT;
	struct instruction i;

	fuzz_check(history_instruction(&h, &i) == 0);
	fuzz_check(history_slug(&i, &slug) == 0);
	fuzz_check(slug.len >= 1 && slug.len <= 40 && slug.ptr[slug.len - 1] != '-');
	for (size_t k = 0; k < slug.len; k++)
		fuzz_check(strchr("-._", slug.ptr[k]) || (slug.ptr[k] | 32) - 'a' < 26u ||
			   slug.ptr[k] - '0' < 10u);
	instruction_release(&i);
}

static void check_names(const struct naming *n, const struct naming_image *images, size_t count)
{
	size_t dirs = 0;

	for (size_t i = 0; i < n->entries.n; i++) {
		const struct naming_entry *e = &n->entries.v[i];
		struct bytes name = bytes_from_str(e->name);
		struct err err = ERR_INIT;
		int64_t id = 0;

		check_component(name);
		fuzz_check(i == 0 || strcmp(n->entries.v[i - 1].name, e->name) < 0);
		fuzz_check(naming_resolve(n, images, count, name, &id, &err) == 1);
		fuzz_check(id == e->image);
		dirs += e->kind == NAMING_DIR;
		if (e->kind == NAMING_SYMLINK)
			fuzz_check(strcmp(e->target, naming_of(n, e->image)) == 0);
	}
	fuzz_check(dirs == count);
	for (size_t i = 0; i < count; i++)
		fuzz_check(naming_of(n, images[i].id));
}

/* Lines are references; image and event of a line come from its first byte. */
static void try_names(struct bytes in)
{
	static const char *const platforms[] = {"", "linux/amd64", "linux/arm64", "a/b/c"};
	static const char *const digests[] = {"sha256:0123456789abcdef", "sha256:0123456789ab",
					      ""};
	struct naming_image images[IMAGES];
	struct naming_tag tags[IMAGES];
	char *lines[IMAGES];
	struct err err = ERR_INIT;
	struct naming n;
	size_t count = 0;

	for (; in.len && count < IMAGES; count++) {
		struct bytes line = bytes_make(in.ptr, bytes_find(in, '\n'));
		unsigned char seed = line.len ? (unsigned char)line.ptr[0] : 0;

		lines[count] = strndup(line.len ? line.ptr : "", line.len);
		fuzz_check(lines[count]);
		images[count] = (struct naming_image){(int64_t)count + 1, digests[seed % 3],
						      platforms[seed / 3 % 4]};
		tags[count] =
		    (struct naming_tag){lines[count], seed % (count + 1) + 1, seed / 12 % 4};
		in = bytes_skip(in, MIN(line.len + 1, in.len));
	}
	fuzz_check(naming_build(images, count, tags, count, "linux/amd64", &n, &err) == 0);
	check_names(&n, images, count);
	naming_release(&n);
	for (size_t i = 0; i < count; i++)
		free(lines[i]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bytes in = bytes_make(data, size);

	try_digest(in);
	try_text(in);
	try_component(in);
	try_history(in);
	try_names(in);
	return 0;
}
