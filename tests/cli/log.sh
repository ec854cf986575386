#!/usr/bin/env bash
# `log` and `why` against what was worked out by hand from `tar tv` of the layers; IMAGE#STAGE for every command that lists.
. "$TESTS/lib/tap.sh" || exit
export STAGEFS_DB=$scratch/index.db
sfs index -q "$(fixture whiteouts.docker.tar)" >/dev/null
sfs index -q "$(fixture webapp.docker-buildkit.tar)" >/dev/null

log() { # image, path, then the lines without the instruction, blanks squeezed
	local image=$1 path=$2
	shift 2
	sfs log "$image" "$path" >"$scratch/log" || return 1
	tail -n +2 "$scratch/log" | tr -s ' ' | sed -E 's/ (RUN|COPY|WORKDIR) .*//; s/ $//' | diff <(printf '%s\n' "$@") -
}
check "a file that was deleted" log whiteouts:latest /opt/data/x "02 added 2 B - final" "04 deleted - - final"
check "by an opaque directory above it" log whiteouts:latest opt/tool/lib/two "02 added 692 B - final" "03 deleted - - final"
check "by a file in its directory's place" log whiteouts:latest /opt/becomes-file/inner "02 added 6 B - final" "04 deleted - - final"
check "chown stores the same again" log whiteouts:latest /opt/tool/lib/three "03 added 4 B - final" "05 metadata 4 B - final"
check "chmod breaks a hard link" log whiteouts:latest /opt/hard1 "02 added 1.09 kB - final" "05 metadata 1.09 kB - final"
check "another type" log whiteouts:latest /opt/link "02 added - - final" "06 changed 2 B +1 ~0 -0 final"
# opt: eight files, a symlink and two names of one; then one for two, and so on by the layers' tar tv.
check "a directory: what happened below it" log whiteouts:latest /opt "02 added 2.09 kB +9 ~0 -0 final" \
	"03 changed 4 B +1 ~0 -2 final" "04 changed 13 B +2 ~0 -3 final" "05 changed 1.10 kB +1 ~2 -0 final" "06 changed 2 B +1 ~0 -2 final"
check "the stage that made a layer" log 'webapp:production#build' /app/src "05 added 58 B +3 ~0 -0 build" "06 changed - +0 ~0 -1 build"
token() {
	sfs log webapp:production /root/.npmrc | tr -s ' ' | tail -n +2 | diff - <(cat <<'E'
06 added 6 B - production RUN echo token > /root/.npmrc && mkdir -p /var/cache/pkg && seq 1 3000 > /var/cache/pkg/index
07 deleted - - production RUN rm -rf /var/cache/pkg /root/.npmrc
E
	)
}
check "which RUN added the token, which deleted it" token
never() { sfs log webapp:production /nowhere 2>"$scratch/e"; [ $? -eq 2 ] && [ "$(cat "$scratch/e")" = "stagefs: /nowhere: no layer of webapp:production ever had it" ]; }
check "what no layer ever had: one line, exit 2" never

# Through symlinks, as the image has them; what is gone, where they lead.
mkdir -p "$scratch/one/usr/lib"
echo a >"$scratch/one/usr/lib/a"
echo b >"$scratch/one/usr/lib/b"
ln -s usr/lib "$scratch/one/lib"
mkdir -p "$scratch/two/usr/lib"
: >"$scratch/two/usr/lib/.wh.b"
echo aa >"$scratch/two/usr/lib/a"
for l in one two; do tar -cf "$scratch/$l.tar" -C "$scratch/$l" .; done
python3 "$TESTS/lib/oci-layout" make "$scratch/oci" "links:1=$scratch/one.tar,$scratch/two.tar"
sfs index -q "$scratch/oci" >/dev/null
links() {
	local a b
	a=$(sfs log links:1 /lib/a | tail -n +2 | tr -s ' ' | cut -d' ' -f1-4) && b=$(sfs log links:1 lib/b | tail -n +2 | tr -s ' ' | cut -d' ' -f1-2) &&
		[ "$a" = "$(printf '01 added 2 B\n02 changed 3 B')" ] && [ "$b" = "$(printf '01 added\n02 deleted')" ] &&
		sfs why links:1 /lib/a | grep -q '^/usr/lib/a '
}
check "symlinks are followed, also to what is gone" links

why() {
	sfs why whiteouts:latest /opt/tool/lib/three >"$scratch/why" && grep -qF 'stored in layer 05' "$scratch/why" &&
		grep -qxF 'It hides what was here before: layer 03 added it, 4 B (RUN rm -rf /opt/tool && mkdir -p /opt/tool/lib && echo new > /opt/tool/lib/three).' "$scratch/why" &&
		grep -qxF 'Its content is stored 2 times in this index.' "$scratch/why" &&
		[ "$(sfs why webapp:production /bin/sh | wc -l)" -eq 1 ]
}
check "why: what a file hides, how often its content is stored" why
gone() {
	[ "$(sfs why webapp:production /root/.npmrc)" = "/root/.npmrc is gone: deleted by layer 07, made by RUN rm -rf /var/cache/pkg /root/.npmrc; added by layer 06, made by RUN echo token > /root/.npmrc && mkdir -p /var/cache/pkg && seq 1 3000 > /var/cache/pkg/index." ]
}
check "why: of what is gone, who deleted it" gone

stage() { # the stage build is the image webapp:build
	local s='webapp:production#build'
	sfs ls -R "$s" | diff <(sfs ls -R webapp:build) - && [ "$(sfs ls "$s" /app/src | paste -sd' ')" = "index.ts util.ts" ] &&
		[ "$(sfs cat "$s" /app/src/index.ts)" = "$(sfs cat webapp:build /app/src/index.ts)" ] &&
		sfs export "$s" | cmp - <(sfs export webapp:build) && [ "$(sfs ls --layer 05 "$s" /app/src | head -1)" = index.ts ] &&
		sfs ls --all-layers "$s" /app/src | grep -q '^05-COPY' && sfs why "$s" /app/src/index.ts | grep -q 'build context' &&
		[ -z "$(sfs diff "$s" webapp:build)" ]
}
check "IMAGE#STAGE: ls, cat, export, why and diff" stage
only_stage() { # a stage that only a cache brings is no image
	export STAGEFS_DB=$scratch/cache.db
	sfs index -q "$(fixture webapp.buildkit-provenance.tar)" >/dev/null && sfs index -q "$(fixture webapp.buildkit-cache.tar)" >/dev/null &&
		[ "$(sfs images --format tsv | wc -l)" -eq 2 ] && [ "$(sfs ls 'webapp:production#build' /app/src | paste -sd' ')" = "index.ts util.ts" ] &&
		[ "$(sfs cat 'webapp:production#build' /app/src/index.ts | wc -c)" -gt 0 ] && sfs log 'webapp:production#build' /app/src/index.ts | grep -q 'added' &&
		sfs ls 'webapp:production#test' 2>"$scratch/e"
	[ $? -eq 2 ] && grep -q "no input holds the layers of stage test" "$scratch/e"
}
check "also of a stage that is no image; one without layers is said to be" only_stage
hash_in_name() { # an input whose name has a '#' is no stage
	cp "$(fixture whiteouts.docker.tar)" "$scratch/a#b.tar" && [ "$(sfs ls -q "$scratch/a#b.tar" /opt/data | wc -l)" -eq 0 ] &&
		sfs ls -q "$scratch/a#b.tar" /opt | grep -q hard1
}
check "an input with a '#' in its name is an input" hash_in_name
finish
