#!/usr/bin/env bash
# du, ncdu and gdu against sizes that nobody of ours worked out: umoci's trees (golden files, and one made on the spot).
#
# The rules of counting, by DESIGN 1.1 and 1.3, for one rootfs by itself:
#   files    sizes of regular files, each hard link group once: what the layers report calls visible
#   links    lengths of symlink targets: their st_size, so in every *apparent* size, but never stored blocks
#   disk     the same files, each rounded up to 512 bytes (st_blocks); symlinks and directories have none
#   du -b = ncdu's asize = files + links; du = ncdu's dsize = disk; directories add nothing
#   gdu counts 4096 for every directory, whatever its st_size and st_blocks are
. "$TESTS/lib/tap.sh" || exit
fixture x >/dev/null

# of_tree MANIFEST: files, links, disk, number of directories (with the root) in a tree manifest with --links.
of_tree() {
	awk -F'\t' '
		$2 == "f" && $1 == $12 { files += $6; disk += int(($6 + 511) / 512) * 512 }
		$2 == "l" && $1 == $12 { links += length($9) }
		$2 == "d" { dirs++ }
		END { printf "%d %d %d %d\n", files, links, disk, dirs + 1 }' "$1"
}
same() { [ "$2" = "$3" ] || { echo "$1: $2, not $3"; return 1; }; }
first() { awk '{ print $1; exit }'; }

report_total() {
	local got
	got=$(sfs report --db "$db" "$image" layers --format tsv | python3 -c '
import csv, sys
print(sum(int(r["visible_bytes"]) for r in csv.DictReader(sys.stdin, delimiter="\t")))')
	same "layers report" "$got" "$files"
}
du_agrees() {
	same "du -sb" "$(du -sb "$rootfs" | first)" $((files + links)) &&
		same "du -s" "$(du -s --block-size=1 "$rootfs" | first)" "$disk"
}
du_h_agrees() { # the figure that du -h prints is the one in the summary, and the one of that many bytes
	local h
	h=$(du -sh "$rootfs" | first)
	truncate -s "$disk" "$scratch/as-large"
	same "du -sh" "$h" "$(du -h --apparent-size "$scratch/as-large" | first)" &&
		grep -qF "(du -h says $h)" "$mnt/.stagefs/reports/images/$image/summary.txt"
}
ncdu_agrees() {
	ncdu -0 -o- "$rootfs" >"$scratch/ncdu.json" || return
	python3 - "$scratch/ncdu.json" >"$scratch/sums" <<'P'
import json, sys
seen, files, links, disk, directories = set(), 0, 0, 0, 0
stack = [json.load(open(sys.argv[1], encoding="utf-8", errors="replace"))[3]]
while stack:
    item = stack.pop()
    if isinstance(item, list):
        stack += item[1:]
        item, directories = item[0], directories + item[0].get("asize", 0) + item[0].get("dsize", 0)
        continue
    if item.get("hlnkc"):  # counted once, as ncdu's own screen does
        if item["ino"] in seen:
            continue
        seen.add(item["ino"])
    if item.get("notreg"):
        links += item.get("asize", 0)
    else:
        files += item.get("asize", 0)
    disk += item.get("dsize", 0)
print(files, links, disk, directories)
P
	same "ncdu: files, links, disk, directories" "$(cat "$scratch/sums")" "$files $links $disk 0"
}
gdu_agrees() {
	same "gdu -a" "$(gdu -n -p -s -c --no-prefix -a "$rootfs" | first)" $((files + links + 4096 * dirs)) &&
		same "gdu" "$(gdu -n -p -s -c --no-prefix "$rootfs" | first)" $((disk + 4096 * dirs))
}
sizes_of() { # what, of the image $image at $rootfs
	check "$1: the layers report's visible bytes are those of the files" report_total
	check "$1: du agrees" du_agrees
	check "$1: du -sh says what the summary says" du_h_agrees
	check "$1: ncdu agrees" ncdu_agrees
	if command -v gdu >/dev/null || apt-cache show gdu >/dev/null 2>&1; then
		check "$1: gdu agrees" gdu_agrees
	else
		skip "$1: gdu agrees" "this distribution has no gdu"
	fi
}

for golden in "$TESTS"/fixtures/golden/*.expected.tsv; do
	base=$(basename "$golden" .expected.tsv)
	archive=${base%.*}
	mnt=$scratch/mnt-$base db=$scratch/$base.db
	mnt_up "$mnt" --db "$db" "$(fixture "$archive.tar")"
	for rootfs in "$mnt"/images/*/rootfs; do
		image=$(basename "$(dirname "$rootfs")")
		[ "$(echo "$image" | tr ':+' '__')" = "${base##*.}" ] && break
	done
	read -r files links disk dirs < <(of_tree "$golden")
	sizes_of "$base"
	mnt_down "$mnt"
done

# Two images on one base, made of files whose sizes are written here.
sized() { mkdir -p "$(dirname "$1")" && head -c "$2" /dev/zero | tr '\0' "$3" >"$1"; }
made=$scratch/made
sized "$made/base/common" 100000 c
sized "$made/base/kept/by-right" 5001 k
ln -s common "$made/base/link"
sized "$made/left/kept/by-right" 700 r
sized "$made/left/own" 2048 l
ln "$made/left/own" "$made/left/own-too"
sized "$made/right/own" 30000 r
: >"$made/right/.wh.nothing"
for layer in base left right; do tar -cf "$made/$layer.tar" -C "$made/$layer" .; done
python3 "$TESTS/lib/oci-layout" make "$made/oci" "sized:left=$made/base.tar,$made/left.tar" "sized:right=$made/base.tar,$made/right.tar"
mnt=$scratch/mnt-made db=$scratch/made.db
mnt_up "$mnt" --db "$db" "$made/oci"
link=6
image=sized:left rootfs=$mnt/images/sized:left/rootfs
files=$((100000 + 700 + 2048)) links=$link disk=$((100352 + 1024 + 2048)) dirs=2
sizes_of "made, left"
image=sized:right rootfs=$mnt/images/sized:right/rootfs
files=$((100000 + 5001 + 30000)) links=$link disk=$((100352 + 5120 + 30208)) dirs=2
sizes_of "made, right"

# One call over both: what each adds to the ones before; the base and its symlink are counted with the first.
together() {
	same "du -sb" "$(du -sbc "$mnt"/images/*/rootfs | cut -f1 | xargs)" \
		"$((100000 + 700 + 2048 + link)) $((5001 + 30000)) $((100000 + 700 + 2048 + link + 5001 + 30000))" &&
		same "du -s" "$(du -sc --block-size=1 "$mnt"/images/*/rootfs | cut -f1 | xargs)" \
			"$((100352 + 1024 + 2048)) $((5120 + 30208)) $((100352 + 1024 + 2048 + 5120 + 30208))"
}
check "one du over both images counts their base once" together
layers_and_trees() { # all that is stored, once: over-written files too
	same "du -sb layers" "$(du -sb "$mnt/layers" | first)" $((100000 + 5001 + 700 + 2048 + 30000 + link)) &&
		same "du -sb of the mount's trees" "$(du -sbc "$mnt/images" "$mnt/layers" --exclude=config.json --exclude=manifest.json \
			--exclude=report --exclude=steps --exclude=stages --exclude=from --exclude=wasted --exclude=versions \
			| tail -1 | first)" $((100000 + 5001 + 700 + 2048 + 30000 + link))
}
check "du over all layers and all views counts each stored byte once" layers_and_trees
ncdu_together() {
	ncdu -0 -o- "$mnt/images" >"$scratch/ncdu.json" && python3 - "$scratch/ncdu.json" <<'P'
import json, re, sys
text = open(sys.argv[1]).read()
inodes = {}
for line in re.findall(r'\{"name":"(?:common|by-right|own|own-too)"[^}]*\}', text):
    item = json.loads(line)
    assert item["hlnkc"], line
    inodes[item["ino"]] = item["asize"]
assert sum(inodes.values()) == 100000 + 5001 + 700 + 2048 + 30000, inodes
P
}
check "ncdu over all images sees each stored file as one" ncdu_together
never_walked() {
	local found
	find "$mnt" >"$scratch/found" && ! grep -F .stagefs "$scratch/found" && grep -q "/images/sized:left/rootfs/own-too$" "$scratch/found" &&
		! ls -A "$mnt" | grep -F .stagefs && [ -s "$mnt/.stagefs/reports/images.tsv" ] || return
	# Nor by way of the symlinks that lead there; but the trees are there for who asks.
	found=$(find "$mnt/.stagefs/steps/sized:left" -name own-too | wc -l)
	same "own-too in steps" "$found" 1
}
check "find visits nothing below .stagefs, which can be entered by name" never_walked
finish
