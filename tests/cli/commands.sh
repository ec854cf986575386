#!/usr/bin/env bash
# The commands that need no mount: their results against GNU tar, sha256sum and hand-checked facts.
. "$TESTS/lib/tap.sh"
export STAGEFS_DB=$scratch/index.db
archive=$(fixture webapp.docker-buildkit.tar)
golden=$TESTS/fixtures/golden/webapp.docker-buildkit.webapp_production.expected.tsv

names() { [ "$(sfs index "$archive" 2>/dev/null)" = "$(printf 'webapp:deps\nwebapp:build\nwebapp:test\nwebapp:production')" ]; }
check "index prints the names of the archive's images" names
again() { sfs index "$archive" 2>&1 >/dev/null | grep -q '4 images, 0 new layers'; }
check "the same archive again reads no layer" again
listed() { # ls -R lists the paths of umoci's tree
	sfs ls -R webapp:production | LC_ALL=C sort >"$scratch/got"
	cut -f1 "$golden" | LC_ALL=C sort | diff - "$scratch/got"
}
check "ls -R lists umoci's paths" listed
null() { [ "$(sfs ls -R0 webapp:production | tr -dc '\0' | wc -c)" -eq "$(wc -l <"$golden")" ]; }
check "ls -0 ends each name with NUL" null
hashes() {
	local path type hash
	while IFS="$(printf '\t')" read -r path type _ _ _ _ _ _ _ hash _; do
		[ "$type" = f ] || continue
		[ "$(sfs cat webapp:production "$path" | sha256sum | cut -d' ' -f1)" = "$hash" ] || { echo "$path"; return 1; }
	done <"$golden"
}
check "cat gives the bytes umoci unpacks" hashes
deleted() { [ "$(sfs cat --layer 5 webapp:production /root/.npmrc 2>/dev/null || sfs cat --layer 6 webapp:production /root/.npmrc)" = token ]; }
check "cat --layer shows a file that a later layer deletes" deleted
hidden() { ! sfs cat webapp:production /root/.npmrc 2>/dev/null; }
check "the merged tree does not" hidden
export_equal() {
	mkdir -p "$scratch/x"
	sfs export webapp:production | tar -xpf - -C "$scratch/x" --xattrs --numeric-owner || return 1
	python3 "$TESTS/lib/tree-manifest" --links "$scratch/x" | diff "$golden" -
}
if [ "$(id -u)" -eq 0 ]; then check "export is a tar that GNU tar unpacks to umoci's tree" export_equal; fi
sub() { sfs export webapp:production /app/dist | tar -tf - | LC_ALL=C sort | diff - <(printf 'index.js\nvendor.js\nvendor.min.js\n'); }
check "export of a directory holds paths below it" sub
prefix() { sfs report "$(sqlite3 "$STAGEFS_DB" 'select substr(config_digest, 8, 12) from image limit 1')" >/dev/null; }
check "a digest prefix names an image" prefix
unknown() { sfs report nope 2>"$scratch/e"; [ $? -eq 2 ] && [ "$(wc -l <"$scratch/e")" -eq 1 ]; }
check "an unknown image: one line, exit 2" unknown
json() { for r in layers history findings; do sfs report webapp:production "$r" --format json | python3 -m json.tool >/dev/null || return 1; done; }
check "JSON reports are JSON" json
spooled() {
	sfs index -q - <"$(fixture whiteouts.docker.tar)" | grep -qx whiteouts:latest || return 1
	sfs cat whiteouts:latest /opt/hard1 | cmp - <(seq 1 300) || return 1
	sfs gc -q --spool || return 1
	sfs ls whiteouts:latest /opt | grep -qx hard1 || return 1
	! sfs cat whiteouts:latest /opt/hard1 2>"$scratch/e" && [ "$(wc -l <"$scratch/e")" -eq 1 ]
}
check "standard input is spooled; after gc --spool the index still answers" spooled
verify() { sfs verify webapp:production | grep -c '^ok' | grep -qx 9 || sfs verify -q webapp:production; }
check "verify reads everything and finds nothing" verify
damaged() {
	cp "$archive" "$scratch/d.tar"
	STAGEFS_DB=$scratch/d.db sfs index -q "$scratch/d.tar" >/dev/null || return 1
	python3 - "$scratch/d.tar" <<'P'
import os, sys
p = sys.argv[1]
st = os.stat(p)
data = open(p, "rb").read()
at = data.index(b"seq 1 20000") if b"seq 1 20000" in data else data.index(b"module.exports")
with open(p, "r+b") as f:
    f.seek(data.index(b"module.exports"))
    f.write(b"M")
os.utime(p, ns=(st.st_atime_ns, st.st_mtime_ns))
P
	STAGEFS_DB=$scratch/d.db sfs verify >"$scratch/out" 2>&1
	[ $? -eq 1 ] && grep -q '^BAD' "$scratch/out"
}
check "verify: a changed byte is a negative verdict, exit 1" damaged
removed() {
	sfs rm webapp:build && ! sfs ls webapp:build 2>/dev/null && sfs ls webapp:production >/dev/null &&
		[ -z "$(sfs gc -q)" ] && [ "$(sqlite3 "$STAGEFS_DB" 'PRAGMA foreign_key_check; PRAGMA integrity_check')" = ok ]
}
check "rm and gc leave the other images" removed
costs() { sfs df | grep -q '^index '; }
check "df says what is used" costs
bare() {
	tar -cf "$scratch/rootfs.tar" -C "$TESTS/fixtures" README.md
	[ "$(sfs index -q --layer "$scratch/rootfs.tar")" = rootfs ] && sfs cat rootfs README.md | cmp - "$TESTS/fixtures/README.md"
}
check "--layer takes a bare tar, named after the file" bare
input() { sfs ls "$(fixture multiarch.buildkit.tar)" /assets 2>/dev/null | grep -q a.txt || sfs ls "$(fixture webapp.skopeo-oci.tar)" /app 2>/dev/null | grep -q dist; }
check "an INPUT can stand for its image" input
help() { sfs --help | grep -q 'docker save' && for c in $(sfs --tables | cut -f1 | sort -u); do sfs help "$c" | grep -q "stagefs $c" || return 1; done; }
check "every command has help" help
newer() {
	cp "$STAGEFS_DB" "$scratch/newer.db"
	sqlite3 "$scratch/newer.db" 'PRAGMA user_version = 99'
	sfs images --db "$scratch/newer.db" 2>"$scratch/e"
	[ $? -eq 2 ] && grep -q newer "$scratch/e"
}
check "a newer index is refused by name" newer
finish
