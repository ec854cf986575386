#!/usr/bin/env bash
# Mounted trees against umoci's (golden files) and against one another. Layers and steps: layers.sh.
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
finish
