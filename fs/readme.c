/* SPDX-License-Identifier: MIT */
#include "fs/layout.h"

/* One page, for someone who finds the mount and has never heard of stagefs. */
struct bytes layout_readme(void)
{
	return BYTES(
	    "This is a mount of stagefs: container images as directories, read only.\n"
	    "\n"
	    "images/NAME/          one directory for each image ('/' in names is '+')\n"
	    "  rootfs/             what a container sees: all layers merged\n"
	    "  layers/NN-WHAT/     what the tar of each layer holds, whiteouts as .wh. files\n"
	    "  config.json         the stored bytes; manifest.json likewise\n"
	    "  report steps from   links to the derived trees of this image\n"
	    "  stages              link to the build that made it\n"
	    "stages/NAME/STAGE/    one directory for each build stage: rootfs, layers, and\n"
	    "  diff                what the stage added to its base\n"
	    "  from left-behind    links: where its files came from, what nobody took\n"
	    "  MISSING.txt         instead of all that: how to supply the stage's layers\n"
	    "layers/HEX-WHAT/      every stored layer once, over all images\n"
	    "reports               link: tables about the index and about each image\n"
	    "steps                 link: the merged tree as of each layer, for each image\n"
	    ".stagefs/from/NAME/   an image's files split by where they came from: @base,\n"
	    "                      @made, @context, @unknown, or a stage\n"
	    "\n"
	    "The derived trees stand in .stagefs/, which can be entered by name but is not\n"
	    "listed, so that find, du and grep -r over this mount see content only.\n"
	    "\n"
	    "A stored file has one inode number wherever it shows, so one du over several\n"
	    "trees counts it once:\n"
	    "\n"
	    "  du -sh images/*/rootfs          what each image adds to the ones before it\n"
	    "  du -sh images/NAME/layers/*     what each instruction stored\n"
	    "  du -sh images/NAME/from/*       base, context, each stage it copied from\n"
	    "  diff -rq --no-dereference images/A/rootfs images/B/rootfs\n"
	    "  find layers -type f -perm -4000\n"
	    "  column -ts \"$(printf '\\t')\" reports/images/NAME/layers.tsv\n"
	    "\n"
	    "Names that are not listed also resolve: images/ghcr.io/acme/app:1.2 as docker\n"
	    "writes it, ':' as '+', layers/sha256:DIFFID. Files and directories answer\n"
	    "getfattr -n user.stagefs.layer (also .instruction .stage .origin .copies).\n"
	    "\n"
	    "stagefs umount DIR ends it. stagefs --help lists what works without a mount.\n");
}
