#!/usr/bin/env bash
# Builds of the webapp fixtures from every kind of evidence: stages, edges and copies against tables that were checked by hand
# against the Dockerfile (fixtures/golden/stages/), and the mount's directories against du and against one another.
. "$TESTS/lib/tap.sh" || exit
fixture x >/dev/null
evidence=$TESTS/fixtures/evidence
cp "$evidence/webapp.dockerbuild" "$scratch/fixtures/"
xz -dc "$evidence/webapp.buildx-metadata.json.xz" >"$scratch/fixtures/webapp.buildx-metadata.json"

index() { # database, option or archive...: into it
	local db=$1 a
	shift
	for a; do
		case $a in
		*.tar | *.dockerbuild | *.json) sfs index -q --db "$db" "$scratch/fixtures/$a" "${options[@]}" >/dev/null || return 1 ;;
		esac
	done
}
columns() { # file, column...: of a TSV, by name
	python3 - "$@" <<'P'
import sys
rows = [line.rstrip("\n").split("\t") for line in open(sys.argv[1])]
for r in rows:
    print("\t".join(r[rows[0].index(c)] for c in sys.argv[2:]))
P
}
show() { # database, image: the whole build in one text
	local stage
	sfs stages -q --db "$1" "$2" --format tsv >"$scratch/t" && columns "$scratch/t" stage stage_by base base_by base_layers layers layers_by target needed left_bytes
	echo "-- origins"
	sfs report -q --db "$1" "$2" stages
	tail -n +2 "$scratch/t" | cut -f2 | while read -r stage; do
		echo "-- $stage"
		sfs report -q --db "$1" "$2#$stage" instructions >"$scratch/i" && columns "$scratch/i" line keyword layer from evidence
		sfs report -q --db "$1" "$2#$stage" copied-in >"$scratch/i" && columns "$scratch/i" path from source_path match evidence
	done
}
golden() { # case, image, archive...
	local name=$1 image=$2
	shift 2
	rm -f "$scratch/$name.db"*
	index "$scratch/$name.db" "$@" && show "$scratch/$name.db" "$image" >"$scratch/$name.txt" || return 1
	diff "$TESTS/fixtures/golden/stages/$name.txt" "$scratch/$name.txt"
}
options=()
check "one image a stage" golden images webapp:production webapp.docker-buildkit.tar
check "provenance v0.2 and an index-style cache" golden provenance webapp:production webapp.buildkit-provenance.tar webapp.buildkit-cache.tar
check "provenance v1 and a manifest-style cache" golden provenance24 webapp:production webapp.buildkit24-provenance.tar webapp.buildkit24-cache.tar
check "the order of inputs does not matter" golden provenance webapp:production webapp.buildkit-cache.tar webapp.buildkit-provenance.tar
check "podman's history" golden podman localhost/webapp:production webapp.podman-docker.tar
check "a .dockerbuild beside a provenance of mode=min" golden dockerbuild webapp:production webapp.buildx.tar webapp.dockerbuild
check "a metadata file likewise" golden dockerbuild webapp:production webapp.buildx.tar webapp.buildx-metadata.json
check "two of the stages as images" golden containerd webapp:production webapp.docker28-containerd.tar
options=(--dockerfile "$TESTS/fixtures/dockerfiles/webapp.Dockerfile")
check "a classic image and its Dockerfile" golden classic webapp-classic:latest webapp.docker-classic.tar
options=()

# What the build context and the stages gave adds up, for every image there is.
adds_up() {
	local db=$scratch/all.db mnt=$scratch/all a image rootfs links sum
	for a in "$scratch"/fixtures/*.tar; do sfs index -q --db "$db" "$a" >/dev/null || return 1; done
	mnt_up "$mnt" --db "$db" || return 1
	for image in "$mnt"/images/*; do
		[ ! -L "$image" ] || continue
		rootfs=$(du -sb "$image/rootfs" | cut -f1)
		links=$(find "$image/rootfs" -type l -printf '%s\n' | awk '{ n += $1 } END { print n + 0 }')
		sum=$(columns "$image/report/stages.tsv" bytes | awk 'NR > 1 { n += $1 } END { print n + 0 }')
		[ "$sum" -eq $((rootfs - links)) ] || { echo "$image: the report has $sum, du $rootfs with $links of links"; return 1; }
		sum=$(du -scb "$image"/from/*/ | tail -1 | cut -f1)
		[ "$sum" -eq "$rootfs" ] || { echo "$image: from/* has $sum, the rootfs $rootfs"; return 1; }
		cat "$image"/report/stages.json | python3 -m json.tool >/dev/null || return 1
	done
	mnt_down "$mnt"
}
check "the origins of every image add up to the byte" adds_up

content() { # the files of a tree: hash and path; times are those of the build
	(cd "$1" && find . -type f -exec sha256sum {} + | sort -k2 && find . -type l -printf '%p %l\n' | sort)
}
same_stages() {
	local stage
	mnt_up "$scratch/a" --db "$scratch/images.db" && mnt_up "$scratch/b" --db "$scratch/provenance.db" || return 1
	for stage in deps build production; do
		content "$scratch/a/stages/webapp:production/$stage/rootfs" >"$scratch/ca" &&
			content "$scratch/b/stages/webapp:production/$stage/rootfs" | diff "$scratch/ca" - || return 1
		[ -s "$scratch/ca" ] || return 1
	done
	[ -e "$scratch/b/stages/webapp:production/test/MISSING.txt" ] && [ ! -e "$scratch/b/stages/webapp:production/test/rootfs" ] &&
		cmp "$scratch/b/stages/webapp:production/Dockerfile" "$TESTS/fixtures/dockerfiles/webapp.Dockerfile"
}
check "stages out of a cache have the files of stages that were images" same_stages
trees() {
	local s=$scratch/a/stages/webapp:production
	[ "$(cd "$s/deps/diff" && find . -type f | sort | paste -sd' ')" = "./app/node_modules/left-pad/index.js ./app/node_modules/typescript/tsc.js ./app/package.json" ] &&
		[ "$(cd "$s/deps/left-behind/" && find . -type f)" = ./app/node_modules/typescript/tsc.js ] &&
		[ "$(cd "$s/build/left-behind/" && find . -type f | sort | paste -sd' ')" = "./app/src/index.ts ./app/src/util.ts" ] &&
		[ "$(stat -c %i "$s/deps/left-behind/app/node_modules/typescript/tsc.js")" = "$(stat -c %i "$s/deps/rootfs/app/node_modules/typescript/tsc.js")" ] &&
		[ "$(ls "$scratch/a/images/webapp:production/from/" | paste -sd' ')" = "@base @context @made build deps" ] &&
		[ "$(readlink -f "$s/build/base")" = "$(readlink -f "$s/deps")" ] && [ "$(ls "$s/build/layers" | wc -l)" -eq 6 ]
}
check "diff, from and left-behind are the stored files themselves" trees
why() {
	[ "$(sfs why --db "$scratch/provenance.db" webapp:production /app/dist/index.js | head -1)" = \
		"/app/dist/index.js (53 B) was copied from build, where it is /app/dist/index.js; it is stored in layer 05, made by COPY --from=build /app/dist ./dist. Known by provenance." ] &&
		sfs why --db "$scratch/images.db" "$scratch/a/images/webapp:production/rootfs/app/package.json" | grep -q "copied from the build context"
}
check "why says it in a sentence" why
attributes() {
	local f=$scratch/a/images/webapp:production/rootfs/app
	attribute() { python3 -c 'import os, sys; print(os.getxattr(sys.argv[1], "user.stagefs." + sys.argv[2]).decode())' "$1" "$2"; }
	[ "$(attribute "$f/dist/index.js" stage)" = webapp:production/production ] && [ "$(attribute "$f/dist/index.js" origin)" = build ] &&
		[ "$(attribute "$f/package.json" stage)" = "$(printf 'webapp:production/deps\nwebapp:production/production')" ] &&
		[ "$(attribute "$f/package.json" origin)" = @context ] &&
		[ "$(attribute "$scratch/a/stages/webapp:production/build/rootfs/app/dist/index.js" origin)" = @made ]
}
check "user.stagefs.stage and .origin" attributes
finish
