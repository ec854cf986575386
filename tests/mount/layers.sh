#!/usr/bin/env bash
# Every layer of every archive against GNU tar, every step against umoci. Both unpack what tests/lib/oci-layout read from the
# archive; nothing here knows stagefs but the two directories it compares.
#
# layers/<NN>-...: `tar t` for the names (a set, normalised, with implied parents), `tar x` for all the rest.
# steps/<NN>-...:  umoci's tree of a manifest cut to that many layers.
# As an ordinary user tar cannot give files away, and umoci --rootless writes owners down as an xattr; see tree-manifests.
. "$TESTS/lib/tap.sh"
fixture x >/dev/null
truth=$scratch/truth
mkdir -p "$truth/raw" "$truth/step"
if [ "$(id -u)" -eq 0 ]; then
	rootless='' tar_view=all umoci_view=all mount_view=all
else
	rootless=--rootless tar_view=ownerless umoci_view=rootless mount_view=carried
fi
umask 022
odd_time='2020-02-02 02:02:02'

# raw DIFFID: what tar unpacks, once per layer. Nobody made the parents that only the names of others imply: time 0. A hard
# link to a layer below, which tar cannot make, is an empty file of mode 0 here.
raw() {
	local layer=$truth/blobs/sha256/$1 out=$truth/raw/$1 dangling
	mkdir "$out"
	tar -xpf "$layer" --numeric-owner --xattrs --xattrs-include='*' --delay-directory-restore -C "$out" 2>"$out.log" ||
		grep -q 'Cannot hard link' "$out.log" || { cat "$out.log"; return 1; }
	for dangling in $(sed -n 's/^tar: \(.*\): Cannot hard link.*/\1/p' "$out.log"); do
		: >"$out/$dangling" && chmod 0 "$out/$dangling" && touch -d "$odd_time" "$out/$dangling"
	done
	(cd "$out" && xargs -0r touch -d @0 -- <"$layer.implied") || return
	printf '%s\t%s\t%s\n' "$out.tree" "$out" "$tar_view" >>"$scratch/todo"
}

# step REF: truth/step/REF.tree, once per chain of layers.
step() {
	local out=$truth/step/$1
	[ -d "$out" ] && return
	umoci unpack $rootless --image "$truth:$1" "$out" >"$out.log" 2>&1 || { cat "$out.log"; return 1; }
	printf '%s\t%s\t%s\n' "$out.tree" "$out/rootfs" "$umoci_view" >>"$scratch/todo"
}

# plan ARCHIVE: scratch/plan has what there is to compare (config, NN, DiffID, reference); makes the second opinions.
plan() {
	local id ref fresh
	: >"$scratch/todo"
	python3 "$TESTS/lib/oci-layout" cuts "$truth" "$1" >"$scratch/plan" || return
	[ -s "$scratch/plan" ] || { echo "no image"; return 1; }
	fresh=$(cut -d' ' -f3 "$scratch/plan" | sort -u | while read -r id; do [ -d "$truth/raw/$id" ] || echo "$truth/blobs/sha256/$id"; done)
	[ -z "$fresh" ] || python3 "$TESTS/lib/tar-names" $fresh || return
	for id in $fresh; do raw "$(basename "$id")" || return; done
	for ref in $(cut -d' ' -f4 "$scratch/plan"); do step "$ref" || return; done
}

# listed MOUNT: pairs every directory of the mount with its second opinion, in scratch/pairs; nothing may be left over.
listed() {
	local image config nn id ref layer step n=0 got
	: >"$scratch/pairs"
	for image in "$1"/images/*; do
		[ -L "$image" ] && continue
		config=$(sha256sum "$image/config.json" | cut -d' ' -f1)
		n=$((n + 1))
		got=$(ls "$image/layers" | wc -l)
		[ "$got" -gt 0 ] && [ "$got" -eq "$(ls "$image/steps" | wc -l)" ] || { echo "$image: $got layers, other steps"; return 1; }
		[ "$got" -eq "$(grep -c "^$config " "$scratch/plan")" ] || { echo "$image: $got layers"; return 1; }
		while read -r config nn id ref; do
			layer=$(find "$image/layers" -mindepth 1 -maxdepth 1 -regex ".*/0*$nn-[^/]*")
			step=$image/steps/$(basename "$layer")
			[ -d "$layer" ] && [ -d "$step/" ] || { echo "$image: no layer $nn"; return 1; }
			printf '%s\t%s\t%s\t%s\n' "$layer" "$step/" "$id" "$ref" >>"$scratch/pairs"
		done < <(grep "^$config " "$scratch/plan")
	done
	[ "$n" -eq "$(cut -d' ' -f1 "$scratch/plan" | sort -u | wc -l)" ] || { echo "$n images"; return 1; }
}

# trees: the manifests of all that is to be compared, by one process; then one diff each.
trees() {
	local layer step id ref n=0
	while IFS="$(printf '\t')" read -r layer step id ref; do
		n=$((n + 1))
		printf '%s\t%s\t%s\n' "$scratch/layer.$n" "$layer" "$tar_view" "$scratch/step.$n" "$step" "$mount_view" >>"$scratch/todo"
	done <"$scratch/pairs"
	python3 "$TESTS/lib/tree-manifests" <"$scratch/todo"
}
names_equal() {
	local layer step id ref n=0
	while IFS="$(printf '\t')" read -r layer step id ref; do
		n=$((n + 1))
		cut -f1 "$scratch/layer.$n" | diff "$truth/blobs/sha256/$id.names" - || { echo "$layer"; return 1; }
	done <"$scratch/pairs"
}
layers_equal() {
	local layer step id ref n=0
	while IFS="$(printf '\t')" read -r layer step id ref; do
		n=$((n + 1))
		diff "$truth/raw/$id.tree" "$scratch/layer.$n" || { echo "$layer"; return 1; }
	done <"$scratch/pairs"
}
# A directory that only the names of others imply has time 0 here, and the time of unpacking in umoci's tree.
timeless() { awk -F'\t' -v OFS='\t' 'NR == FNR { if ($2 == "d" && $7 == 0) implied[$1]; next } $1 in implied { $7 = "-" } { print }' "$1" "$2"; }
steps_equal() {
	local layer step id ref n=0
	while IFS="$(printf '\t')" read -r layer step id ref; do
		n=$((n + 1))
		timeless "$scratch/step.$n" "$truth/step/$ref.tree" >"$scratch/want"
		timeless "$scratch/step.$n" "$scratch/step.$n" | diff "$scratch/want" - || { echo "$step"; return 1; }
	done <"$scratch/pairs"
}

compare() { # what, input: its layers and steps, planned already
	local mnt=$scratch/mnt
	mnt_up "$mnt" --db "$scratch/$1.db" "$2"
	check "$1: the images, each with its layers and steps" listed "$mnt"
	check "$1: all trees can be read" trees
	check "$1: every layer lists what tar t lists" names_equal
	check "$1: every layer holds what tar x unpacks" layers_equal
	check "$1: every step equals umoci's tree of that many layers" steps_equal
	mnt_down "$mnt"
}

for archive in "$scratch"/fixtures/*.tar; do
	name=$(basename "$archive" .tar)
	case $name in *-cache) continue ;; esac # a cache holds no image
	check "$name: read and unpacked by others" plan "$archive"
	compare "$name" "$archive"
done

# What the fixtures have none of, in three dialects of tar: members twice, implied parents, long and odd names, hard links
# replaced later and to a lower layer, files with holes, devices, set-id bits, xattrs where the scratch directory takes them.
odd=$scratch/odd
long=$(printf 'n%.0s' $(seq 120))
mkdir -p "$odd/base/etc/conf.d" "$odd/base/lib/deep/er" "$odd/base/opt/tool" "$odd/upper/etc" "$odd/upper/lib" "$odd/top"
(
	cd "$odd/base" || exit
	echo one >etc/one && echo conf >etc/conf.d/a && echo b >etc/conf.d/b && echo x >lib/deep/er/x && echo t >opt/tool/t
	mkdir -p "$long/$long" && echo long >"$long/$long/file" && ln -s "$long/$long/file" long-link
	printf n >$'new\nline' && printf t >$'tab\there' && printf b >'back\slash' && printf l >$'latin-\xe9' && printf e >$'esc\e[31m'
	echo hard >hard-a && ln hard-a hard-b && ln hard-a hard-c && mkfifo fifo && echo s >set-id && chmod 6755 set-id
	truncate -s 1M holes && printf data | dd of=holes bs=1 seek=500000 conv=notrunc status=none
	setfattr -n user.origin -v base etc/one 2>/dev/null
	[ "$(id -u)" -ne 0 ] || { mknod null c 1 3 && mknod disk b 8 1 && chown 1000:2000 etc/one opt/tool; }
	chmod 0700 lib/deep && chmod 1777 opt
	cd "$odd/upper" || exit
	: >etc/.wh.one && : >lib/.wh..wh..opq && echo new >lib/new && : >.wh.opt && echo again >hard-b && echo file >long-link
	echo hard >hard-a && ln hard-a hard-low # of which only the second name will be in the layer
	cd "$odd/top" || exit
	mkdir -p opt/tool && echo back >opt/tool/back && echo two >etc-two && ln etc-two etc-two-again && ln -s nowhere fifo
	find "$odd" -exec touch -h -d "$odd_time" {} +
)
odd_archive() { # format
	local tar="tar --format=$1 --numeric-owner --sort=name -C"
	$tar "$odd/base" -cSf "$odd/base.tar" --xattrs . || return
	# The same members again, changed, at the end: the last counts.
	(cd "$odd/base" && echo twice >etc/one && touch -d '2021-01-01' etc/one) && $tar "$odd/base" -rf "$odd/base.tar" ./etc/one ./etc/conf.d || return
	# Only files are named here, their parents are not.
	(cd "$odd/upper" && find . -type f -printf '%P\n' | LC_ALL=C sort) >"$odd/names"
	$tar "$odd/upper" -cf "$odd/upper.tar" -T "$odd/names" && tar -f "$odd/upper.tar" --delete hard-a || return
	$tar "$odd/top" -cf "$odd/top.tar" . || return
	python3 "$TESTS/lib/oci-layout" make "$odd/image.$1" "odd:$1=$odd/base.tar,$odd/upper.tar,$odd/top.tar" || return
	tar -cf "$odd/image.$1.tar" -C "$odd/image.$1" . && plan "$odd/image.$1.tar"
}
for format in gnu posix oldgnu; do
	check "odd $format: read and unpacked by others" odd_archive $format
	compare "odd-$format" "$odd/image.$format"
done
finish
