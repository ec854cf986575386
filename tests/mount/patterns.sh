#!/usr/bin/env bash
# Multi-stage Dockerfiles as people write them, each built by docker (BuildKit and classic) and buildah: the origin of every
# file of the final image, its source path and how it was matched, against tables written by hand from the Dockerfile and its
# context before they were built. fixtures/patterns/NAME.tsv: path, origin, source path, match; where a fifth column names
# cases, the line is theirs alone: they cannot tell as much as the others, and a comment above says why.
. "$TESTS/lib/tap.sh" || exit
patterns=$TESTS/fixtures/patterns
mkdir "$scratch/archives" && tar -xJf "$TESTS/fixtures/patterns.tar.xz" -C "$scratch/archives" || exit

cat >"$scratch/truth.py" <<'P'
# truth.py TABLE CASE FROM COPIED: the difference between the table and what the mount says
import os, sys
table, case, tree, copied = sys.argv[1:]
want, has = {}, {}
for line in open(table):
    if line.startswith("#") or line.startswith("path\t"):
        continue
    row = line.rstrip("\n").split("\t")
    if len(row) == 4:
        want.setdefault(row[0], tuple(row))
    elif case in row[4].split(","):
        want[row[0]] = tuple(row[:4])
# Without the sources' layers nothing can be compared with them. buildah's history has hashes for sources: a file is found
# by its content only, wherever it is, and one that has none is not found; what is from nowhere may be from the context.
def seen(row, path):
    if case == "final" and row[2]:
        return row[:2] + ("", "unmatched")
    if case == "buildah-images" and row[1] == "@context":
        return (row[0], "@unknown", "", "")
    if case == "buildah-images" and row[3] == "exact":
        return row[:3] + ("moved",) if os.path.isfile(path) and not os.path.islink(path) and os.path.getsize(path) else row[:2] + ("", "unmatched")
    return row
rows = [line.rstrip("\n").split("\t") for line in open(copied)]
column = {name: i for i, name in enumerate(rows[0])}
matches = {r[column["path"]]: r for r in rows[1:]}
for origin in os.listdir(tree):
    for at, dirs, files in os.walk(os.path.join(tree, origin)):
        for name in files + [d for d in dirs if os.path.islink(os.path.join(at, d))]:
            path = os.path.relpath(os.path.join(at, name), os.path.join(tree, origin))
            row = matches.pop("/" + path, None)
            if path in has:
                sys.exit(path + " has two origins")
            if row and row[column["from"]].replace("/", "+") != origin:
                sys.exit("%s is from %s, copied-in says %s" % (path, origin, row[column["from"]]))
            has[path] = (path, row[column["from"]] if row else origin,
                         row[column["source_path"]].lstrip("/") if row else "", row[column["match"]] if row else "")
            if path in want:
                want[path] = seen(want[path], os.path.join(at, name))
if matches:
    sys.exit("copied-in has files that from/ has not: " + " ".join(sorted(matches)))
bad = [("-", want[p]) for p in want if has.get(p) != want[p]] + [("+", has[p]) for p in has if want.get(p) != has[p]]
for sign, row in sorted(bad, key=lambda b: (b[1][0], b[0] == "+")):
    print(sign + "\t".join(row))
sys.exit(len(bad) > 0)
P

# Σ bytes of the stages report = Σ sizes of the visible files, hard links once = du over from/*.
adds_up() { # directory of the image
	local files report links du
	files=$(find "$1/rootfs" -type f -printf '%i %s\n' | sort -u | awk '{ n += $2 } END { print n + 0 }')
	links=$(find "$1/rootfs" -type l -printf '%i %s\n' | sort -u | awk '{ n += $2 } END { print n + 0 }')
	report=$(python3 -c 'import json, sys; print(sum(r["bytes"] for r in json.load(open(sys.argv[1]))["rows"]))' "$1/report/stages.json")
	du=$(du -scb "$1"/from/*/ | tail -1 | cut -f1)
	[ "$report" -eq "$files" ] && [ "$du" -eq $((files + links)) ] || {
		echo "files $files and links $links, report $report, du $du"
		return 1
	}
}
truth() { # pattern, case, image, archive, index option...
	local name=$1 case=$2 image=$3 archive=$4 db=$scratch/$1.$2.db mnt=$scratch/mnt target
	shift 4
	rm -f "$db"*
	sfs index -q --db "$db" "$scratch/archives/$archive" "$@" >/dev/null && mnt_up "$mnt" --db "$db" || return 1
	target=$(sfs stages -q --db "$db" "$image" --format tsv | awk -F '\t' 'NR == 1 { for (i = 1; i <= NF; i++) if ($i == "target") c = i } NR > 1 && $c == "true" { print $2 }')
	sfs report -q --db "$db" "$image#$target" copied-in --format tsv >"$scratch/copied.tsv" &&
		python3 "$scratch/truth.py" "$patterns/$name.tsv" "$case" "$mnt/images/${image//\//+}/from" "$scratch/copied.tsv" &&
		adds_up "$mnt/images/${image//\//+}"
	target=$?
	mnt_down "$mnt" || return 1
	return "$target"
}
pattern() { # name, image, what the Dockerfile was built with
	local name=$1 image=$2 dockerfile=(--dockerfile "$patterns/$1.Dockerfile" "${@:3}")
	check "$name: an image of each stage" truth "$name" images "$image" "$name.buildkit.tar"
	check "$name: and the Dockerfile" truth "$name" dockerfile "$image" "$name.buildkit.tar" "${dockerfile[@]}"
	check "$name: by the classic builder, with the Dockerfile" truth "$name" classic "$image" "$name.classic.tar" "${dockerfile[@]}"
	check "$name: the final image and the Dockerfile" truth "$name" final "$image" "$name.final.tar" "${dockerfile[@]}"
	check "$name: by buildah, with the Dockerfile" truth "$name" buildah "localhost/$image" "$name.buildah.tar" "${dockerfile[@]}"
	check "$name: by buildah, an image of each stage" truth "$name" buildah-images "localhost/$image" "$name.buildah.tar"
	[ ! -e "$scratch/archives/$name.inline.tar" ] ||
		check "$name: images with inline caches" truth "$name" inline "$image" "$name.inline.tar"
}
pattern node-slim node-slim:latest
pattern go-scratch go-scratch:latest
pattern python-venv python-venv:runtime
pattern react-nginx react-nginx:latest
pattern parallel parallel:final
pattern external external:latest
pattern arg-from arg-from:final --build-arg NODE=20 --build-arg FLAVOUR=prod
pattern numeric numeric:latest
pattern pipeline pipeline:production
pattern mapped mapped:runtime
pattern changed changed:latest
finish
