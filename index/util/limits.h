/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * Every limit on untrusted input: its name, default and unit. An error that refuses input for
 * a limit names it ("limit path-bytes"), and `--limit NAME=VALUE` changes it. No real image
 * comes near a default (measured: containerd 20 MiB of JSON, docker 127 layers).
 */
#include "util/bytes.h"
#include "util/err.h"

/* X(field, option name, default, what it bounds) */
#define LIMITS(X)                                                                              \
	X(ext_header, "ext-header", MIB(1), "bytes of one pax or GNU long-name header")        \
	X(path_bytes, "path-bytes", KIB(64), "bytes of one path in a layer")                   \
	X(depth, "depth", 2048, "directories above one another")                               \
	X(entries, "entries", 2000000, "entries of one layer")                                 \
	X(xattr_value, "xattr-value", KIB(64), "bytes of one extended attribute")              \
	X(xattr_entry, "xattr-entry", MIB(1), "bytes of all xattrs of one entry")              \
	X(sparse_regions, "sparse-regions", 10000, "data regions of one sparse file")          \
	X(layers, "layers", 1024, "layers of one image")                                       \
	X(manifests, "manifests", 1024, "manifests in one archive")                            \
	X(json_bytes, "json-bytes", MIB(8), "bytes of one JSON document")                      \
	X(layer_bytes, "layer-bytes", GIB(64), "bytes of one uncompressed layer")              \
	X(ratio, "ratio", 2000, "decompression ratio, checked past 256 MiB")                   \
	X(zstd_window, "zstd-window", MIB(128), "bytes of a zstd window")                      \
	X(cpu_seconds, "cpu-seconds", 600, "CPU seconds for one layer")                        \
	X(findings, "findings", 10000, "findings kept for one layer")

struct limits {
#define LIMIT_FIELD(field, name, dflt, what) uint64_t field;
	LIMITS(LIMIT_FIELD)
#undef LIMIT_FIELD
};

#define LIMITS_DEFAULT                                                                         \
	(struct limits)                                                                        \
	{                                                                                      \
		LIMITS(LIMIT_DEFAULT_)                                                         \
	}
#define LIMIT_DEFAULT_(field, name, dflt, what) .field = (dflt),

/* "NAME=VALUE", VALUE with an optional K, M or G (binary). -EINVAL lists the names. */
int limits_set(struct limits *l, const char *assignment, struct err *err) _must_check_;
