#!/usr/bin/env bash
# `diff -r` believes that two names of one inode are the same tree and does not look. So it finds nothing between two mounts
# of one image only if the bytes are the same, and everything between two images only if no inode lies.
. "$TESTS/lib/tap.sh" || exit
fixture x >/dev/null
truth=$scratch/truth
rootless=''
[ "$(id -u)" -eq 0 ] || rootless=--rootless

# differences DIR DIR: diff's lines, sorted, the directories called A and B. Two fifos or devices that are not the very same
# inode are always different to diff, which cannot look into them: those lines say nothing.
differences() {
	LC_ALL=C diff -rq --no-dereference "$1" "$2" | sed "s#$1#A#g;s#$2#B#g" |
		sed '/^File .* is a \(.*\) while file .* is a \1$/d' | LC_ALL=C sort
}

# One image in two indexes, from two kinds of archive.
mount_of() { # archive: its mount, made once
	[ -d "$scratch/mnt-$1" ] || mnt_up "$scratch/mnt-$1" --db "$scratch/$1.db" "$(fixture "$1.tar")"
}
nothing() { # image archive archive
	mount_of "$2" && mount_of "$3" || return
	local a=$scratch/mnt-$2/images/$1/rootfs b=$scratch/mnt-$3/images/$1/rootfs
	[ "$(find "$a" -type f | wc -l)" -gt 5 ] && differences "$a" "$b" >"$scratch/got" && diff /dev/null "$scratch/got"
}
check "docker-buildkit and skopeo-oci hold one image" nothing webapp:production webapp.docker-buildkit webapp.skopeo-oci
check "docker-buildkit and skopeo-zstd" nothing webapp:production webapp.docker-buildkit webapp.skopeo-zstd
check "docker28 and docker28-containerd" nothing webapp:production webapp.docker28 webapp.docker28-containerd
check "podman-docker and podman-oci" nothing localhost+webapp:production webapp.podman-docker webapp.podman-oci
check "buildkit-docker and buildkit-provenance" nothing webapp:production webapp.buildkit-docker webapp.buildkit-provenance
check "whiteouts: docker and oci" nothing whiteouts:latest whiteouts.docker whiteouts.oci

# Two images of one mount: what diff says of umoci's trees.
unpacked() { # layout reference: umoci's tree, made once
	local out=$truth/$(basename "$1")-$2
	[ -d "$out" ] && return
	mkdir -p "$truth"
	umoci unpack $rootless --image "$1:$2" "$out" >"$scratch/umoci.log" 2>&1 || { cat "$scratch/umoci.log"; return 1; }
}
as_umoci() { # least-lines layout reference reference tree tree
	unpacked "$2" "$3" && unpacked "$2" "$4" || return
	local of=$truth/$(basename "$2")
	differences "$of-$3/rootfs" "$of-$4/rootfs" >"$scratch/want"
	differences "$5" "$6" >"$scratch/got"
	diff "$scratch/want" "$scratch/got" && [ "$(wc -l <"$scratch/got")" -ge "$1" ]
}

fixtures_differ() { # image image: two of docker-buildkit
	local images=$scratch/mnt-webapp.docker-buildkit/images a b
	a=$(ref_of "$images/$1") && b=$(ref_of "$images/$2") || return
	as_umoci 1 "$scratch/webapp" "$a" "$b" "$images/$1/rootfs" "$images/$2/rootfs"
}
ref_of() { # image directory: the reference of its whole chain in the layout
	local config
	config=$(sha256sum "$1/config.json" | cut -d' ' -f1)
	grep "^$config " "$scratch/plan" | tail -1 | cut -d' ' -f4 | grep .
}
python3 "$TESTS/lib/oci-layout" cuts "$scratch/webapp" "$(fixture webapp.docker-buildkit.tar)" >"$scratch/plan"
for pair in deps:build deps:test deps:production build:test build:production test:production; do
	check "webapp: ${pair/:/ and } differ as umoci's trees do" fixtures_differ "webapp:${pair%:*}" "webapp:${pair#*:}"
done

# Upper directories that are one stored entry in both images (they share base and top layer), with other children: the
# trap for a driver that numbers directories by entry. Sizes and times of the changed files are the same too.
made=$scratch/made
mkdir -p "$made"/{base,top,left,right,same-left,same-right}/usr/share/doc
(
	cd "$made" || exit
	echo base >base/usr/share/doc/both && echo gone >base/usr/share/doc/gone && mkdir base/usr/lib && echo l >base/usr/lib/l
	ln -s doc base/usr/share/flips && mkfifo base/usr/share/pipe
	echo 1111 >left/usr/share/doc/changed && : >left/usr/share/doc/.wh.gone && echo x >left/usr/share/doc/only-left
	echo 2222 >right/usr/share/doc/changed && mkdir right/usr/share/flips && echo f >right/usr/share/flips/f
	mkdir right/usr/lib && : >right/usr/lib/.wh..wh..opq && ln -s nowhere right/usr/share/doc/link
	echo top >top/usr/share/doc/top
	# And with nothing between them but layers whose directory entries are equal byte for byte.
	echo 3333 >same-left/usr/share/doc/changed && echo 4444 >same-right/usr/share/doc/changed
	find . -exec touch -h -d '2020-02-02 02:02:02' {} +
	for layer in base top left right same-left same-right; do tar -cf $layer.tar --sort=name --numeric-owner -C $layer .; done
	python3 "$TESTS/lib/oci-layout" make "$made/oci" left:1=base.tar,left.tar,top.tar right:1=base.tar,right.tar,top.tar \
		same:left=same-left.tar same:right=same-right.tar
)
mnt=$scratch/mnt
mnt_up "$mnt" --db "$scratch/made.db" "$made/oci"
made_differ() { as_umoci "$1" "$made/oci" "$2" "$3" "$mnt/images/$2/rootfs" "$mnt/images/$3/rootfs"; }
check "equal upper directories, other children: all differences" made_differ 6 left:1 right:1
check "the other way round" made_differ 6 right:1 left:1
check "layers with equal directory entries: the file that differs" made_differ 1 same:left same:right
steps_differ() {
	local steps=$mnt/.stagefs/steps
	differences "$(echo "$steps"/left:1/01-*)" "$(echo "$steps"/right:1/03-*)" >"$scratch/got"
	differences "$(echo "$steps"/left:1/01-*)" "$(echo "$steps"/right:1/01-*)" >"$scratch/shared"
	diff - "$scratch/got" <<-'E' && diff /dev/null "$scratch/shared"
		File A/usr/share/flips is a symbolic link while file B/usr/share/flips is a directory
		Only in A/usr/lib: l
		Only in B/usr/share/doc: changed
		Only in B/usr/share/doc: link
		Only in B/usr/share/doc: top
	E
}
check "so do steps; and the one they share is equal" steps_differ
content() { # one inode for equal content: diff may skip files, and must not skip directories
	local other=$scratch/mnt-content
	mnt_up "$other" --db "$scratch/made.db" -o inodes=content || return
	differences "$mnt/images/left:1/rootfs" "$mnt/images/right:1/rootfs" >"$scratch/want"
	differences "$other/images/left:1/rootfs" "$other/images/right:1/rootfs" | diff "$scratch/want" - && [ -s "$scratch/want" ]
}
check "-o inodes=content: the same differences" content
finish
