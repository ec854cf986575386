#!/usr/bin/env bash
# What programs see: numbers, sizes, names, xattrs, and what a mount leaves behind.
. "$TESTS/lib/tap.sh"
db=$scratch/index.db mnt=$scratch/mnt
sfs index -q --db "$db" "$(fixture webapp.docker-buildkit.tar)" "$(fixture webapp.podman-docker.tar)" >/dev/null
mnt_up "$mnt" --db "$db"
prod=$mnt/images/webapp:production

unique_dirs() { [ -z "$(find "$mnt" "$mnt/.stagefs" -type d -printf '%i\n' | sort | uniq -d)" ]; }
check "no directory shows at two places" unique_dirs
files_shared() {
	local layer=$prod/layers/01-* k
	k=$(cd $layer && find . -type f | head -1)
	[ "$(stat -c %i $layer/"$k")" = "$(stat -c %i "$prod/rootfs/$k")" ]
}
check "a file has one inode in its layer and in the rootfs" files_shared
links() { [ -z "$(find "$mnt" "$mnt/.stagefs/steps" -path '*/rootfs/*' ! -type d -links 1)" ] && [ -z "$(find "$mnt" -type d ! -links 1)" ]; }
check "stored files have more than one link, directories one" links
no_blocks() { [ -z "$(find "$mnt" \( -type d -o -name config.json -path '*/images/*' \) ! -size 0 -type d)" ] && [ "$(stat -c %b "$prod/config.json")" -eq 0 ]; }
check "directories and virtual files have no blocks" no_blocks
same_twice() {
	find "$mnt" "$mnt/.stagefs/steps" -printf '%p %i\n' | sort >"$scratch/one"
	mnt_down "$mnt" && mnt_up "$mnt" --db "$db" || return 1
	find "$mnt" "$mnt/.stagefs/steps" -printf '%p %i\n' | sort >"$scratch/two"
	grep -v 'json ' "$scratch/one" >"$scratch/a"
	grep -v 'json ' "$scratch/two" | cmp "$scratch/a" -
}
check "another mount has the same inode numbers" same_twice
sizes() { find "$prod" -type f -readable -printf '%s %p\n' | while read -r s f; do [ "$(wc -c <"$f")" -eq "$s" ] || { echo "$f: $s"; return 1; }; done; }
check "st_size is the number of bytes read" sizes
statfs() { [ "$(stat -f -c %l "$mnt")" -eq 255 ] && [ "$(stat -f -c %b "$mnt")" -gt 0 ] && [ "$(stat -f -c %f "$mnt")" -eq 0 ]; }
check "statfs: something stored, nothing free, names to 255 bytes" statfs
du_once() { [ "$(du -sb "$prod/rootfs" "$prod/rootfs" | wc -l)" -eq 1 ] && [ "$(du -sbc "$prod/rootfs" "$mnt/.stagefs/steps/webapp:production/"* | tail -1 | cut -f1)" -lt $((2 * $(du -sb "$prod/rootfs" | cut -f1))) ]; }
check "du counts a file of many steps once" du_once

spelling() { [ -f "$mnt/images/localhost/webapp:production/rootfs/app/package.json" ] && [ "$(readlink "$mnt/images/localhost/webapp:production")" = "../localhost+webapp:production" ]; }
check "docker's own spelling resolves" spelling
plus() { [ -d "$mnt/images/webapp+production/rootfs" ] && ! ls "$mnt/images" | grep -qx -e localhost -e webapp+production; }
check "':' may be '+', and aliases are not listed" plus
diff_id() {
	local id
	id=$(jq -r '.rootfs.diff_ids[0]' "$prod/config.json")
	case $(readlink "$mnt/layers/$id") in "$(echo "$id" | cut -c8-19)"-*) ;; *) return 1 ;; esac
	[ -d "$mnt/layers/$id/" ]
}
check "layers/ knows the full digest" diff_id
relative() { [ -d "$prod/report/" ] && [ -d "$prod/steps/" ] && [ -d "$mnt/reports/images" ] && [ -d "$mnt/steps/webapp:production" ]; }
check "links to derived trees lead somewhere" relative

xattrs() {
	python3 - "$prod/rootfs/app/package.json" "$mnt/README" <<'P'
import errno, os, sys
f, readme = sys.argv[1:]
assert os.listxattr(f) == [], os.listxattr(f)
assert os.getxattr(f, "user.stagefs.layer").startswith(b"sha256:")
assert os.getxattr(f, "user.stagefs.instruction").startswith(b"COPY")
assert len(os.getxattr(f, "user.stagefs.xxh128")) == 32
for path, name, e in ((f, "security.selinux", errno.EOPNOTSUPP), (f, "user.x", errno.ENODATA),
                      (readme, "user.stagefs.layer", errno.ENODATA)):
    try:
        os.getxattr(path, name)
        sys.exit(name + " is there")
    except OSError as x:
        assert x.errno == e, (path, name, x)
P
}
check "xattrs of stagefs answer to their names and are not listed" xattrs
not_copied() { cp -a "$prod/rootfs/app/package.json" "$scratch/copy" && python3 -c 'import os,sys; sys.exit(len(os.listxattr(sys.argv[1])))' "$scratch/copy"; }
check "cp -a does not carry them off" not_copied
ends() {
	python3 - "$prod/rootfs/app/dist/vendor.js" <<'P'
import mmap, os, sys
fd = os.open(sys.argv[1], os.O_RDONLY)
n = os.fstat(fd).st_size
whole = os.pread(fd, n + 100, 0)
assert len(whole) == n and os.pread(fd, 10, n) == b"" and os.pread(fd, 10, n + 5000) == b""
assert os.pread(fd, 10, n - 3) == whole[-3:]
assert os.lseek(fd, 0, os.SEEK_DATA) == 0 and os.lseek(fd, 0, os.SEEK_HOLE) == n
assert mmap.mmap(fd, n, prot=mmap.PROT_READ, flags=mmap.MAP_PRIVATE)[:] == whole
d = os.open(sys.argv[1], os.O_RDONLY | os.O_DIRECT)
buf = mmap.mmap(-1, 4096)
assert os.preadv(d, [buf], 0) == min(4096, n) and buf[:100] == whole[:100]
P
}
check "reads at the end, mmap, O_DIRECT and SEEK_HOLE" ends
unlisted() { [ -z "$(find "$mnt" -name .stagefs)" ] && [ "$(ls "$mnt/.stagefs" | paste -sd' ')" = "duplicates from left-behind reports steps versions wasted" ]; }
check ".stagefs is entered by name only" unlisted
finish
