/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * -o of `mount`: a comma-separated list, from a table. ro, nosuid and nodev are always on and
 * may be said; suid, dev, rw and exec-as-root options are refused.
 */
#include "fs/mount.h"
#include "opts.h"

int mount_options_parse(const struct opt_values *o, struct mount_opts *ret,
			struct err *err) _must_check_;
