/* SPDX-License-Identifier: MIT */
#include "cmd.h"

#include "fs/mount.h"
#include "mount_options.h"
#include "process.h"

static const struct opt opts[] = {
    {"foreground", 'f', NULL, "stay in the foreground; Ctrl-C unmounts"},
    {"options", 'o', "LIST", "inodes=stored|content, verify=open|always, allow_other"},
    {"layer", 0, NULL, "INPUT is a bare layer or root file system tar"},
    {"limit", 0, "NAME=VALUE", "change a limit on untrusted input"},
    {0},
};

static int run(struct session *s, const struct opt_values *o, int argc, char **argv,
	       struct err *err)
{
	_cleanup_(ingest_image_vec_release) struct ingest_image_vec ids = {0};
	struct mount_opts mount = {.db_path = s->paths.db,
				   .cache_dir = s->paths.cache,
				   .cache_bytes = s->cache_bytes,
				   .foreground = opts_has(o, "foreground"),
				   .background_log = process_syslog()};
	int r = mount_options_parse(o, &mount, err);

	if (r == 0)
		r = mount_check(argv[argc - 1], err);
	if (r == 0 && argc > 1)
		r = session_index(s, argv, argc - 1, o, &ids, err);
	if (r == 0 && argc == 1)
		r = session_open(s, err);
	if (r < 0)
		return r;
	session_close(s);
	process_share_heap();
	mount.images = ids.v;
	mount.n_images = ids.n;
	return mount_run(&mount, argv[argc - 1], err);
}

const struct cmd cmd_mount = {
    .name = "mount",
    .args = "[INPUT...] DIR",
    .summary = "index what is new and mount it, or the whole index",
    .details =
	"With inputs, the mount shows their images; without, every indexed image, and images\n"
	"indexed later appear by themselves. DIR is created if it is missing. Returns when\n"
	"the mount is ready; from then on, what there is to say (an archive has changed) goes\n"
	"to syslog.",
    .opts = opts,
    .min_args = 1,
    .max_args = -1,
    .run = run,
};
