#!/usr/bin/env bash
# Content that is stored more than once, against tables worked out by hand and against a computation over the raw tars.
. "$TESTS/lib/tap.sh" || exit
export STAGEFS_DB=$scratch/index.db
make() { # LAYER.tar PATH=SIZE:CHARACTER...
	local tar=$1 file
	shift
	rm -rf "$scratch/tree"
	mkdir "$scratch/tree"
	for file; do
		local path=${file%%=*} size=${file#*=}
		mkdir -p "$scratch/tree/$(dirname "$path")"
		head -c "${size%:*}" /dev/zero | tr '\0' "${size#*:}" >"$scratch/tree/$path"
	done
	tar -C "$scratch/tree" --sort=name --mtime=@1700000000 --owner=0 --group=0 -cf "$scratch/$tar" .
}
columns() { # REPORT NAME...: those columns of a TSV, without the header
	python3 -c '
import csv, sys
for r in csv.DictReader(open(sys.argv[1], newline=""), delimiter="\t", quoting=csv.QUOTE_NONE):
    print("|".join(r[c] for c in sys.argv[2:]))' "$@"
}

# ---- two images on one base, one file changed; a build of two stages ----
make base.tar bin/sh=1000:S usr/lib/a=300:L
make one.tar etc/conf=20:x opt/lib/copy=300:L
make two.tar etc/conf=20:y
make make.tar out/bin=5000:B src/main.c=70:C
make bin.tar usr/bin/tool=5000:B
make big.tar data=9000:D
make touched.tar data=9000:D
( cd "$scratch" && "$TESTS/lib/docker-archive" pair.tar \
	one:1 base.tar='ADD rootfs /' one.tar='COPY one /' \
	two:1 base.tar='ADD rootfs /' two.tar='COPY two /' )
( cd "$scratch" && "$TESTS/lib/docker-archive" build.tar \
	app:build base.tar='ADD rootfs /' make.tar='RUN make' \
	app:1 base.tar='ADD rootfs /' bin.tar='COPY /out/bin /usr/bin/tool' \
	moved:1 big.tar='COPY data /' touched.tar='RUN mv data /elsewhere && mv /elsewhere data' )
# Worked out by hand: /usr/lib/a of the base is stored again by one:1 under another path; the tool is made in one stage and
# copied to another, and only the copy is shipped. touched.tar is big.tar once more: one stored layer, no duplicate.
cat >"$scratch/want.index" <<'W'
1|2|300|300|300|0|0|/usr/lib/a
1|2|300|300|300|0|0|/opt/lib/copy
2|2|5000|5000|0|0|5000|/out/bin
2|2|5000|5000|0|0|5000|/usr/bin/tool
W
sfs index -q "$scratch/pair.tar" "$scratch/build.tar" >/dev/null
numbers=(group copies size reclaimable_bytes shipped_bytes across_images_bytes build_only_bytes path)
is_index() {
	sfs report --index duplicates >"$scratch/index.tsv" && columns "$scratch/index.tsv" "${numbers[@]}" >"$scratch/got" &&
		diff "$scratch/want.index" "$scratch/got"
}
check "the whole index, as worked out by hand" is_index
is_image() {
	sfs report one:1 duplicates >"$scratch/one.tsv" && columns "$scratch/one.tsv" "${numbers[@]}" >"$scratch/got" &&
		diff <(head -2 "$scratch/want.index") "$scratch/got" &&
		[ "$(columns "$scratch/one.tsv" places instruction)" = 'images/one:1/layers/01-ADD-rootfs|ADD rootfs /
images/one:1/layers/02-COPY-one|COPY one /' ]
}
check "an image: content that it stores under two paths" is_image
is_build() {
	sfs report --build app:1 duplicates >"$scratch/build.tsv" && columns "$scratch/build.tsv" size copy places path >"$scratch/got" &&
		diff - "$scratch/got" <<'W'
5000|1|images/app:build/layers/02-RUN-make|/out/bin
5000|2|images/app:1/layers/02-COPY-out-bin-usr-bin-tool|/usr/bin/tool
W
}
check "a build: content that two stages store in different layers" is_build
none() { [ "$(sfs report "$@" | wc -l)" -eq 1 ]; }
check "a stage alone stores nothing twice" none app:1#build duplicates
check "an inherited layer and a layer at two places are no duplicates" none moved:1 duplicates
options_refused() {
	sfs report --index duplicates app:1 2>"$scratch/e" && return 1
	grep -q 'without IMAGE' "$scratch/e"
}
check "--index with an image is refused" options_refused

# ---- unique and shared ----
# one:1 has conf and the copy of its own, two:1 conf, and both the base; app:1 the tool; of app:build, make.tar.
sharing() {
	sfs images --format tsv >"$scratch/images.tsv" && columns "$scratch/images.tsv" name content_bytes unique_bytes shared_bytes base | sort >"$scratch/got" &&
		diff - "$scratch/got" <<'W'
app:1|6300|5000|1300|
app:build|6370|5070|1300|
moved:1|9000|9000|0|
one:1|1620|320|1300|
two:1|1320|20|1300|
W
}
check "unique and shared bytes, as worked out by hand" sharing
totals() { sfs images | tail -1 | grep -qx '19.4 kB unique + 1.30 kB shared, counted once = 20.7 kB in 6 layers' || { sfs images; return 1; }; }
check "images: the last line adds them up" totals
based() (
	export STAGEFS_DB=$scratch/based.db
	cd "$scratch" && "$TESTS/lib/docker-archive" based.tar base:1 base.tar='ADD rootfs /' &&
		sfs index -q based.tar pair.tar >/dev/null && sfs tree | diff - <(cat <<'W'
base:1  1.30 kB in 1 layer; 0 B unique, 1.30 kB shared
  one:1  +320 B in 1 layer; 320 B unique, 1.30 kB shared
  two:1  +20 B in 1 layer; 20 B unique, 1.30 kB shared
W
	) && [ "$(columns <(sfs images --format tsv) name base | sort | paste -sd' ')" = 'base:1| one:1|base:1 two:1|base:1' ]
)
check "tree and the report name the base" based
# Every archive of the fixtures in one index: what the images say adds up to what SQL says of the layers.
adds_up() (
	export STAGEFS_DB=$scratch/all.db
	fixture x >/dev/null
	for archive in "$scratch"/fixtures/*.tar; do sfs index -q "$archive" >/dev/null 2>&1; done
	sfs images --format tsv >"$scratch/all.tsv" && [ "$(wc -l <"$scratch/all.tsv")" -gt 10 ] || return
	unique=$(columns "$scratch/all.tsv" unique_bytes | awk '{ s += $1 } END { printf "%d", s }')
	shared=$(sqlite3 "$STAGEFS_DB" "SELECT total(content_bytes) FROM layer WHERE (SELECT count(DISTINCT image) FROM image_layer WHERE layer = layer.id) > 1")
	all=$(sqlite3 "$STAGEFS_DB" "SELECT total(size) FROM entry WHERE inode = id AND kind = 0 AND mode & 61440 = 32768 AND id >> 24 IN (SELECT layer FROM image_layer)")
	echo "$unique + $shared = $all"
	[ "$unique" -gt 0 ] && [ "$((unique + ${shared%.*}))" -eq "${all%.*}" ]
)
check "unique and, once, shared bytes are the content of all layers" adds_up

# ---- against the tars ----
agrees() (
	local archives=() name
	export STAGEFS_DB=$scratch/fixtures.db
	for name; do archives+=("$(fixture "$name")"); done
	sfs index -q "${archives[@]}" >/dev/null 2>&1
	"$TESTS/lib/duplicates" "${archives[@]}" >"$scratch/want" || return
	sfs report --index duplicates >"$scratch/d.tsv" && sfs layers --format tsv >"$scratch/l.tsv" || return
	"$TESTS/lib/duplicates" --report "$scratch/d.tsv" "$scratch/l.tsv" >"$scratch/got" || return
	[ -s "$scratch/want" ] && diff "$scratch/want" "$scratch/got"
)
check "docker archives of the fixtures, against python over their tars" \
	agrees webapp.docker-buildkit.tar webapp.docker-classic.tar whiteouts.docker.tar webapp.podman-docker.tar
json_agrees() {
	sfs report --index duplicates --format json | python3 -c '
import csv, json, sys
rows = json.load(sys.stdin)
assert rows["schema"] == "stagefs/duplicates/1"
tsv = list(csv.DictReader(open(sys.argv[1], newline=""), delimiter="\t", quoting=csv.QUOTE_NONE))
assert len(tsv) == len(rows["rows"])
for a, b in zip(tsv, rows["rows"]):
    for k in a:
        assert k in ("path", "instruction", "places") or a[k] == ("" if b[k] is None else str(b[k])), (k, a[k], b[k])' "$scratch/index.tsv"
}
check "the JSON has the same rows" json_agrees

# ---- verify --duplicates ----
proven() {
	sfs verify --duplicates >"$scratch/got" && grep -qx 'ok   2 copies in 2 groups equal the first, byte by byte: 5.30 kB' "$scratch/got" || { cat "$scratch/got"; return 1; }
}
check "verify --duplicates compares every copy with the first" proven
doctored() ( # the index says that a and b are equal; one byte of 70,000 differs
	export STAGEFS_DB=$scratch/doctored.db
	make equal.tar a=70000:Q b=70000:Q
	printf x | dd of="$scratch/tree/b" bs=1 seek=66000 conv=notrunc 2>/dev/null
	tar -C "$scratch/tree" --sort=name -cf "$scratch/odd.tar" .
	sfs index -q --layer "$scratch/odd.tar" >/dev/null && sfs verify -q --duplicates || return
	sqlite3 "$STAGEFS_DB" "UPDATE entry SET xxh128 = (SELECT xxh128 FROM entry WHERE name = CAST('a' AS BLOB)) WHERE xxh128 IS NOT NULL"
	sfs verify --duplicates >"$scratch/got"
	[ $? -eq 1 ] && grep -qx 'BAD  images/odd/layers/01-layer/a and images/odd/layers/01-layer/b: differ at byte 66001, though size and hash are equal' "$scratch/got" ||
		{ cat "$scratch/got"; return 1; }
)
check "verify --duplicates names the pair that an index calls equal and that is not: exit 1" doctored
lost() (
	export STAGEFS_DB=$scratch/lost.db
	cp "$scratch/pair.tar" "$scratch/lost.tar"
	sfs index -q "$scratch/lost.tar" >/dev/null && rm "$scratch/lost.tar"
	sfs verify --duplicates one:1 >"$scratch/got"
	[ $? -eq 1 ] && grep -q '^BAD .* the first cannot be read: ' "$scratch/got"
)
check "verify --duplicates: what cannot be read is not proven" lost

# ---- more than a report can list: the sums stay whole ----
python3 - "$scratch/many.tar" <<'P'
import io, sys, tarfile
with tarfile.open(sys.argv[1], "w") as tar:
    def put(name, data):
        info = tarfile.TarInfo(name)
        info.size = len(data)
        tar.addfile(info, io.BytesIO(data))
    for i in range(1200):
        put("same/%04d" % i, b"x" * 600)
    for i in range(50100):
        for d in "ab":
            put("%s/%05d" % (d, i), b"%06d" % i)
P
many() (
	STAGEFS_DB=$scratch/many.db
	sfs index -q --layer "$scratch/many.tar" >/dev/null && sfs report many duplicates >"$scratch/many.tsv" || return
	python3 - "$scratch/many.tsv" <<'P'
import csv, sys
rows = list(csv.DictReader(open(sys.argv[1], newline=""), delimiter="\t"))
first = [r for r in rows if r["group"] == "1"]
assert len(first) == 1000 and first[0]["copies"] == "1200" and first[0]["size"] == "600", len(first)
assert max(int(r["group"]) for r in rows[:-1]) == 50000
rest = rows[-1]
assert rest["group"] == rest["path"] == "" and rest["copies"] == "202", rest
whole = [r for r in rows if r["copy"] == "1"] + [rest]
assert sum(int(r["reclaimable_bytes"]) for r in whole) == 600 * 1199 + 6 * 50100
assert sum(int(r["shipped_bytes"]) for r in whole) == 600 * 1199 + 6 * 50100
assert sum(int(r["copies"]) for r in whole) == 1200 + 2 * 50100
P
)
check "what is beyond the limits of the report is summed up in its last row" many
finish
