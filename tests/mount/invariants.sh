#!/usr/bin/env bash
# Every number of every report against tests/lib/oracle.py, which reads the archives by itself: over all fixtures, the odd and
# hostile ones too, and over 200 random images. To see one of those again: tests/lib/random-image.py DIR --seed SEED --only N.
. "$TESTS/lib/tap.sh" || exit
seed=${STAGEFS_TEST_SEED:-$(od -An -N4 -tu4 /dev/urandom | tr -d ' ')}
fixture x >/dev/null
for set in layers images; do
	mkdir "$scratch/$set"
	tar -xJf "$TESTS/fixtures/hostile-$set.tar.xz" -C "$scratch/$set"
done

no_difference() { # a file of compare-mount: how many images were compared, then what differs
	[ "$(head -1 "$1")" -ge "$2" ] && ! tail -n +2 "$1" | grep . || { head -1 "$1"; return 1; }
}
compare() { # what, at least how many images, arguments for compare-mount
	local what=$1 least=$2 property
	shift 2
	check "$what: compared" python3 "$TESTS/lib/compare-mount" "$mnt" "$scratch/differences" "$@"
	for property in "$scratch"/differences/*; do
		check "$what: $(basename "$property")" no_difference "$property" "$least"
	done
	rm -rf "$scratch/differences"
}
# The bytes of the file in the mount, by way of the command; JSON that others accept.
printed() { # image report format
	sfs report --db "$db" "$1" "$2" --format "$3" >"$scratch/printed" || return
	cmp "$scratch/printed" "$mnt/.stagefs/reports/images/$1/$2.$3" || return
	[ "$3" != json ] || { python3 -m json.tool "$scratch/printed" >"$scratch/again" && jq -e 'has("schema") and has("rows")' "$scratch/printed" >"$scratch/again"; }
}
all_printed() { # images
	local image file report n=0
	for image in "$@"; do
		for file in "$mnt/.stagefs/reports/images/$image"/*.{tsv,json}; do
			report=$(basename "$file")
			printed "$image" "${report%.*}" "${report##*.}" || { echo "$image $report"; return 1; }
			n=$((n + 1))
		done
	done
	[ $n -ge 10 ]
}
accepted_by_jq() { # every JSON document at once: a stream of values
	local values files
	files=$(find "$mnt/.stagefs/reports/" -name '*.json' | wc -l)
	values=$(find "$mnt/.stagefs/reports/" -name '*.json' -exec cat {} + | jq -e 'select(.schema | startswith("stagefs/")) | 1' | wc -l)
	[ "$files" -gt 50 ] && [ "$values" -eq "$files" ] || { echo "$values of $files"; return 1; }
}
well_formed() { # what, images whose reports are printed, too
	check "$1: every report is what its format says" python3 "$TESTS/lib/check-reports" "$mnt"
	check "$1: jq accepts every JSON report" accepted_by_jq
	shift
	[ $# -eq 0 ] || check "stagefs report prints the files of $*" all_printed "$@"
}
mounted() { # name ARG...: indexes ARG... into a new index and mounts all of it
	mnt=$scratch/mnt-$1 db=$scratch/$1.db
	shift
	sfs index -q --db "$db" "$@" >/dev/null && mnt_up "$mnt" --db "$db"
}

images=$(find "$scratch/fixtures" -name '*.tar' | sort)
check "index and mount the fixtures" mounted fixtures $images
mnt=$scratch/mnt-fixtures db=$scratch/fixtures.db
compare "fixtures" 20 $images
well_formed "fixtures" webapp:production whiteouts:latest
check "unmount" mnt_down "$mnt"

# Python's tarfile reads these otherwise: it ends at a number or a block it does not like, takes what a global header says for
# a file's own, or refuses the gzip stream; the paths of the last two are longer than its os functions take.
exact() { # names of a set that are read as they are
	awk -F'\t' -v dir="$scratch/$1/" '$2 == "exact" { print dir $1 }' "$scratch/$1/MANIFEST.tsv"
}
layers=$(exact layers | grep -v -e '/uid-huge\.' -e '/frame-zero-mid\.' -e '/size-pax-global\.' -e '/pax-global-path\.' \
	-e '/pax-path-empty\.' -e '/gz-garbage\.' -e '/path-5000\.' -e '/name-longlink-64k\.')
check "index and mount the odd layers" mounted layers --layer $(exact layers)
mnt=$scratch/mnt-layers db=$scratch/layers.db
compare "odd layers" 90 --layers $layers
well_formed "odd layers" name-newline name-ctrl name-tab-quote name-rtl name-latin1
check "unmount" mnt_down "$mnt"

images=$(exact images)
check "index and mount the odd images" mounted odd $images
mnt=$scratch/mnt-odd db=$scratch/odd.db
compare "odd images" 20 $images
well_formed "odd images"
check "unmount" mnt_down "$mnt"

check "make random images, seed $seed" python3 "$TESTS/lib/random-image.py" "$scratch/random" --seed "$seed" --images 200
check "index and mount the random images" mounted random "$scratch"/random/*.tar
mnt=$scratch/mnt-random db=$scratch/random.db
compare "random images, seed $seed" 200 "$scratch"/random/*.tar --all
well_formed "random images, seed $seed" random:000
check "unmount" mnt_down "$mnt"
finish
