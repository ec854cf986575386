#!/usr/bin/env bash
# Mounted trees against umoci's (golden files) and against one another. Layers and steps: see layers.sh.
. "$TESTS/lib/tap.sh"
fixture x >/dev/null

manifest() { python3 "$TESTS/lib/tree-manifest" --links "$@"; }

# Every archive with a golden tree, each with an index of its own.
for golden in "$TESTS"/fixtures/golden/*.expected.tsv; do
	base=$(basename "$golden" .expected.tsv)
	archive=$(for a in "$scratch"/fixtures/*.tar; do b=$(basename "$a" .tar); case $base in "$b".*) echo "$b" ;; esac done | tail -1)
	image=${base#"$archive".}
	mnt=$scratch/mnt-$base
	mnt_up "$mnt" --db "$scratch/$base.db" "$scratch/fixtures/$archive.tar"
	dir=$(for d in "$mnt"/images/*; do n=$(basename "$d"); [ "$(echo "$n" | tr ':+' '__')" = "$image" ] && echo "$d"; done)
	compare() { manifest "$dir/rootfs" | diff "$golden" - ; }
	check "$archive: $image equals umoci's tree" compare
	mnt_down "$mnt"
done

# One content, several archives: equal trees.
tree_of() { # archive image output
	local mnt=$scratch/one
	mnt_up "$mnt" --db "$scratch/tree-$1.db" "$(fixture "$1.tar")" || return 1
	manifest "$mnt/images/$2/rootfs" >"$3"
	mnt_down "$mnt"
}
same() { # image archive archive...
	local image=$1 first
	shift
	first=$1
	for a in "$@"; do
		tree_of "$a" "$image" "$scratch/$a.tsv" || return 1
		diff "$scratch/$first.tsv" "$scratch/$a.tsv" || return 1
	done
	[ -s "$scratch/$first.tsv" ]
}
check "docker-buildkit = skopeo-oci = skopeo-zstd" same webapp:production webapp.docker-buildkit webapp.skopeo-oci webapp.skopeo-zstd
check "podman-docker = podman-oci" same localhost+webapp:production webapp.podman-docker webapp.podman-oci
check "buildkit-docker = buildkit-provenance" same webapp:production webapp.buildkit-docker webapp.buildkit-provenance
check "whiteouts: docker = oci" same whiteouts:latest whiteouts.docker whiteouts.oci

# One image from two databases and two kinds of archive: no difference for diff either.
mnt_up "$scratch/a" --db "$scratch/a.db" "$(fixture webapp.docker-buildkit.tar)"
mnt_up "$scratch/b" --db "$scratch/b.db" "$(fixture webapp.skopeo-zstd.tar)"
check "diff -rq finds nothing between two mounts of one image" diff -rq --no-dereference "$scratch/a/images/webapp:production/rootfs" "$scratch/b/images/webapp:production/rootfs"
differs() {
	diff -rq --no-dereference "$scratch/a/images/webapp:build/rootfs" "$scratch/a/images/webapp:production/rootfs" >"$scratch/d"
	grep -q 'Only in .*webapp:build/rootfs/app: src' "$scratch/d" && grep -q 'node_modules: typescript' "$scratch/d"
}
check "diff -rq finds what differs between two images of one mount" differs
sizes_add_up() {
	local total report
	total=$(du -sb "$scratch/a/images/webapp:production/rootfs" | cut -f1)
	report=$(sfs report --db "$scratch/a.db" webapp:production layers --format tsv | python3 -c '
import csv, sys
print(sum(int(r["visible_bytes"]) for r in csv.DictReader(sys.stdin, delimiter="\t")))')
	links=$(find "$scratch/a/images/webapp:production/rootfs" -type l -printf '%l' | wc -c)
	[ "$total" -eq $((report + links)) ] || { echo "$total $report $links"; return 1; }
}
check "du -sb = visible bytes of the layers report + symlink lengths" sizes_add_up
shared_once() {
	local together apart
	together=$(du -sbc "$scratch"/a/images/*/rootfs | tail -1 | cut -f1)
	apart=$(for r in "$scratch"/a/images/*/rootfs; do du -sb "$r" | cut -f1; done | awk "{ n += \$1 } END { print n }")
	[ "$together" -lt "$apart" ]
}
check "one du over all images counts shared layers once" shared_once
hidden() { ! find "$scratch/a" -path '*/.stagefs*' | grep . && ls "$scratch/a/.stagefs/reports/images.tsv"; }
check "find visits nothing below .stagefs, which can be entered by name" hidden
finish
