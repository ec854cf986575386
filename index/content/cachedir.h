/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * struct cachedir: decoded copies of compressed layers and archives on disk, bounded.
 *
 * A copy is named by what it is a decoding of (a key of hex digits). It is written to a
 * temporary name and renamed, so a name is always whole. Over the cap the least recently used
 * (by atime we set ourselves) go. A copy larger than the cap is an unlinked temporary file,
 * and the last few of those are kept open.
 * Threads: safe, a thread waits for a copy that another one makes. Processes: safe, two that
 * decode the same thing do it twice at worst.
 */
#include "io/codec.h"
#include "io/source.h"

struct cachedir;

/* path NULL: everything is an unlinked temporary file. */
int cachedir_new(const char *path, uint64_t max_bytes, struct cachedir **ret,
		 struct err *err) _must_check_;
void cachedir_free(struct cachedir *c);
DEFINE_CLEANUP(struct cachedir *, cachedir_free)

/*
 * What to decode, and what is known of it. sha256: of the decoded bytes, or NULL; others are
 * -EBADMSG and not kept, for a name in the directory is trusted by every later reader.
 */
struct decoding {
	struct source *stored;
	enum codec codec;
	const struct limits *limits; /* may be NULL: defaults */
	const unsigned char *sha256;
};

/* The decoded copy, made now if it is not there. */
int cachedir_decode(struct cachedir *c, const char *key, const struct decoding *what,
		    struct source **ret, struct err *err) _must_check_;
/* Bytes on disk; and dropping all of them. */
int cachedir_usage(const char *path, uint64_t *ret_bytes, uint64_t *ret_files,
		   struct err *err) _must_check_;
int cachedir_clear(const char *path, struct err *err) _must_check_;
