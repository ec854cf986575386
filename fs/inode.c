/* SPDX-License-Identifier: MIT */
/*
 * Inode numbers.
 *
 * FUSE asks for two numbers where a disk file system has one. The *nodeid* is what the kernel
 * hands back to us in every later request; st_ino is what programs see, and what du, find, tar
 * and rsync compare to learn whether two names are one file. Many FUSE file systems make the
 * nodeid a pointer or a table index and st_ino something else. They pay for it: a table of
 * everything the kernel has ever looked up, a count of lookups for each, and a bug whenever a
 * forget and a lookup cross. Here both are the same number, and the number is computed from
 * what the index stores, never from what was looked at first. So there is no table, `forget`
 * has nothing to do, two mounts of one index agree, and a tree that was evicted from memory
 * comes back under the numbers that the kernel still holds.
 *
 * What the numbers must do, and what fell out of it:
 *
 * 1. One stored file, one number, wherever it shows. The same file stands in an image's
 *    rootfs, in the layer that brought it, in every later step, and in every other image built
 *    on that layer. `du` over all of them has to count it once, and `diff -r` has to see
 *    without reading that it is the same. So a non-directory is known by its row in the index
 *    (the first row of its hard-link group), not by where it was found. Two things follow for
 *    whoever answers requests: nothing about a non-directory may depend on the view, for the
 *    number does not say which view it was; and st_nlink must never be 1, because that is how
 *    du and friends decide that they need not remember a number (see attr.c).
 *
 * 2. One directory, one place. The opposite holds for directories. The kernel keeps at most
 *    one dentry for a directory inode; show the same one at two paths and it *moves* the dentry
 *    from the first to the second. A walk that stands in the first sees ".." change under it,
 *    du prints 0 for the second, diff calls the two identical without having looked. So a
 *    directory's number holds the view it stands in, also when the last step of an image and
 *    its rootfs are the very same tree.
 *
 * 3. The same number for as long as the thing lives, and never for another. Ids of layers and
 *    images are AUTOINCREMENT: removing the newest does not free its id. A request for a
 *    number whose row is gone gets ESTALE, on which the kernel looks the path up afresh. Trees
 *    number their nodes by content alone (model/tree.h), so the ordinal survives eviction.
 *
 * 4. Rendered files are the exception. A report changes when the index grows, and a reader that
 *    has half of the old text must not get the other half of the new one. Each version of the
 *    text therefore is an inode of its own, {slot, generation}, kept while the kernel remembers
 *    it: the only numbers with a lookup count, held by vfile.c.
 *
 * 5. What stagefs derives from the whole index, the links in .stagefs/duplicates, is another
 *    thing in every generation of the index. Its numbers therefore hold the generation, and
 *    those of an older one are stale. The symlinks there are no stored files: they are numbered
 *    by their place, like directories.
 *
 * The layout, by the highest bit set:
 *
 *      63  62  61  60            53                          24              0
 *       0   0   0   0 .......... 0 |  layer (29 bits)         | sequence (24) |   STORED
 *       0   1 | kind 4 | image or stage 23 | position 11      | ordinal  (24) |   DIR
 *       0   1 | kind 4 | layer or generation 34               | ordinal  (24) |   DIR
 *       0   0   1   0 | kind 6 |  tag 54                                      |   FIXED
 *       0   0   1   1 | slot 20        |  generation 40                       |   RENDERED
 *
 *    STORED is the rowid of the entry: layer << 24 | sequence. Layers start at 1, so the
 *    smallest is 2^24 and cannot be taken for the root, which FUSE insists is 1. They stay
 *    below 2^53, so that a JSON reader with doubles keeps them whole.
 *    DIR is 2^62 | view << 24 | ordinal; the view is 38 bits, of which the highest four say
 *    what the rest is.
 *    FIXED are the things that stagefs adds: README, images/, .stagefs/... The kind indexes the
 *    table in layout.c. The tag is the id of the image or layer it belongs to, 0 if it belongs
 *    to none, or a hash of a name where a name is all there is (alias.c).
 *
 * Bit 63 stays clear: programs that keep ino_t in a signed type exist. What does not fit is
 * not truncated: the encoder answers 0.
 */
#include "fs/inode.h"

#include "store/layers.h"

#define CLASS_DIR      (UINT64_C(1) << 62)
#define CLASS_VIRTUAL  (UINT64_C(1) << 61)
#define RENDERED       (UINT64_C(1) << 60)
#define STORED_MAX     ((UINT64_C(1) << 53) - 1)
#define ORDINAL_BITS   24
#define VIEW_KIND_BITS 4
#define VIEW_REST_BITS 34
#define POS_BITS       11
#define IMAGE_BITS     (VIEW_REST_BITS - POS_BITS)
#define KIND_BITS      6

static uint64_t low_bits(uint64_t x, unsigned n)
{
	return x & ((UINT64_C(1) << n) - 1);
}

static bool fits(uint64_t x, unsigned bits)
{
	return x == low_bits(x, bits);
}

uint64_t inode_stored(int64_t entry)
{
	if (entry < ENTRY_ID(1, 0) || (uint64_t)entry > STORED_MAX)
		return 0;
	return (uint64_t)entry;
}

/* Views that are not one of several positions. */
static bool is_single(unsigned kind)
{
	return kind == VIEW_LAYER || kind == VIEW_DUPLICATES;
}

/* The 34 bits below the kind; false if the ids do not fit. */
static bool view_pack(const struct view_id *v, uint64_t *ret)
{
	if (v->id < 1)
		return false;
	if (is_single(v->kind)) {
		*ret = (uint64_t)v->id;
		return v->pos == 0 && fits((uint64_t)v->id, VIEW_REST_BITS);
	}
	*ret = (uint64_t)v->id << POS_BITS | v->pos;
	return fits((uint64_t)v->id, IMAGE_BITS) && fits(v->pos, POS_BITS);
}

static bool view_unpack(uint64_t view, struct view_id *ret)
{
	unsigned kind = (unsigned)(view >> VIEW_REST_BITS);
	uint64_t rest = low_bits(view, VIEW_REST_BITS);

	if (kind < VIEW_ROOTFS || kind > VIEW_DUPLICATES)
		return false;
	ret->kind = (enum view_kind)kind;
	ret->id = (int64_t)(is_single(kind) ? rest : rest >> POS_BITS);
	ret->pos = is_single(kind) ? 0 : (uint32_t)low_bits(rest, POS_BITS);
	return ret->id > 0;
}

uint64_t inode_dir(const struct view_id *view, uint32_t index)
{
	uint64_t rest;

	if (!view_pack(view, &rest) || !fits(index, ORDINAL_BITS))
		return 0;
	return CLASS_DIR | (uint64_t)view->kind << (VIEW_REST_BITS + ORDINAL_BITS) |
	       rest << ORDINAL_BITS | index;
}

uint64_t inode_fixed(unsigned kind, uint64_t tag)
{
	if (kind == 0)
		return INODE_ROOT;
	if (!fits(kind, KIND_BITS) || !fits(tag, INODE_TAG_BITS))
		return 0;
	return CLASS_VIRTUAL | (uint64_t)kind << INODE_TAG_BITS | tag;
}

uint64_t inode_rendered(uint32_t slot, uint64_t generation)
{
	if (!fits(slot, INODE_SLOT_BITS) || !fits(generation, INODE_GENERATION_BITS))
		return 0;
	return CLASS_VIRTUAL | RENDERED | (uint64_t)slot << INODE_GENERATION_BITS | generation;
}

static struct inode decode_dir(uint64_t ino)
{
	struct inode i = {.class = INODE_DIR, .index = (uint32_t)low_bits(ino, ORDINAL_BITS)};
	uint64_t view = low_bits(ino, VIEW_KIND_BITS + VIEW_REST_BITS + ORDINAL_BITS);

	if (!view_unpack(view >> ORDINAL_BITS, &i.view))
		i.class = INODE_NONE;
	return i;
}

static struct inode decode_virtual(uint64_t ino)
{
	if (ino & RENDERED)
		return (struct inode){
		    .class = INODE_RENDERED,
		    .slot = (uint32_t)low_bits(ino >> INODE_GENERATION_BITS, INODE_SLOT_BITS),
		    .generation = low_bits(ino, INODE_GENERATION_BITS)};
	return (struct inode){.class = INODE_FIXED,
			      .kind = (unsigned)low_bits(ino >> INODE_TAG_BITS, KIND_BITS),
			      .tag = low_bits(ino, INODE_TAG_BITS)};
}

struct inode inode_decode(uint64_t ino)
{
	if (ino == INODE_ROOT)
		return (struct inode){.class = INODE_FIXED};
	if (ino >> 63)
		return (struct inode){0};
	if (ino & CLASS_DIR)
		return decode_dir(ino);
	if (ino & CLASS_VIRTUAL)
		return decode_virtual(ino);
	if (inode_stored((int64_t)ino))
		return (struct inode){.class = INODE_STORED, .entry = (int64_t)ino};
	return (struct inode){0};
}
