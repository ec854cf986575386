/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * Names of images in the mount and on the command line: DESIGN 1.1 "Names".
 *
 * From the rows of image and name to directory names: the owner of a reference, former owners,
 * platforms, symlinks for second tags, aliases that resolve but are not listed. Pure: no SQL.
 *
 * Which of its references is an image's directory: the first by (event, reference) of those
 * whose plain name it has, else the first with an @. A later tag does not move it.
 * Clashes, which only references that no registry would take can make ("a+b" beside "a/b"): the
 * first by (event, reference) has the name, the next is "<name>~2", then "~3"; an alias that
 * clashes is not there. The same holds for two platforms of one config digest without a tag.
 * Two images of one event and platform: the second is "<name>@<12 hex>".
 */
#include "util/buf.h"
#include "util/err.h"
#include "util/vec.h"

struct naming_image {
	int64_t id;
	const char *config_digest;
	const char *platform; /* os/architecture[/variant] or "" */
};
struct naming_tag {
	const char *reference;
	int64_t image, event;
};

enum naming_kind { NAMING_DIR, NAMING_SYMLINK, NAMING_ALIAS };

struct naming_entry {
	char *name; /* a mount component */
	enum naming_kind kind;
	int64_t image;
	const char *target; /* NAMING_SYMLINK: the name of the directory entry */
};
DEFINE_VEC(naming_vec, struct naming_entry)

/* Sorted by name. Every image has exactly one NAMING_DIR. */
struct naming {
	struct naming_vec entries;
};

/* machine: "linux/amd64", the platform docker would run here. */
int naming_build(const struct naming_image *images, size_t n_images,
		 const struct naming_tag *tags, size_t n_tags, const char *machine,
		 struct naming *ret, struct err *err) _must_check_;
void naming_release(struct naming *n);

/* The directory name of an image, or NULL. */
const char *naming_of(const struct naming *n, int64_t image);
/*
 * Resolves what a person types: a name with '/' or '+' for '/', any alias, "name~1",
 * "name@linux-arm64", a name without its ":latest", a digest or a unique prefix of it (at
 * least 4 hex).
 * 1 and *ret; 0 unknown; -EEXIST ambiguous: err lists the candidates.
 */
int naming_resolve(const struct naming *n, const struct naming_image *images, size_t n_images,
		   struct bytes text, int64_t *ret, struct err *err) _must_check_;

/* docker.io/library/ and docker.io/ dropped; bytes otherwise kept. */
struct bytes naming_normalise(struct bytes reference);
/* The mount component of a normalised reference: '/' becomes '+', the rest escaped, at most
 * 255 bytes. Replaces what ret holds. */
int naming_component(struct bytes reference, struct buf *ret) _must_check_;
/* The machine's own platform, as naming_build wants it. */
const char *naming_machine(void);
