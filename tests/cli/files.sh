#!/usr/bin/env bash
# The report `files` against umoci's trees (golden files) and xxhsum.
. "$TESTS/lib/tap.sh" || exit
fixture x >/dev/null

of_umoci() { # manifest: path, size, names of each regular file, hard links once, in the report's order
	python3 - "$1" <<'P'
import sys
PATH, TYPE, SIZE, FIRST = 0, 1, 5, 11
files = {}
for line in open(sys.argv[1], encoding="utf-8", errors="surrogateescape"):
    row = line.rstrip("\n").split("\t")
    if row[TYPE] == "f":
        files.setdefault(row[FIRST], []).append(("/" + row[PATH], int(row[SIZE])))
rows = [(-names[0][1], min(n[0] for n in names), len(names)) for names in files.values()]
for size, path, names in sorted(rows):
    print(path, -size, names, sep="\t")
P
}
same_files() { # manifest
	of_umoci "$1" >"$scratch/want" && [ -s "$scratch/want" ] &&
		sfs report --db "$db" "$image" files | tail -n +2 | cut -f1-3 | diff "$scratch/want" -
}
hashes() { # of every twentieth file and the first ones: content read through us, hashed by xxhsum
	local path hash n=0
	while IFS=$'\t' read -r path hash; do
		[ -n "$hash" ] || continue
		[ "$(sfs cat --db "$db" "$image" "$path" | xxhsum -H2 | cut -d' ' -f1)" = "$hash" ] || { echo "$path"; return 1; }
		n=$((n + 1))
	done < <(sfs report --db "$db" "$image" files | tail -n +2 | awk 'NR < 6 || NR % 20 == 0' | cut -f1,8)
	[ $n -gt 0 ]
}
json_likewise() {
	sfs report --db "$db" "$image" files --format json >"$scratch/json" && sfs report --db "$db" "$image" layers --format json >"$scratch/layers" &&
		python3 - "$scratch/json" "$scratch/layers" <<'P'
import json, sys
files, layers = (json.load(open(name)) for name in sys.argv[1:])
assert files["schema"] == "stagefs/files/1"
for layer in layers["rows"]:
    own = sum(f["size"] for f in files["rows"] if f["layer"] == layer["nn"])
    assert own == (layer["visible_bytes"] or 0), (layer["nn"], own)
assert all(f["copies"] >= 1 for f in files["rows"] if f["size"])
P
}

for golden in "$TESTS"/fixtures/golden/*.expected.tsv; do
	base=$(basename "$golden" .expected.tsv)
	db=$scratch/$base.db
	sfs index -q --db "$db" "$(fixture "${base%.*}.tar")" >/dev/null
	image=
	for name in $(sfs images --db "$db" --format tsv | tail -n +2 | cut -f1); do
		[ "$(echo "$name" | tr '/:+' '___')" != "${base##*.}" ] || image=$name
	done
	check "$base: umoci's files, sizes and names" same_files "$golden"
	check "$base: hashes by xxhsum" hashes
	check "$base: sizes of each layer are its visible bytes" json_likewise
done
finish
