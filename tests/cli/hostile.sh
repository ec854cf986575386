#!/usr/bin/env bash
# Odd and hostile archives: the verdict of each equals its manifest; refusals are one line and leave the index as it was.
. "$TESTS/lib/tap.sh"
for set in layers images; do
	mkdir "$scratch/$set"
	tar -xJf "$TESTS/fixtures/hostile-$set.tar.xz" -C "$scratch/$set"
done
sfs index -q --db "$scratch/base.db" "$(fixture multiarch.buildkit.tar)" >/dev/null

verdict() { # archive verdict [--layer]
	local db=$scratch/v.db status before
	cp "$scratch/base.db" "$db"
	before=$(dump "$db")
	sfs index -q --db "$db" ${3:-} "$1" >"$scratch/stdout" 2>"$scratch/stderr"
	status=$?
	cat "$scratch/stderr"
	case $2 in
	exact | skip) [ $status -eq 0 ] || { echo "exit $status, not 0"; return 1; } ;;
	refuse) [ $status -eq 2 ] || { echo "exit $status, not 2"; return 1; } ;;
	either) [ $status -eq 0 ] || [ $status -eq 2 ] || { echo "exit $status"; return 1; } ;;
	*) echo "unknown verdict $2"; return 1 ;;
	esac
	if [ $status -eq 2 ]; then
		[ "$(wc -l <"$scratch/stderr")" -eq 1 ] || { echo "not one line"; return 1; }
		[ "$before" = "$(dump "$db")" ] || { echo "the index changed"; return 1; }
		return 0
	fi
	# A skipped entry is told of; its neighbours are there.
	if [ -n "${3:-}" ] && [ "$2" = skip ]; then
		sfs report --db "$db" "$(head -1 "$scratch/stdout")" findings --format tsv | tail -n +2 | grep -q . || { echo "no finding"; return 1; }
	fi
	if [ -n "${3:-}" ] && grep -aq ok-before "$1"; then
		[ "$(sfs cat --db "$db" "$(head -1 "$scratch/stdout")" ok-before)" = before ] || { echo "ok-before is lost"; return 1; }
	fi
	if LC_ALL=C grep -q "[$(printf '\001-\010\013-\037\177')]" "$scratch/stdout" "$scratch/stderr"; then echo "control bytes"; return 1; fi
}
while IFS="$(printf '\t')" read -r file verdict _; do
	[ -f "$scratch/layers/$file" ] && check "$file: $verdict" verdict "$scratch/layers/$file" "$verdict" --layer
done <"$scratch/layers/MANIFEST.tsv"
while IFS="$(printf '\t')" read -r file verdict _; do
	check "$file: $verdict" verdict "$scratch/images/$file" "$verdict"
done <"$scratch/images/MANIFEST.tsv"
finish
