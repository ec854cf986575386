#!/usr/bin/env bash
# `diff` against the difference of two trees that umoci unpacked; `tree` and `build --print` against hand-checked text.
. "$TESTS/lib/tap.sh"
export STAGEFS_DB=$scratch/index.db
golden=$TESTS/fixtures/golden/webapp.docker-buildkit.webapp
sfs index -q "$(fixture webapp.docker-buildkit.tar)" >/dev/null

# What differs between two golden trees, in the marks of `diff`. Times and sizes of directories do not count.
umoci_difference() {
	python3 - "$@" <<'E'
import sys
PATH, TYPE, SIZE, TIME, LINKED = 0, 1, 5, 6, 11
def tree(name):
    entries = {}
    for line in open(name):
        row = line.rstrip("\n").split("\t")
        left_out = {PATH, TIME, LINKED} | ({SIZE} if row[TYPE] == "d" else set())
        entries["/" + row[PATH]] = [f for i, f in enumerate(row) if i not in left_out]
    return entries
a, b = map(tree, sys.argv[1:])
for path in a.keys() | b.keys():
    if a.get(path) != b.get(path):
        print("-" if path not in b else "+" if path not in a else "~", path)
E
}
marks() { sed -nE 's|^([-+~]) +[0-9.]+ [kMGT]?B  (/.*[^/])/?$|\1 \2|p' | LC_ALL=C sort; }
differs() { # A, B
	umoci_difference "${golden}_$1.expected.tsv" "${golden}_$2.expected.tsv" | LC_ALL=C sort >"$scratch/want"
	sfs diff "webapp:$1" "webapp:$2" >"$scratch/out"
	[ $? -eq 1 ] && marks <"$scratch/out" | diff "$scratch/want" - && [ -s "$scratch/want" ]
}
check "diff names what differs between umoci's trees, exit 1" differs build production
check "and the other way round" differs production build
same() { out=$(sfs diff webapp:build webapp:build) && [ -z "$(marks <<<"$out")" ]; }
check "an image does not differ from itself, exit 0" same
unknown() { sfs diff webapp:build nope 2>"$scratch/e"; [ $? -eq 2 ] && [ "$(wc -l <"$scratch/e")" -eq 1 ]; }
check "an unknown image: one line, exit 2" unknown

# Checked by hand: build adds two layers to deps, test one to build; production shares no layers but the base's.
cat >"$scratch/tree" <<'E'
webapp:deps  2.09 MB in 4 layers; 0 B unique, 2.09 MB shared
  webapp:build  +24.0 kB in 2 layers; 0 B unique, 2.12 MB shared
    webapp:test  +58 B in 1 layer; 58 B unique, 2.12 MB shared
webapp:production  2.02 MB in 7 layers; 37.9 kB unique, 1.98 MB shared
E
tree() { sfs tree | diff "$scratch/tree" -; }
check "tree: which image stands on which" tree

of_a_stage() {
	sfs index -q --dockerfile "$TESTS/fixtures/dockerfiles/webapp.Dockerfile" "$(fixture webapp.docker-buildkit.tar)" >/dev/null &&
		sfs diff webapp:build 'webapp:production#build'
}
check "a stage is the image that was built of it" of_a_stage

mkdir "$scratch/context"
cat >"$scratch/context/Dockerfile" <<'E'
FROM base AS deps
RUN true
FROM deps AS build
RUN true
FROM base
COPY --from=build /out /out
E
cat >"$scratch/commands" <<E
docker build --target=deps --tag=app:deps $scratch/context
docker build --target=build --tag=app:build $scratch/context
docker build --tag=app:latest $scratch/context
docker save app:deps app:build app:latest | stagefs index --dockerfile=$scratch/context/Dockerfile -
E
printed() { sfs build --print --engine docker -t app "$scratch/context" | diff "$scratch/commands" -; }
check "build --print: one build a stage, then all of them saved and indexed" printed
finish
