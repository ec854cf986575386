/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * Findings: what is odd about a layer without being a reason to refuse it. Stored with the
 * layer, listed in reports. The codes are an interface: stable words, never renamed.
 */

/* X(enumerator, code, what it says) */
#define FINDINGS(X)                                                                            \
	X(PATH_ESCAPE, "path-escape", "name climbs above the root; clamped there")             \
	X(NAME_EMPTY, "name-empty", "entry without a name; left out")                          \
	X(NAME_TOO_LONG, "name-too-long", "a component is over 255 bytes; left out")           \
	X(NAME_NUL, "name-nul", "a name or value holds NUL; left out")                         \
	X(ROOT_NOT_DIR, "root-not-directory", "the root itself as a non-directory; left out")  \
	X(WHITEOUT_INVALID, "whiteout-invalid",                                                \
	  "whiteout of nothing, \".\" or \"..\"; ignored")                                     \
	X(WHITEOUT_DIR, "whiteout-directory", "whiteout name on a directory; left out")        \
	X(WHITEOUT_PARENT, "whiteout-parent", "below a whiteout name; left out")               \
	X(WHITEOUT_SAME_LAYER, "whiteout-same-layer",                                          \
	  "whiteout beside an entry it names; podman drops the entry, the spec keeps it")      \
	X(OPAQUE_ROOT, "opaque-root", "opaque root: overlay drivers ignore it")                \
	X(AUFS_META, "aufs-metadata", "AUFS metadata; not shown in merged trees")              \
	X(OVERLAY_WHITEOUT, "overlay-whiteout", "char device 0/0; overlay hides the name")     \
	X(OVERLAY_XATTR, "overlay-xattr", "trusted.overlay.* xattr; not acted upon")           \
	X(TYPE_UNKNOWN, "type-unknown", "unknown tar type; left out")                          \
	X(MODE_INVALID, "mode-invalid", "mode is no octal number; left out")                   \
	X(MODE_WIDE, "mode-wide", "mode above 07777; masked")                                  \
	X(ID_RANGE, "id-range", "uid or gid outside 32 bits; shown as 65534")                  \
	X(ID_INVALID, "id-invalid", "uid or gid is no number; left out")                       \
	X(MTIME_RANGE, "mtime-range", "mtime outside the possible range; clamped")             \
	X(MTIME_INVALID, "mtime-invalid", "mtime is no number; left out")                      \
	X(RDEV_RANGE, "rdev-range", "device number outside 32 bits; masked")                   \
	X(XATTR_INVALID, "xattr-invalid", "xattr name or value not storable; xattr dropped")   \
	X(SIZE_CONFLICT, "size-conflict", "pax size and header size differ; pax wins")         \
	X(PAX_GLOBAL, "pax-global", "global pax header sets a name or size; name ignored")     \
	X(PAX_ODD, "pax-odd", "pax record that readers treat differently")                     \
	X(LINK_TARGET_MISSING, "link-target-missing", "hard link to nothing; left out")        \
	X(LINK_TARGET_LATER, "link-target-later", "hard link before its target; left out")     \
	X(LINK_TARGET_DIR, "link-target-directory", "hard link to a directory; left out")      \
	X(LINK_TARGET_LOWER, "link-target-lower", "hard link into a lower layer")              \
	X(LINK_INVALID, "link-invalid", "link target empty or over 4095 bytes; left out")      \
	X(PARENT_SYMLINK, "parent-symlink", "below a symlink of the same layer; left out")     \
	X(PARENT_SYMLINK_LOWER, "parent-symlink-lower",                                        \
	  "below a symlink of a lower layer; followed, overlay drivers differ")                \
	X(PARENT_NOT_DIR, "parent-not-directory", "below a non-directory; see detail")         \
	X(DUPLICATE, "duplicate-entry", "the same path twice; the last one counts")            \
	X(FRAME_ZERO, "zero-block", "zero block before the end of the archive")                \
	X(TRAILING_DATA, "trailing-data", "bytes behind the end; not read")                    \
	X(STARGZ_META, "stargz-metadata",                                                      \
	  "eStargz table of contents; not shown in merged trees")                              \
	X(MISSING_BLOB, "layer-absent", "non-distributable layer, not in the archive")

enum finding {
#define FINDING_ENUM(e, code, text) FINDING_##e,
	FINDINGS(FINDING_ENUM)
#undef FINDING_ENUM
	    FINDING_COUNT
};

const char *finding_code(enum finding f);
const char *finding_text(enum finding f);
/* The enumerator of a stored code, or FINDING_COUNT. */
enum finding finding_from_code(const char *code);
