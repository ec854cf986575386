/* SPDX-License-Identifier: MIT */
#include "mount_options.h"

#include <string.h>

static const struct {
	const char *word;
	size_t at; /* of a bool in struct mount_opts; SIZE_MAX: nothing to set */
	bool value;
} words[] = {
    {"inodes=stored", offsetof(struct mount_opts, inodes_content), false},
    {"inodes=content", offsetof(struct mount_opts, inodes_content), true},
    {"verify=open", offsetof(struct mount_opts, verify_always), false},
    {"verify=always", offsetof(struct mount_opts, verify_always), true},
    {"allow_other", offsetof(struct mount_opts, allow_other), true},
    {"ro", SIZE_MAX, true},
    {"nosuid", SIZE_MAX, true},
    {"nodev", SIZE_MAX, true},
};

static int set_word(struct bytes word, struct mount_opts *ret, struct err *err)
{
	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		if (!bytes_equal(word, bytes_from_str(words[i].word)))
			continue;
		if (words[i].at != SIZE_MAX)
			memcpy((char *)ret + words[i].at, &words[i].value, sizeof(bool));
		return 0;
	}
	return err_set(err, EINVAL,
		       "mount option '%.*s' is not one of inodes=stored|content, "
		       "verify=open|always, allow_other (ro,nosuid,nodev are always on)",
		       (int)word.len, word.ptr);
}

int mount_options_parse(const struct opt_values *o, struct mount_opts *ret, struct err *err)
{
	for (size_t i = 0; i < o->n; i++) {
		struct bytes rest;

		if (strcmp(o->given[i].opt->name, "options") != 0)
			continue;
		rest = bytes_from_str(o->given[i].value);
		while (rest.len) {
			struct bytes word = bytes_make(rest.ptr, bytes_find(rest, ','));
			int r = word.len ? set_word(word, ret, err) : 0;

			if (r < 0)
				return r;
			rest = bytes_skip(rest, MIN(rest.len, word.len + 1));
		}
	}
	return 0;
}
