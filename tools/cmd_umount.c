/* SPDX-License-Identifier: MIT */
#include "cmd.h"

#include "fs/mount.h"

static int run(struct session *s, const struct opt_values *o, int argc, char **argv,
	       struct err *err)
{
	(void)s;
	(void)o;
	(void)argc;
	return mount_umount(argv[0], err);
}

const struct cmd cmd_umount = {
    .name = "umount",
    .args = "DIR",
    .summary = "unmount; also clears a mount whose driver was killed",
    .min_args = 1,
    .max_args = 1,
    .run = run,
};
