#!/usr/bin/env bash
# The report `waste` against tables that were worked out by hand from `tar tv` of the layers (fixtures/golden/waste/), and
# against the layers report of every fixture.
. "$TESTS/lib/tap.sh" || exit
fixture x >/dev/null
golden=$TESTS/fixtures/golden/waste

by_hand() { # archive, image
	sfs index -q --db "$scratch/$1.db" "$(fixture "$1.tar")" >/dev/null &&
		sfs report --db "$scratch/$1.db" "$2" waste >"$scratch/got" && diff "$golden/$1.tsv" "$scratch/got"
}
check "whiteouts: every wasted path, why, and who stored and hid it" by_hand whiteouts.docker whiteouts:latest
check "webapp production: 13,899 bytes in two files" by_hand webapp.docker-buildkit webapp:production

# What chmod, mv, rm -rf, ln and a package manager do, as layers.
layer() { # name: what stdin does in a fresh directory is the layer
	mkdir "$scratch/$1" && (cd "$scratch/$1" && bash -e) && tar -cf "$scratch/$1.tar" --sort=name -C "$scratch/$1" .
}
layer base <<'E'
mkdir -p app/v1 var/lib/dpkg opt
seq 1 1000 >app/v1/data; seq 1 500 >app/v1/more; seq 1 2000 >var/lib/dpkg/status
seq 1 300 >opt/script; seq 1 100 >opt/one; ln opt/one opt/two; seq 1 50 >opt/kept
E
layer package <<'E'
mkdir -p var/lib/dpkg opt; seq 1 2100 >var/lib/dpkg/status
seq 1 300 >opt/script; chmod 755 opt/script
E
layer moved <<'E'
mkdir -p app/v2 opt; seq 1 1000 >app/v2/data; seq 1 500 >app/v2/more; : >app/.wh.v1
: >opt/.wh.one
E
layer last <<'E'
mkdir -p opt; : >opt/.wh.two
E
# Sizes by wc -c: seq 1 100 is 292 bytes, 300 1,092, 500 1,892, 1000 3,893, 2000 8,893.
cat >"$scratch/want" <<'E'
/var/lib/dpkg/status	8893	overwritten	package-db	01	02	/var/lib/dpkg/status	
/app/v1/data	3893	moved		01	03	/app/.wh.v1	/app/v2/data
/app/v1/more	1892	moved		01	03	/app/.wh.v1	/app/v2/more
/opt/script	1092	metadata-only		01	02	/opt/script	/opt/script
/opt/one	292	deleted		01	04	/opt/.wh.two	
E
reasons() {
	python3 "$TESTS/lib/oci-layout" make "$scratch/made" \
		"made:1=$scratch/base.tar,$scratch/package.tar,$scratch/moved.tar,$scratch/last.tar" &&
		sfs index -q --db "$scratch/made.db" "$scratch/made" >/dev/null &&
		sfs report --db "$scratch/made.db" made:1 waste | tail -n +2 | cut -f1,2,4-6,8,10,11 | diff "$scratch/want" -
}
check "every reason, of layers made here" reasons

adds_up() { # archive: every image of it
	local db=$scratch/sum.db image
	rm -f "$db"*
	sfs index -q --db "$db" "$1" >/dev/null || return 1
	sfs images --db "$db" --format tsv | tail -n +2 | cut -f1 >"$scratch/images"
	[ -s "$scratch/images" ] || return 1
	while read -r image; do
		sfs report --db "$db" "$image" layers --format json >"$scratch/layers" &&
			sfs report --db "$db" "$image" waste --format json >"$scratch/waste" || return 1
		python3 - "$scratch/layers" "$scratch/waste" <<'P' || return 1
import collections, json, sys
layers, waste = json.load(open(sys.argv[1])), json.load(open(sys.argv[2]))
assert waste["schema"] == "stagefs/waste/1", waste["schema"]
sums = collections.Counter()
for row in waste["rows"]:
    sums[row["stored_layer"]] += row["bytes"]
for layer in layers["rows"]:
    assert sums[layer["nn"]] == (layer["wasted_bytes"] or 0), layer
P
	done <"$scratch/images"
}
for archive in "$scratch"/fixtures/*.tar; do
	case $archive in *-cache.tar) continue ;; esac # holds no image
	check "$(basename "$archive"): the rows of each layer are its wasted bytes" adds_up "$archive"
done
finish
