#!/usr/bin/env bash
# Evidence about builds: what is taken from which input, and how it goes again.
. "$TESTS/lib/tap.sh"
export STAGEFS_DB=$scratch/index.db
sql() { sqlite3 "$STAGEFS_DB" "$1"; }
says() { # WORDS INPUT: what index prints on standard error ends so
	sfs index "$2" 2>"$scratch/e" >"$scratch/o" || return 1
	cat "$scratch/e"
	[ "$(cat "$scratch/e")" = "$2: $1" ]
}
generation() { sql 'select generation from meta'; }

cache() {
	says '1 BuildKit cache, 10 new layers, 0 known' "$(fixture webapp.buildkit-cache.tar)" && [ ! -s "$scratch/o" ] &&
		[ "$(sql "select count(*), count(layer), min(ord), max(ord) from document_layer")" = '10|10|0|9' ]
}
check "a BuildKit cache, index style: its layers and a document" cache
cache24() { says '1 BuildKit cache, 9 new layers, 1 known' "$(fixture webapp.buildkit24-cache.tar)"; }
check "a BuildKit cache, manifest style" cache24
directory() {
	mkdir "$scratch/d" && tar -xf "$(fixture webapp.buildkit-cache.tar)" -C "$scratch/d" || return 1
	STAGEFS_DB=$scratch/d.db says '1 BuildKit cache, 10 new layers, 0 known' "$scratch/d" || return 1
	STAGEFS_DB=$scratch/d.db sfs verify -q
}
check "a cache as the directory that BuildKit writes" directory
order() { # the DiffIDs that the export's own annotations give, in the order of the config
	python3 - "$scratch/d" >"$scratch/want" <<'P'
import json, sys
top = sys.argv[1]
blob = lambda d: json.load(open(top + "/blobs/" + d["digest"].replace(":", "/")))
index = blob(json.load(open(top + "/index.json"))["manifests"][0])
config = [m for m in index["manifests"] if "cacheconfig" in m["mediaType"]][0]
ids = {m["digest"]: m["annotations"]["containerd.io/uncompressed"] for m in index["manifests"] if m is not config}
for l in blob(config)["layers"]:
    print(l["blob"] + "|" + ids[l["blob"]])
P
	sqlite3 "$scratch/d.db" 'select d.blob_digest, l.diff_id from document_layer d join layer l on l.id = d.layer order by d.ord' |
		diff "$scratch/want" -
}
check "layers stand in the order of the cache config" order
provenance() {
	local want
	says '1 image, 1 provenance, 0 new layers, 7 known' "$(fixture webapp.buildkit-provenance.tar)" || return 1
	want=$(sql "select manifest_digest from image")
	[ "$(sql "select subject from document where kind = 'provenance'")" = "$want" ]
}
check "a provenance in an archive is about the image's manifest" provenance
record() { says '1 provenance' "$(fixture webapp.dockerbuild)"; }
check "a .dockerbuild record gives its provenance" record
metadata() { says '1 provenance' "$(fixture webapp.buildx-metadata.json)"; }
check "a metadata file is a provenance" metadata
piped() { sfs index - <"$(fixture webapp.dockerbuild)" 2>&1 | grep -qx -- '-: 1 provenance'; }
check "standard input, too" piped
again() {
	local before now
	before=$(generation)
	for f in buildkit-cache.tar buildkit24-cache.tar buildkit-provenance.tar dockerbuild buildx-metadata.json; do
		sfs index -q "$(fixture "webapp.$f")" >/dev/null || return 1
	done
	now=$(generation)
	[ "$before" = "$now" ]
}
check "the same again changes nothing" again
dsse() {
	python3 - "$(fixture webapp.buildx-metadata.json)" "$scratch/dsse.json" "$scratch/predicate.json" <<'P'
import base64, json, sys
predicate = json.load(open(sys.argv[1]))["buildx.build.provenance"]
statement = {"_type": "https://in-toto.io/Statement/v0.1", "predicateType": "https://slsa.dev/provenance/v0.2",
             "subject": [], "predicate": predicate}
payload = base64.b64encode(json.dumps(statement).encode()).decode()
json.dump({"payloadType": "application/vnd.in-toto+json", "payload": payload, "signatures": []}, open(sys.argv[2], "w"))
json.dump(predicate, open(sys.argv[3], "w"))
P
	says '1 provenance' "$scratch/dsse.json" && says '1 provenance' "$scratch/predicate.json"
}
check "an envelope around a statement, and a bare predicate" dsse

refused() { # WORDS FILE: one line with the words, exit 2, the index as it was
	local before status
	before=$(dump "$STAGEFS_DB")
	sfs index "$2" >"$scratch/o" 2>"$scratch/e"
	status=$?
	cat "$scratch/e"
	[ $status -eq 2 ] && [ "$(wc -l <"$scratch/e")" -eq 1 ] && [ ! -s "$scratch/o" ] && grep -qF -- "$1" "$scratch/e" &&
		[ "$before" = "$(dump "$STAGEFS_DB")" ]
}
echo '{"predicateType": "https://spdx.dev/Document", "predicate": {}}' >"$scratch/sbom.json"
check "an SBOM alone is refused" refused 'https://spdx.dev/Document' "$scratch/sbom.json"
echo '{"name": "app"}' >"$scratch/package.json"
check "any other JSON is refused" refused 'no provenance' "$scratch/package.json"
echo '{"predicateType": ' >"$scratch/cut.json"
check "half a document is refused" refused 'not valid JSON' "$scratch/cut.json"
cut_cache() { # the tar without one byte of a layer
	cp -r "$scratch/d" "$scratch/cut"
	local blob
	blob=$(ls -S "$scratch"/cut/blobs/sha256/* | head -1)
	truncate -s -1 "$blob" && refused 'bytes' "$scratch/cut"
}
check "a cache with a damaged layer is refused" cut_cache

# ---- what the user says ----

dockerfile() {
	printf 'FROM scratch AS one\nCOPY a /\nFROM one\nCOPY --from=one a b' >"$scratch/Dockerfile"
	sfs index -q --dockerfile "$scratch/Dockerfile" "$(fixture webapp.buildkit-provenance.tar)" >/dev/null &&
		[ "$(sql "select d.subject = i.config_digest, d.body, d.name from document d, image i where kind = 'dockerfile'")" = \
			"1|$(cat "$scratch/Dockerfile")|Dockerfile" ]
}
check "--dockerfile is about the images of the inputs" dockerfile
alone() {
	STAGEFS_DB=$scratch/alone.db sfs index -q --dockerfile "$scratch/Dockerfile" "$(fixture webapp.buildkit-cache.tar)" &&
		[ "$(sqlite3 "$scratch/alone.db" "select subject from document where kind = 'dockerfile'")" = '' ] &&
		[ "$(sqlite3 "$scratch/alone.db" "select group_concat(name, ' ') from (select name from stage order by ordinal)")" = \
			'one stage-1' ]
}
check "without an image it stands for a build of its own" alone
bad() {
	local before=$(dump "$STAGEFS_DB")
	echo 'RUN true' >"$scratch/bad"
	sfs index --dockerfile "$scratch/bad" "$(fixture webapp.docker28.tar)" 2>"$scratch/e"
	[ $? -eq 2 ] && [ "$(wc -l <"$scratch/e")" -eq 1 ] && grep -q 'line 1' "$scratch/e" && [ "$before" = "$(dump "$STAGEFS_DB")" ]
}
check "a bad Dockerfile is refused before anything is read" bad
stage() {
	sfs index -q --stage docker.io/library/webapp:production/deps=webapp:production \
		"$(fixture webapp.buildkit-provenance.tar)" >/dev/null &&
		[ "$(sql "select name, body from document where kind = 'stage'")" = 'webapp:production/deps|webapp:production' ]
}
check "--stage BUILD/NAME=IMAGE, BUILD however it is spelled" stage
no_image() {
	for s in x=nope nope/x=webapp:production x= =webapp:production /x=webapp:production webapp:production/=webapp:production x; do
		sfs index -q --stage "$s" "$(fixture webapp.buildkit-provenance.tar)" >/dev/null 2>"$scratch/e"
		[ $? -eq 2 ] && [ "$(wc -l <"$scratch/e")" -eq 1 ] || { echo "$s"; return 1; }
	done
}
check "--stage with an image that is not there, or none: exit 2" no_image

# ---- and how it goes again ----

with_image() {
	sfs rm webapp:production && [ "$(sql "select count(*) from document where subject <> ''")" = 0 ] &&
		[ "$(sql "select count(*) from document where kind = 'cache'")" = 2 ]
}
check "rm of an image takes what is about it" with_image
kept() { sfs gc -q >/dev/null && [ "$(sql 'select count(*) from layer')" = 19 ]; }
check "gc keeps the layers of caches" kept
ambiguous() { sfs rm latest 2>"$scratch/e"; [ $? -eq 2 ] && [ "$(wc -l <"$scratch/e")" -eq 1 ] && grep -q 'buildkit24-cache' "$scratch/e"; }
check "a name that two caches have is refused" ambiguous
by_input() {
	sfs rm "$(fixture webapp.buildkit-cache.tar)" "$(fixture webapp.dockerbuild)" && sfs rm latest webapp.buildx-metadata.json &&
		[ "$(sql "select count(*) from document where kind = 'cache' or input like '%dockerbuild'")" = 0 ] &&
		sfs gc -q >/dev/null && [ "$(sql 'select count(*) from layer')" = 0 ] &&
		[ "$(sql 'PRAGMA foreign_key_check; PRAGMA integrity_check')" = ok ]
}
check "rm by input or name; gc then frees the layers" by_input
finish
