#!/usr/bin/env bash
# rm and gc under a live mount, then indexing other images: no path ever shows bytes of another layer.
. "$TESTS/lib/tap.sh"
fixture x >/dev/null
db=$scratch/index.db mnt=$scratch/mnt
sfs index -q --db "$db" "$(fixture webapp.docker-buildkit.tar)" "$(fixture whiteouts.oci.tar)" >/dev/null
mnt_up "$mnt" --db "$db"

# Every file that was there, with its hash; descriptors and names are used before and after.
(cd "$mnt" && find images layers -type f -exec sha256sum {} +) >"$scratch/before" 2>/dev/null
exec 7<"$mnt/images/webapp:build/rootfs/app/dist/index.js"
cd "$mnt/images/webapp:build/rootfs/app" || exit 1

remove() {
	sfs rm --db "$db" webapp:build webapp:test webapp:deps && sfs gc -q --db "$db" &&
		sfs index -q --db "$db" "$(fixture webapp.podman-docker.tar)" "$(fixture webapp.buildkit24-provenance.tar)" >/dev/null
}
check "rm, gc and index work beside the mount" remove
never_others() {
	local hash path now
	while read -r hash path; do
		now=$(sha256sum "$mnt/$path" 2>/dev/null | cut -d' ' -f1)
		# webapp:production may be owned by the image indexed last: its files are that image's, then.
		case $path in images/webapp:production/*) continue ;; esac
		[ -z "$now" ] || [ "$now" = "$hash" ] || { echo "$path: $hash, now $now"; return 1; }
	done <"$scratch/before"
}
check "no path shows other bytes than before" never_others
old_directory() {
	local f out
	for f in dist/index.js src/index.ts node_modules/typescript/tsc.js; do
		out=$(sha256sum "$f" 2>"$scratch/e" | cut -d' ' -f1)
		[ -z "$out" ] && { grep -Eq 'No such file|Stale' "$scratch/e" || { cat "$scratch/e"; return 1; }; }
		[ -z "$out" ] || grep -q "^$out .*webapp:build/rootfs/app/$f" "$scratch/before" || { echo "$f shows $out"; return 1; }
	done
}
check "a directory held open shows its own files, or ENOENT or ESTALE" old_directory
held() {
	local got
	got=$(sha256sum <&7 2>/dev/null | cut -d' ' -f1)
	[ -z "$got" ] || grep -q "^$got .*webapp:build/rootfs/app/dist/index.js" "$scratch/before"
}
check "a file held open reads its own bytes, or fails" held
gone() {
	local i
	for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
		ls "$mnt/images/webapp:build" >/dev/null 2>"$scratch/e" || break
		sleep 0.2 # the listing's timeout is a second
	done
	grep -Eq 'No such file|Stale' "$scratch/e" && ! ls "$mnt/images" | grep -qx webapp:test
}
cd "$scratch" || exit 1
check "a removed image answers ENOENT or ESTALE" gone
grown() { ls "$mnt/images" | grep -qx localhost+webapp:build && cat "$mnt/images/localhost+webapp:build/rootfs/app/dist/index.js" >/dev/null; }
check "images indexed meanwhile are there" grown
exec 7<&-
finish
