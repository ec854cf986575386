#!/usr/bin/env bash
# Bytes that go bad inside an archive: what each mode promises. verify=always never gives a wrong byte, even when nothing
# that stat shows tells; verify=open does not, as long as ctime tells, or a place that nobody has hashed is read.
. "$TESTS/lib/tap.sh"
fixture x >/dev/null
image=images/webapp:production/rootfs
victim=$image/bin/busybox
want=3d9f2889d6782537624a4e1a10e68a2ddd53e0ee8bac02676f27308f42ec6bf6
case=0

# The truth: every file of the image, from an archive that nobody touched.
mnt_up "$scratch/truth" --db "$scratch/truth.db" "$(fixture webapp.docker-buildkit.tar)"
(cd "$scratch/truth" && find "$image" -type f -exec sha256sum {} +) >"$scratch/sums"
head -c 4096 "$scratch/truth/$victim" >"$scratch/head"
mnt_down "$scratch/truth"

fresh() { # archive: a copy of it, indexed, with a cold cache
	case=$((case + 1))
	arc=$scratch/$case.tar db=$scratch/$case.db mnt=$scratch/m$case log=$scratch/$case.log
	export XDG_CACHE_HOME=$scratch/cache$case
	cp "$(fixture "$1")" "$arc"
	sfs index -q --db "$db" "$arc" >/dev/null
}
# Where the layer with busybox is stored in an archive: offset, length, codec.
place() {
	sqlite3 -separator ' ' "$db" "SELECT offset, length, location.codec FROM location JOIN archive ON archive.id = location.archive
		WHERE path = CAST('$1' AS BLOB) ORDER BY length DESC LIMIT 1"
}
# ARCHIVE: one byte of it is turned over, within busybox; size and mtime are as before.
damage() {
	python3 - "$1" "$scratch/head" $(place "$1") <<'P'
import os, sys
path, head, offset, length, codec = sys.argv[1], open(sys.argv[2], "rb").read(), int(sys.argv[3]), int(sys.argv[4]), sys.argv[5]
st = os.stat(path)
with open(path, "r+b") as f:
    data = f.read()
    at = data.index(head) + 300000 if codec == "none" else offset + length // 2
    f.seek(at)
    f.write(bytes([data[at] ^ 0x10]))
os.utime(path, ns=(st.st_atime_ns, st.st_mtime_ns))
P
}
# As a failing disk does it: not even ctime tells. (The index takes over the ctime of the damaged file.)
rot() {
	damage "$1" && python3 - "$1" "$db" <<'P'
import os, sqlite3, sys
db = sqlite3.connect(sys.argv[2])
n = db.execute("UPDATE archive SET ctime = ? WHERE path = ?", (os.stat(sys.argv[1]).st_ctime_ns, os.fsencode(sys.argv[1]))).rowcount
db.commit()
sys.exit(n != 1)
P
}
up() { # OPTIONS: served in the foreground, its messages in $log
	tap_mounts+=("$mnt")
	"$STAGEFS" mount -f --db "$db" -o "$1" "$mnt" 2>"$log" &
	driver=$!
	local i=0
	until mountpoint -q "$mnt"; do
		kill -0 $driver 2>/dev/null && [ $((i += 1)) -lt 600 ] || return 1
		sleep 0.05
	done
}
down() { sfs umount "$mnt" && wait $driver; }
sum() { sha256sum "$mnt/$victim" 2>"$scratch/e" | cut -d' ' -f1; }
fails_with() { # TEXT: no byte of the victim is given, from wherever one begins to read
	[ -z "$(sum)" ] && grep -q "$1" "$scratch/e" || { cat "$scratch/e"; return 1; }
	[ "$(head -c 1 "$mnt/$victim" 2>/dev/null | wc -c)" -eq 0 ] || { echo "its first byte is served"; return 1; }
	[ "$(tail -c 10 "$mnt/$victim" 2>/dev/null | wc -c)" -eq 0 ] || { echo "its end is served"; return 1; }
}
# Every file: its own bytes or none. The number of those that read.
never_wrong() {
	local hash path now
	good=0
	mountpoint -q "$mnt" || return 1
	while read -r hash path; do
		now=$(sha256sum "$mnt/$path" 2>/dev/null | cut -d' ' -f1)
		[ -n "$now" ] || continue
		[ "$now" = "$hash" ] || { echo "$path: $now instead of $hash"; return 1; }
		good=$((good + 1))
	done <"$scratch/sums"
	echo "$good files read"
}
all_read() { never_wrong && [ "$good" -eq "$(wc -l <"$scratch/sums")" ]; }
says() { grep -q "$1" "$log" || { cat "$log"; return 1; }; }
serves() { [ "$(cat "$mnt/README" | wc -c)" -gt 100 ] && down; }

plain=webapp.docker-buildkit.tar gzip=webapp.skopeo-oci.tar zstd=webapp.skopeo-zstd.tar
for a in $plain $gzip $zstd; do
	fresh $a && up verify=always
	check "$a: verify=always reads every file of a good archive" all_read
	check "$a: and has nothing to say" test ! -s "$log"
	check "$a: and is unmounted" serves

	# ctime tells, in both modes: before the mount, and under it.
	for mode in open always; do
		fresh $a && damage "$arc" && up verify=$mode
		check "$a: verify=$mode, damaged before the mount: ESTALE" fails_with Stale
		check "$a: verify=$mode, damaged before the mount: no file is wrong" never_wrong
		check "$a: verify=$mode, damaged before the mount: the log names the archive" says "$case.tar: changed since"
		check "$a: verify=$mode, damaged before the mount: the driver lives" serves
		fresh $a && up verify=$mode
		head -c 1 "$mnt/$image/etc/passwd" >/dev/null
		head -c 1 "$mnt/$image/bin/busybox" >"$scratch/first"
		damage "$arc"
		# Pages that the kernel had read stay; a fresh descriptor shows that nothing new is served.
		under() {
			local got
			mountpoint -q "$mnt" || return 1
			got=$(sum)
			[ -z "$got" ] || [ "$got" = $want ]
		}
		check "$a: verify=$mode, damaged under the mount: the right bytes or none" under
		check "$a: verify=$mode, damaged under the mount: no file is wrong" never_wrong
		check "$a: verify=$mode, damaged under the mount: the log names the archive" says "$case.tar: changed since"
		check "$a: verify=$mode, damaged under the mount: the driver lives" serves
	done

	# Nothing tells but the bytes.
	fresh $a && rot "$arc" && up verify=always
	check "$a: verify=always, silent damage: EIO, from the first byte on" fails_with 'Input/output error'
	check "$a: verify=always, silent damage: no file is wrong" never_wrong
	check "$a: verify=always, silent damage: the log names the archive" says "$case.tar: .*\(SHA-256\|damaged\|checksum\)"
	check "$a: verify=always, silent damage: the driver lives" serves

	# The same, and another archive has the layer.
	fresh $a && cp "$(fixture $plain)" "$scratch/second$case.tar" && sfs index -q --db "$db" "$scratch/second$case.tar" >/dev/null
	rot "$arc" && rot "$scratch/second$case.tar" && cp "$(fixture $zstd)" "$scratch/third$case.tar" &&
		sfs index -q --db "$db" "$scratch/third$case.tar" >/dev/null
	up verify=always
	check "$a: verify=always, silent damage in two of three archives: the third is read" all_read
	check "$a: verify=always, the log says so" says 'read from .*third'
	check "$a: verify=always, and the driver lives" serves

	# stagefs verify finds it, and readers of either mode profit.
	fresh $a
	check "$a: stagefs verify of a good archive: 0" sfs verify -q --db "$db"
	rot "$arc"
	found() {
		sfs verify --db "$db" >"$scratch/verdict"
		[ $? -eq 1 ] && grep -q "^BAD .*$case.tar" "$scratch/verdict" || { cat "$scratch/verdict"; return 1; }
	}
	check "$a: stagefs verify finds silent damage: 1" found
	up verify=open
	check "$a: verify=open, after stagefs verify: EIO" fails_with 'Input/output error'
	check "$a: verify=open, after stagefs verify: no file is wrong" never_wrong
	check "$a: verify=open, after stagefs verify: the log names the archive" says "$case.tar"
	check "$a: verify=open, after stagefs verify: the driver lives" serves
done

# verify=open: a known layer in another archive is hashed whole before its first use.
for a in $gzip $zstd; do
	fresh $plain && cp "$(fixture $a)" "$scratch/other$case.tar"
	sfs index -q --db "$db" "$scratch/other$case.tar" >/dev/null
	other=$(sqlite3 "$db" "SELECT count(*) FROM location JOIN archive ON archive.id = location.archive
		WHERE path = CAST('$scratch/other$case.tar' AS BLOB) AND verified = 0")
	check "$a: its known layers are not hashed when it is indexed" test "$other" -gt 0
	rm "$arc" && rot "$scratch/other$case.tar" && up verify=open
	check "$a: verify=open, silent damage where nobody has hashed: EIO" fails_with 'Input/output error'
	check "$a: verify=open, where nobody has hashed: no file is wrong" never_wrong
	check "$a: verify=open, where nobody has hashed: the log names the archive" says "other$case.tar"
	check "$a: verify=open, where nobody has hashed: the driver lives" serves
done
fresh $plain && cp "$(fixture $gzip)" "$scratch/hashed.tar"
hashed() {
	sfs index -q --verify --db "$db" "$scratch/hashed.tar" >/dev/null
	[ "$(sqlite3 "$db" "SELECT count(*) FROM location WHERE verified = 0")" -eq 0 ]
}
check "index --verify hashes them" hashed

refused() {
	"$STAGEFS" mount --db "$db" -o verify=sometimes "$mnt" 2>"$scratch/e"
	[ $? -eq 2 ] && grep -q 'verify=open|always' "$scratch/e" && ! mountpoint -q "$mnt"
}
check "verify=sometimes is no mode: 2, and those there are" refused
finish
