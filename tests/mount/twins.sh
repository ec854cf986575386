#!/usr/bin/env bash
# -o inodes=content: equal files are one inode, the report of duplicates agrees with it, and none is lost with one archive.
. "$TESTS/lib/tap.sh" || exit
export STAGEFS_DB=$scratch/index.db
mnt=$scratch/mnt
python3 - "$scratch" <<'P'
import io, sys, tarfile
# Contents a to c; of each: equal in all, and different in one of what a reader can see.
def layer(name, files):
    with tarfile.open("%s/%s.tar" % (sys.argv[1], name), "w", format=tarfile.PAX_FORMAT) as tar:
        for path, content, attrs in files:
            info = tarfile.TarInfo(path)
            info.size, info.mtime, info.mode = len(content), 1700000000, 0o644
            for k, v in attrs.items():
                setattr(info, k, v)
            tar.addfile(info, io.BytesIO(content))
xattr = {"pax_headers": {"SCHILY.xattr.user.note": "x"}}
a, b, c = b"a" * 5000, b"b" * 600, b"c" * 70
layer("one", [("bin/a", a, {}), ("bin/same", a, {}), ("bin/mode", a, {"mode": 0o755}), ("b", b, {}), ("b2", b, {"uid": 7}), ("only", c, {})])
layer("two", [("opt/a", a, {}), ("opt/later", a, {"mtime": 1700000001}), ("opt/b", b, {}), ("opt/group", b, {"gid": 9}), ("opt/x", b, xattr), ("opt/x2", b, xattr)])
layer("three", [("x3", b, xattr), ("z", a, {"mtime": 1700000001}), ("own", c + b"!", {})])
P
( cd "$scratch" && "$TESTS/lib/docker-archive" first.tar one:1 one.tar='COPY one /' two.tar='COPY two /' && "$TESTS/lib/docker-archive" second.tar three:1 three.tar='COPY three /' )
sfs index -q "$scratch/first.tar" "$scratch/second.tar" "$(fixture webapp.docker-buildkit.tar)" "$(fixture whiteouts.docker.tar)" >/dev/null
sfs report --index duplicates >"$scratch/duplicates.tsv"

mnt_up "$mnt" -o inodes=content
# Within every group of the report: one inode if, and only if, mode, owner, mtime and xattrs are equal too. find names no others.
agrees() {
	python3 - "$mnt" "$scratch/duplicates.tsv" <<'P'
import csv, os, re, subprocess, sys
mnt = os.fsencode(sys.argv[1])
unescape = lambda s: re.sub(rb"\\(x..|.)", lambda m: {b"n": b"\n", b"t": b"\t", b"\\": b"\\"}.get(m[1]) or bytes([int(m[1][1:], 16)]), s.encode())
kinds, by_inode, checked = {}, {}, 0
for r in csv.DictReader(open(sys.argv[2], newline=""), delimiter="\t", quoting=csv.QUOTE_NONE):
    path = mnt + b"/" + unescape(r["places"]).split(b"\n")[0] + unescape(r["path"])
    st = os.lstat(path)
    assert st.st_size == int(r["size"]), path
    xattrs = tuple((n, os.getxattr(path, n)) for n in sorted(os.listxattr(path)))
    kinds.setdefault((r["group"], st.st_mode, st.st_uid, st.st_gid, st.st_mtime_ns, xattrs), []).append((st.st_ino, path, unescape(r["layer"]) + unescape(r["path"])))
for kind, files in kinds.items():
    inodes = {f[0] for f in files}
    assert len(inodes) == 1, (kind, files)
    assert inodes.isdisjoint(by_inode), (kind, files)
    by_inode.update(dict.fromkeys(inodes))
    if len(files) > 1:
        found = subprocess.run([b"find", mnt + b"/layers", b"-samefile", files[0][1]], stdout=subprocess.PIPE, check=True).stdout.splitlines()
        assert {mnt + b"/layers/" + f[2] for f in files} <= set(found), (files, found)
        assert all(os.path.getsize(f) == os.path.getsize(files[0][1]) for f in found)
        checked += 1
assert checked >= 5 and len(kinds) > checked, (checked, len(kinds))
P
}
check "find -samefile agrees with the report of duplicates" agrees
exactly() { # the hand-made ones: no more and no fewer names
	diff <(cd "$mnt/layers" && find . -samefile "$(find . -path '*/bin/a')" | sed 's|^./[^/]*/||' | sort) <(printf 'bin/a\nbin/same\nopt/a\n') &&
		diff <(cd "$mnt/layers" && find . -samefile "$(find . -path '*/opt/x')" | sed 's|^./[^/]*/||' | sort) <(printf 'opt/x\nopt/x2\nx3\n')
}
check "of files made by hand, all that are equal and no others" exactly
mnt_down "$mnt"

# ---- the archive that held the first of each is gone ----
sums() { (cd "$mnt" && find layers -type f -exec sha256sum {} + 2>/dev/null | sort -k2); }
mnt_up "$mnt" && sums >"$scratch/truth" && mnt_down "$mnt"
rm "$scratch/first.tar"
mnt_up "$mnt" && sums >"$scratch/stored" && mnt_down "$mnt"
mnt_up "$mnt" -o inodes=content && sums >"$scratch/content"
more() { # every file that reads with inodes=stored reads now, and those whose equals are elsewhere do, too
	[ -z "$(comm -23 "$scratch/stored" "$scratch/content")" ] && [ -z "$(comm -13 "$scratch/truth" "$scratch/content")" ] || return 1
	[ "$(wc -l <"$scratch/stored")" -lt "$(wc -l <"$scratch/content")" ] && [ "$(wc -l <"$scratch/content")" -lt "$(wc -l <"$scratch/truth")" ]
}
check "no file is lost with the archive that held the first of its equals" more
by_hand() {
	local one two
	one=$(ls -d "$mnt"/images/one:1/layers/01-*) two=$(ls -d "$mnt"/images/one:1/layers/02-*)
	cmp "$two/opt/x" "$mnt"/images/three:1/rootfs/x3 && [ "$(tr -d b <"$two/opt/x2" | wc -c)" -eq 0 ] &&
		[ "$(tr -d a <"$two/opt/later" | wc -c)" -eq 0 ] && ! cat "$one/only" 2>/dev/null && ! cat "$one/bin/a" 2>/dev/null
}
check "of the files made by hand, those that three:1 has" by_hand
mnt_down "$mnt"
finish
