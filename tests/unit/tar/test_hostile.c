/* SPDX-License-Identifier: MIT */
/* The corpus of odd and hostile layers against the verdicts this folder gives. */
#include "hostile.h"
#include "record.h"
#include "test.h"

static struct hostile_vec cases;
static struct record rec;

static int load(void **state)
{
	struct err err = ERR_INIT;

	(void)state;
	record_init(&rec);
	assert_ok(hostile_load(&cases, &err), &err);
	return 0;
}

static int unload(void **state)
{
	(void)state;
	hostile_release(&cases);
	record_release(&rec);
	return 0;
}

/* Refused one level up, by the rules of layers: the tar itself is well made. */
static const char *const above[] = {"deep-20000.tar"};
/* One entry swallows `ok-after` with all rights: a pax size says so. */
static const char *const swallows[] = {"size-pax-on-L.tar", "frame-zeros.tar", "frame-v7.tar"};

static bool among(const char *name, const char *const *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(name, list[i]) == 0)
			return true;
	return false;
}

static bool is_tar(const struct hostile_case *c)
{
	return bytes_ends_with(bytes_from_str(c->name), BYTES(".tar"));
}

static void judge(const struct hostile_case *c, int r, const char *message)
{
	bool refuse =
	    strcmp(c->verdict, "refuse") == 0 && !among(c->name, above, ARRAY_SIZE(above));

	if (r < 0 && r != -EBADMSG)
		fail_msg("%s: %d: %s", c->name, r, message);
	if (r < 0 && (!message[0] || strchr(message, '\n')))
		fail_msg("%s: no one-line message", c->name);
	if (strcmp(c->verdict, "either") != 0 && (r < 0) != refuse)
		fail_msg("%s: wants %s, got %d %s", c->name, c->verdict, r, message);
	if (r < 0 || among(c->name, swallows, ARRAY_SIZE(swallows)))
		return;
	if (!strstr(buf_str(&rec.text), "file ok-before 0644 0:0 7 before\\n\n") ||
	    !strstr(buf_str(&rec.text), "file ok-after 0644 0:0 6 after\\n\n"))
		fail_msg("%s: a good entry is lost:\n%s", c->name, buf_str(&rec.text));
}

static void hostile__verdicts(void **state)
{
	size_t walked = 0;

	(void)state;
	for (size_t piece = 0; piece < 1000; piece = piece * 3 + 100) {
		rec.piece = piece;
		rec.can_skip = piece > 100;
		vec_foreach (c, &cases) {
			struct err err = ERR_INIT;

			if (!is_tar(c))
				continue;
			judge(c, record_walk(&rec, buf_bytes(&c->data), &err), err.msg);
			walked++;
		}
	}
	assert_true(walked > 3 * 150);
}

/* Entries shown: lines that are no findings. */
static size_t lines_shown(void)
{
	size_t n = 0;

	for (const char *p = buf_str(&rec.text); *p; p = strchr(p, '\n') + 1)
		n += *p != '!';
	return n;
}

/* Skipped entries of this folder, and what is said about exact ones. */
static void hostile__findings(void **state)
{
	static const struct {
		const char *name, *finding;
		bool shown;
	} rows[] = {
	    {"name-empty.tar", "! name-empty \n", false},
	    {"type-44.tar", "! type-unknown t\n", false},
	    {"type-53.tar", "! type-unknown t\n", false},
	    {"type-80.tar", "! type-unknown t\n", false},
	    {"type-67.tar", "! pax-odd  (global header without records)\n", false},
	    {"mode-junk.tar", "! mode-invalid m\n", false},
	    {"pax-mtime-nan.tar", "! mtime-invalid f\n", false},
	    {"pax-mtime-1e308.tar", "! mtime-invalid f\n", false},
	    {"pax-uid-junk.tar", "! id-invalid f (uid)\n", false},
	    {"pax-nul-path.tar", "! name-nul a\\x00b (path)\n", false},
	    {"sl-nul.tar", "! name-nul a (link target)\n", false},
	    {"sl-empty.tar", "! link-invalid a\n", false},
	    {"sl-4096.tar", "! link-invalid a\n", false},
	    {"hl-empty.tar", "! link-invalid a\n", false},
	    {"xattr-64k.tar", "! xattr-invalid c\n", true},
	    {"xattr-name-256.tar", "! xattr-invalid c\n", true},
	    {"xattr-nul-key.tar", "! xattr-invalid c\n", true},
	    {"xattr-empty-key.tar", "! xattr-invalid c\n", true},
	    {"mode-wide.tar", "! mode-wide m\n", true},
	    {"uid-huge.tar", "! id-range u (uid)\n! id-range u (gid)\n", true},
	    {"mtime-max.tar", "! mtime-range u\n", true},
	    {"dev-maj-huge.tar", "! rdev-range d (major)\n", true},
	    {"pax-global-path.tar", "! pax-global \n", true},
	    {"size-pax-global.tar", "! pax-global \n", true},
	    {"size-pax-gt-ustar.tar", "! size-conflict carrier\n", true},
	    {"frame-zero-mid.tar", "! zero-block \n", true},
	    {"wh-overlay-xattr.tar", "! overlay-xattr ov\n", true},
	    {"wh-overlay-chardev.tar", "! overlay-whiteout gone\n", true},
	};
	size_t found = 0;

	(void)state;
	rec.piece = 0;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		vec_foreach (c, &cases) {
			struct err err = ERR_INIT;

			if (strcmp(c->name, rows[i].name) != 0)
				continue;
			found++;
			assert_ok(record_walk(&rec, buf_bytes(&c->data), &err), &err);
			if (!strstr(buf_str(&rec.text), rows[i].finding))
				fail_msg("%s lacks %s:\n%s", c->name, rows[i].finding,
					 buf_str(&rec.text));
			if (!rows[i].shown && lines_shown() != 2)
				fail_msg("%s: shown all the same:\n%s", c->name,
					 buf_str(&rec.text));
		}
	assert_int_equal(found, ARRAY_SIZE(rows));
}

/* CVE-2025-62518: whose header is it? */
static void hostile__smuggled_headers(void **state)
{
	(void)state;
	rec.piece = 0;
	vec_foreach (c, &cases) {
		struct err err = ERR_INIT;
		bool gt = strcmp(c->name, "size-pax-gt-ustar.tar") == 0;

		if (!gt && strcmp(c->name, "size-pax-lt-ustar.tar") != 0)
			continue;
		assert_ok(record_walk(&rec, buf_bytes(&c->data), &err), &err);
		assert_int_equal(!strstr(buf_str(&rec.text), "file SMUGGLED"), gt);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(hostile__verdicts),
	    cmocka_unit_test(hostile__findings),
	    cmocka_unit_test(hostile__smuggled_headers),
	};

	return cmocka_run_group_tests(tests, load, unload);
}
