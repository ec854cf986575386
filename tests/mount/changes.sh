#!/usr/bin/env bash
# Archives that are moved, touched, cut or replaced under a live mount: right bytes or ESTALE, and the driver lives.
. "$TESTS/lib/tap.sh"
fixture x >/dev/null
file=images/webapp:production/rootfs/bin/busybox
want=3d9f2889d6782537624a4e1a10e68a2ddd53e0ee8bac02676f27308f42ec6bf6

fresh() { # archive: a copy of it, indexed and mounted at $mnt
	case=$((${case:-0} + 1))
	arc=$scratch/$case.tar mnt=$scratch/m$case
	cp "$(fixture "$1")" "$arc"
	mnt_up "$mnt" --db "$scratch/$case.db" "$arc" && ls "$mnt/images/webapp:production/rootfs" >/dev/null
}
sum() { sha256sum "$mnt/$file" 2>"$scratch/e" | cut -d' ' -f1; }
stale() { [ -z "$(sum)" ] && grep -q 'Stale' "$scratch/e"; }
lives() { ls "$mnt/images/webapp:production/rootfs/bin" | grep -q busybox && sfs umount "$mnt"; }

for a in webapp.docker-buildkit.tar webapp.skopeo-oci.tar webapp.skopeo-zstd.tar; do
	fresh $a
	touched() { chmod 600 "$arc" && [ "$(sum)" = $want ]; }
	check "$a: chmod of the archive: the bytes are hashed again and right" touched
	check "$a: the driver lives" lives
	fresh $a
	moved() { head -c 1 "$mnt/$file" >/dev/null && mv "$arc" "$arc.moved" && [ "$(sum)" = $want ]; }
	check "$a: renamed after it was opened: right bytes" moved
	check "$a: the driver lives" lives
	fresh $a
	replaced() { head -c 100000 /dev/urandom >"$arc.new" && mv "$arc.new" "$arc" && stale; }
	check "$a: replaced: ESTALE" replaced
	check "$a: the driver lives" lives
	fresh $a
	shortened() { truncate -s 5000 "$arc" && stale; }
	check "$a: cut short: ESTALE" shortened
	check "$a: the driver lives" lives
	fresh $a
	forged() { # same size, same mtime, other bytes
		python3 - "$arc" <<'P'
import os, sys
st = os.stat(sys.argv[1])
with open(sys.argv[1], "r+b") as f:
    data = bytearray(f.read())
    for i in range(0, len(data), 512): data[i] ^= 0xff
    f.seek(0); f.write(data)
os.utime(sys.argv[1], ns=(st.st_atime_ns, st.st_mtime_ns))
P
		[ -z "$(sum)" ]
	}
	check "$a: overwritten with size and mtime restored: no bytes" forged
	check "$a: the driver lives" lives
	fresh $a
	removed() { rm "$arc" && [ -z "$(sum)" ] && [ "$(find "$mnt/images/webapp:production/rootfs" -type l | wc -l)" -gt 10 ]; }
	check "$a: removed before it was opened: names are there, content is not" removed
	check "$a: the driver lives" lives
done
finish
