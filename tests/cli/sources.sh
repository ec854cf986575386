#!/usr/bin/env bash
# The promises of the source tree itself: a test for every file, dependencies one way, each library in its one place.
. "$TESTS/lib/tap.sh"
cd "$TESTS/.." || exit

untested() {
	local source folder
	for source in index/*/*.c fs/*.c; do
		folder=$(basename "$(dirname "$source")")
		[ -e "tests/unit/$folder/test_$(basename "$source")" ] || echo "$source"
	done
}
tested() {
	# An engine of io/inflate.h is tested by test_inflate.c, built once for each.
	diff <(untested) <(printf '%s\n' index/io/inflate_isal.c index/io/inflate_zlib.c) &&
		grep -q "'io/inflate_' + engine" tests/unit/io/meson.build
}
check "every file of index/ and fs/ has a unit test" tested

# folder: the folders whose headers it may include besides its own
cat >"$scratch/may" <<'E'
util
io util
tar util
archive io tar util
store io util
model store util
content io store util
ingest archive content io model store tar util
report model store util
E
one_way() {
	local bad=0 folder allowed
	while read -r folder allowed; do
		allowed=${allowed// /|}
		grep -nE '^#include "[a-z]+/' index/"$folder"/*.[ch] | grep -vE "#include \"($folder${allowed:+|$allowed})/" && bad=1
	done <"$scratch/may"
	grep -nE '^#include "(archive|tar|ingest|io|tools)/' fs/*.[ch] && bad=1
	[ $bad -eq 0 ] && [ "$(wc -l <"$scratch/may")" -eq "$(find index -mindepth 1 -maxdepth 1 -type d | wc -l)" ]
}
check "dependencies point one way" one_way

only_in() { # HEADER FOLDER...
	local header=$1
	shift
	! grep -rlF "#include <$header" index fs tools --include='*.[ch]' | grep -vE "^($(IFS='|'; echo "$*"))/"
}
check "SQLite only in index/store" only_in sqlite3.h index/store
check "libfuse only in fs" only_in fuse fs
check "libarchive only in index/tar" only_in archive index/tar
quiet() { ! grep -nE '\b(printf|puts|putchar|fprintf|perror|exit|abort)\(' index/*/*.c fs/*.c | grep -v '/\*'; }
check "no printing and no exit below tools/" quiet
finish
