# Sourced by the shell tests: TAP output, a scratch directory, clean-up at every exit.
#
#   check NAME COMMAND...   passes if COMMAND exits 0; its output is shown if not
#   skip NAME WHY           counts NAME as left out
#   scratch                 the path of a fresh directory
#   fixture NAME            the path of an archive of tests/fixtures/images.tar.xz or documents.tar.xz,
#                           unpacked once
#   sfs ARG...              the stagefs under test
#   mnt_up DIR [ARG...]     mounts (ARG... as for `stagefs mount`) and remembers to unmount
#   finish                  prints the plan; the exit status of the test
# Environment: STAGEFS (the binary), TESTS (the tests/ directory).
set -u
: "${STAGEFS:?the stagefs binary}" "${TESTS:?the tests directory}"
tap_n=0 tap_bad=0 tap_mounts=()
scratch=$(mktemp -d "${TMPDIR:-/tmp}/stagefs-test.XXXXXX")
chmod 755 "$scratch"
export XDG_CACHE_HOME="$scratch/cache" XDG_DATA_HOME="$scratch/data"

tap_cleanup() {
	local m
	cd /
	for m in "${tap_mounts[@]}"; do
		mountpoint -q "$m" 2>/dev/null && { fusermount3 -u "$m" 2>/dev/null || umount -l "$m" 2>/dev/null; }
	done
	rm -rf "$scratch"
}
trap tap_cleanup EXIT
trap 'exit 1' INT TERM

sfs() { "$STAGEFS" "$@"; }

check() {
	local name=$1
	shift
	tap_n=$((tap_n + 1))
	if "$@" >"$scratch/.out" 2>&1; then
		echo "ok $tap_n - $name"
	else
		tap_bad=$((tap_bad + 1))
		echo "not ok $tap_n - $name"
		head -c 4000 "$scratch/.out" | sed 's/^/# /' | head -40
	fi
}

skip() {
	tap_n=$((tap_n + 1))
	echo "ok $tap_n - $1 # SKIP $2"
}

fixture() {
	if [ ! -d "$scratch/fixtures" ]; then
		mkdir "$scratch/fixtures"
		tar -xJf "$TESTS/fixtures/images.tar.xz" -C "$scratch/fixtures"
		tar -xJf "$TESTS/fixtures/documents.tar.xz" -C "$scratch/fixtures"
	fi
	echo "$scratch/fixtures/$1"
}

mnt_up() {
	local dir=$1
	shift
	tap_mounts+=("$dir")
	sfs mount -q "$@" "$dir"
}

mnt_down() { sfs umount "$1"; }

# The index as text, without what may differ after a refused run.
dump() { [ ! -e "$1" ] || sqlite3 "$1" .dump | grep -v '^INSERT INTO sqlite_sequence\|^DELETE FROM sqlite_sequence'; }

finish() {
	echo "1..$tap_n"
	exit $((tap_bad > 0))
}
