#!/usr/bin/env bash
# Bad archives: one clear line, exit 2, the index as it was: an empty one and one that knows the layers.
. "$TESTS/lib/tap.sh"
good=$(fixture webapp.docker-buildkit.tar)
oci=$(fixture webapp.skopeo-oci.tar)

head -c 700000 "$good" >"$scratch/truncated.tar"
: >"$scratch/empty.tar"
head -c 100000 /dev/zero | tr '\0' 'x' >"$scratch/not-a-tar"
mkdir "$scratch/o"
tar -xf "$oci" -C "$scratch/o"
layer=$(python3 - "$scratch/o" <<'P'
import json, sys
top = sys.argv[1]
blob = lambda d: json.load(open(top + "/blobs/sha256/" + d["digest"].split(":")[1]))
print(blob(json.load(open(top + "/index.json"))["manifests"][0])["layers"][-1]["digest"].split(":")[1])
P
)
cp -a "$scratch/o" "$scratch/missing"
rm "$scratch/missing/blobs/sha256/$layer"
tar -cf "$scratch/missing.tar" -C "$scratch/missing" .
cp -a "$scratch/o" "$scratch/mismatch"
python3 - "$scratch/mismatch/blobs/sha256/$layer" <<'P'
import os, sys
data = bytearray(open(sys.argv[1], "rb").read())
data[len(data) // 2] ^= 1
open(sys.argv[1], "wb").write(data)
P
tar -cf "$scratch/mismatch.tar" -C "$scratch/mismatch" .

refused() { # db archive
	local before after status
	before=$(dump "$1")
	sfs index --db "$1" "$2" >"$scratch/stdout" 2>"$scratch/stderr"
	status=$?
	after=$(dump "$1")
	cat "$scratch/stderr"
	[ $status -eq 2 ] || { echo "exit $status"; return 1; }
	[ "$(wc -l <"$scratch/stderr")" -eq 1 ] || { echo "not one line"; return 1; }
	[ ! -s "$scratch/stdout" ] || { echo "it printed a result"; return 1; }
	grep -q "^stagefs: .*$(basename "$2")" "$scratch/stderr" || { echo "the archive is not named"; return 1; }
	[ "$before" = "$after" ] || { echo "the index changed"; return 1; }
}
# An index that exists and is empty, and one that knows the layers of the damaged archives.
sfs index -q --db "$scratch/empty.db" "$(fixture multiarch.buildkit.tar)" >/dev/null
sfs images --db "$scratch/empty.db" --format tsv | tail -n +2 | cut -f1 | while read -r i; do sfs rm --db "$scratch/empty.db" "$i"; done
sfs gc -q --db "$scratch/empty.db"
sfs index -q --db "$scratch/full.db" "$good" "$oci" >/dev/null

for name in truncated.tar empty.tar not-a-tar mismatch.tar missing.tar; do
	check "$name on an empty index" refused "$scratch/empty.db" "$scratch/$name"
done
for name in truncated.tar empty.tar not-a-tar missing.tar; do
	check "$name on an index that knows the layers" refused "$scratch/full.db" "$scratch/$name"
done
check "the full index is sound" test "$(sqlite3 "$scratch/full.db" "PRAGMA integrity_check")" = ok
finish
