#!/usr/bin/env bash
# kill -9 of the whole process group at random moments of an index run, then a re-run: sound index, right rows.
. "$TESTS/lib/tap.sh"
seed=${STAGEFS_TEST_SEED:-$RANDOM}
RANDOM=$seed
echo "# seed $seed"
archives=("$(fixture webapp.docker-buildkit.tar)" "$(fixture webapp.skopeo-zstd.tar)" "$(fixture whiteouts.oci.tar)")
rows="select l.diff_id, e.parent, hex(e.name), e.kind, e.mode, e.size, hex(e.sha256) from entry e join layer l on l.id = e.id >> 24 order by 1, e.id & 16777215"

sfs index -q --db "$scratch/ref.db" "${archives[@]}" >/dev/null
sqlite3 "$scratch/ref.db" "$rows" >"$scratch/want"

start=$(date +%s%N)
sfs index -q --db "$scratch/time.db" "${archives[@]}" >/dev/null
full=$(($(date +%s%N) - start))

one_round() { # number
	local db=$scratch/k$1.db delay pid
	delay=$(python3 -c "print($RANDOM / 32768 * $full * 1.1 / 1e9)")
	setsid "$STAGEFS" index -q --db "$db" "${archives[@]}" >/dev/null 2>&1 &
	pid=$!
	sleep "$delay"
	kill -9 -- "-$pid" 2>/dev/null
	wait "$pid" 2>/dev/null
	if [ -e "$db" ] && [ -s "$db" ]; then
		[ "$(sqlite3 "$db" 'PRAGMA integrity_check')" = ok ] || { echo "after $delay s: integrity"; return 1; }
	fi
	sfs index -q --db "$db" "${archives[@]}" >/dev/null || return 1
	[ "$(sqlite3 "$db" 'PRAGMA integrity_check; PRAGMA foreign_key_check')" = ok ] || return 1
	sqlite3 "$db" "$rows" | cmp - "$scratch/want"
}
for i in 1 2 3 4 5 6 7 8 9 10; do check "kill $i" one_round $i; done
finish
