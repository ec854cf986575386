#!/usr/bin/env bash
# wasted/ and versions/: the stored files themselves, against tables that were worked out by hand from `tar tv` of the layers,
# against the report, du and find.
. "$TESTS/lib/tap.sh" || exit
fixture x >/dev/null
mnt=$scratch/mnt db=$scratch/index.db
sfs index -q --db "$db" "$scratch/fixtures/whiteouts.docker.tar" >/dev/null
sfs index -q --db "$db" "$scratch/fixtures/webapp.docker-buildkit.tar" >/dev/null
mnt_up "$mnt" --db "$db"
image=$mnt/images/whiteouts:latest

# NN and path of what is below a directory, but for directories; slugs are cut: 02-RUN-mkdir... is 02.
wasted_by_hand() {
	tail -n +2 "$TESTS/fixtures/golden/waste/whiteouts.docker.tsv" | awk -F'\t' '$5 != "linked" { print $6 $1, $2 }' | sort >"$scratch/want"
	(cd "$image/wasted/" && find . ! -type d -printf '%P %y %s\n') | sed -E 's|^([0-9]+)-[^/]*/|\1/|; s| l [0-9]+$| l 0|; s| [a-z] | |' | sort |
		diff "$scratch/want" -
}
check "wasted: the paths and sizes worked out by hand" wasted_by_hand

cat >"$scratch/versions" <<'E'
opt/becomes-dir.versions/02 2
opt/becomes-dir.versions/04.deleted 0
opt/becomes-dir/y.versions/04 2
opt/becomes-file.versions/04 11
opt/becomes-file/inner.versions/02 6
opt/becomes-file/inner.versions/04.deleted 0
opt/data/x.versions/02 2
opt/data/x.versions/04.deleted 0
opt/empty/.keep.versions/05 0
opt/empty/.keep.versions/06.deleted 0
opt/fifo.versions/02 0
opt/hard1.versions/02 1092
opt/hard1.versions/05 1092
opt/hard2.versions/02 1092
opt/link.versions/02 4
opt/link.versions/06.deleted 0
opt/link/z.versions/06 2
opt/tool/lib/one.versions/02 292
opt/tool/lib/one.versions/03.deleted 0
opt/tool/lib/three.versions/03 4
opt/tool/lib/three.versions/05 4
opt/tool/lib/two.versions/02 692
opt/tool/lib/two.versions/03.deleted 0
E
versions_by_hand() {
	(cd "$image/versions/" && find opt ! -type d -printf '%p %s\n') | sed -E 's|/([0-9]+)-[^/ ]*(\.deleted) |/\1\2 |; s|/([0-9]+)-[^/ ]* |/\1 |' |
		LC_ALL=C sort | diff <(LC_ALL=C sort "$scratch/versions") -
}
check "versions: every copy and every deletion worked out by hand" versions_by_hand
content() {
	local v=$image/versions/opt
	[ "$(cat "$v"/data/x.versions/02-*)" = x ] && [ "$(cat "$v"/becomes-file.versions/04-*)" = now-a-file ] &&
		[ "$(stat -c '%a %u' "$v"/tool/lib/three.versions/05-*)" = "644 1000" ] && [ "$(readlink "$v"/link.versions/02-*)" = tool ] &&
		[ -z "$(cat "$v"/data/x.versions/04-*.deleted)" ] && [ -p "$(echo "$v"/fifo.versions/02-*)" ] &&
		seq 1 300 | cmp - "$v"/hard2.versions/02-*
}
check "versions: content, owner, target, type" content
token() { # which RUN added it, which deleted it, and here it is
	local v="$mnt/versions/webapp:production/root/.npmrc.versions"
	[ "$(ls "$v" | paste -sd' ')" = "06-RUN-echo-token-root-.npmrc-mkdir-p-var-c 07-RUN-rm-rf-var-cache-pkg-root-.npmrc.deleted" ] &&
		[ "$(cat "$v"/06-*)" = token ] && [ "$(cat "$mnt/images/webapp:production/wasted"/06-*/root/.npmrc)" = token ]
}
check "which RUN added the token, which deleted it, and here it is" token

inode() { stat -c %i "$1"; }
same_inodes() {
	local layers=$image/layers
	[ "$(inode "$image"/wasted/02-*/opt/data/x)" = "$(inode "$layers"/02-*/opt/data/x)" ] &&
		[ "$(inode "$image"/versions/opt/hard1.versions/02-*)" = "$(inode "$image/rootfs/opt/hard2")" ] &&
		[ "$(inode "$image"/versions/opt/hard1.versions/05-*)" = "$(inode "$image/rootfs/opt/hard1")" ] &&
		[ "$(inode "$image"/wasted/02-*/opt/data)" != "$(inode "$layers"/02-*/opt/data)" ] &&
		[ -z "$(find "$mnt/.stagefs/wasted" "$mnt/.stagefs/versions" "$image/" -type d -printf '%i\n' | sort | uniq -d)" ]
}
check "stored files have the inode they have everywhere, directories one of their own" same_inodes

du_agrees() { # image: each layer's wasted bytes
	local nn bytes got links
	sfs report --db "$db" "$1" layers --format json | python3 -c '
import json, sys
for r in json.load(sys.stdin)["rows"]:
    print(r["nn"], r["wasted_bytes"] or 0)' >"$scratch/bytes" || return 1
	while read -r nn bytes; do
		got=0 links=0
		for d in "$mnt/images/$1/wasted/$nn"-*; do
			[ -d "$d" ] || continue
			got=$(du -sb "$d" | cut -f1)
			links=$(find "$d" -type l -printf '%s\n' | awk '{ n += $1 } END { print n + 0 }')
		done
		[ $((got - links)) -eq "$bytes" ] || { echo "layer $nn: $got with $links of links, not $bytes"; return 1; }
	done <"$scratch/bytes"
}
check "du of wasted/NN is the layer's wasted bytes" du_agrees whiteouts:latest
check "webapp production likewise" du_agrees webapp:production
sum() { [ "$(du -sb "$mnt/images/webapp:production/wasted/" | cut -f1)" -eq 13899 ] && [ -z "$(ls "$mnt/images/webapp:deps/wasted/")" ]; }
check "13,899 bytes in all; an image without waste has an empty directory" sum
partition() { # what is stored is shown or wasted, never both
	find "$mnt/images/whiteouts:latest/wasted/" ! -type d -printf '%i\n' | sort -u >"$scratch/w"
	find "$image/rootfs" ! -type d -printf '%i\n' | sort -u >"$scratch/r"
	find "$image/layers" ! -type d ! -name '.wh.*' -printf '%i\n' | sort -u >"$scratch/l"
	[ -z "$(comm -12 "$scratch/w" "$scratch/r")" ] && sort -u "$scratch/w" "$scratch/r" | diff "$scratch/l" -
}
check "what the layers store is in the rootfs or in wasted, never in both" partition
unlisted() { ! find "$mnt" | grep -F .stagefs && [ "$(readlink "$image/wasted")" = ../../.stagefs/wasted/whiteouts:latest ] && [ -d "$mnt/.stagefs/versions/whiteouts+latest" ]; }
check "find visits none of it" unlisted
places() { # every way into the mount names image, stage and path
	local why="/opt/data/x is gone: deleted by layer 04" p
	for p in "$image/rootfs/opt/data/x" "$image/wasted"/02-*/opt/data/x "$image/layers"/02-*/opt/data/x "$mnt/stages/whiteouts:latest/final/rootfs/opt/data/x"; do
		sfs why --db "$db" "$p" | grep -q "^$why" && [ "$(sfs log --db "$db" "$p" | wc -l)" -eq 3 ] || { echo "$p"; return 1; }
	done
	cd "$image/rootfs/opt" && sfs why --db "$db" hard2 | grep -q '^/opt/hard2 ' && cd "$OLDPWD" &&
		sfs why --db "$db" "$mnt/stages/webapp:production/build/rootfs/app/src/index.ts" | grep -q "copied from the build context; it is stored in layer 05" &&
		sfs log --db "$db" "$mnt/stages/webapp:production/deps/left-behind/app/node_modules/typescript/tsc.js" | grep -q '^04 *added' &&
		sfs why --db "$db" "$mnt/images/webapp:production/from/build/app/dist/index.js" | grep -q 'copied from build' &&
		[ "$(sfs ls --db "$db" "$mnt/stages/webapp:production/build" /app | paste -sd' ')" = "dist node_modules package.json src" ] &&
		sfs report --db "$db" "$mnt/stages/webapp:production/build" copied-out | grep -q '^/app/dist/index.js' &&
		! sfs why --db "$db" "$mnt/images" 2>"$scratch/e" && grep -q 'no path inside a mounted tree' "$scratch/e"
}
check "why and log take a path of any tree in the mount, also of what is gone" places
again() { # numbers are the same when the trees were made anew
	find "$mnt/.stagefs/wasted" "$mnt/.stagefs/versions" -printf '%p %i\n' | sort >"$scratch/one"
	mnt_down "$mnt" && mnt_up "$mnt" --db "$db" && find "$mnt/.stagefs/wasted" "$mnt/.stagefs/versions" -printf '%p %i\n' | sort | diff "$scratch/one" -
}
check "another mount has the same inodes" again
mnt_down "$mnt"

# Names that collide, and names as long as names can be.
long=$(printf 'n%.0s' $(seq 250))
mkdir -p "$scratch/names/a.versions"
echo one >"$scratch/names/a"
echo two >"$scratch/names/a.versions/b"
echo three >"$scratch/names/$long"
tar -cf "$scratch/names.tar" -C "$scratch/names" .
python3 "$TESTS/lib/oci-layout" make "$scratch/oci" "names:1=$scratch/names.tar"
mnt_up "$mnt" --db "$scratch/names.db" "$scratch/oci"
names() {
	local v=$mnt/versions/names:1
	[ "$(cat "$v"/a.versions~/01-*)" = one ] && [ "$(cat "$v"/a.versions/b.versions/01-*)" = two ] &&
		[ "$(cat "$v/${long:0:200}~$(printf %s "$long" | sha256sum | cut -c1-12).versions"/01-*)" = three ] && [ "$(ls "$v" | wc -l)" -eq 3 ]
}
check "a name that is taken gets ~, one that would be too long its hash" names
mnt_down "$mnt"
finish
