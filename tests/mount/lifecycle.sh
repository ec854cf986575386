#!/usr/bin/env bash
# How mounts come and go: created mount points, busy and dead ones, signals, exec, read-only-ness.
. "$TESTS/lib/tap.sh"
fixture x >/dev/null
db=$scratch/index.db mnt=$scratch/mnt
sfs index -q --db "$db" "$(fixture webapp.docker-buildkit.tar)" >/dev/null
driver() { pgrep -f "^$STAGEFS mount .*$mnt\$" | head -1; }
gone() { [ -z "$(driver)" ]; }
mounted() { mountpoint -q "$mnt"; }
wait_for() { # up to five seconds for a command to succeed
	local i
	for i in $(seq 50); do "$@" 2>/dev/null && return 0; sleep 0.1; done
	return 1
}
not() { ! "$@"; }

created() { [ ! -e "$mnt" ] && mnt_up "$mnt" --db "$db" && [ -d "$mnt/images" ]; }
check "the mount point is created" created
again() { sfs mount --db "$db" "$mnt" 2>"$scratch/e"; [ $? -eq 2 ] && [ "$(wc -l <"$scratch/e")" -eq 1 ]; }
check "mounting over a mount is refused in one line" again
options() { grep " $mnt fuse.stagefs " /proc/self/mounts | grep -q ' ro,nosuid,nodev'; }
check "ro,nosuid,nodev" options
erofs() { python3 "$TESTS/lib/erofs" "$mnt/images/webapp:production/rootfs"; }
check "every mutating call answers EROFS" erofs
busy() { (cd "$mnt/images" && sfs umount "$mnt" 2>"$scratch/e"; [ $? -eq 2 ]) && [ "$(wc -l <"$scratch/e")" -eq 1 ] && mounted; }
check "a busy mount is not unmounted, in one line" busy
removed() { sfs umount "$mnt" && wait_for not test -e "$mnt"; }
check "umount removes the mount point it created" removed
kept() { mkdir "$mnt" && mnt_up "$mnt" --db "$db" && sfs umount "$mnt" && [ -d "$mnt" ]; }
check "and keeps one that was there" kept
term() { mnt_up "$mnt" --db "$db" && kill -TERM "$(driver)" && wait_for not mounted; }
check "SIGTERM unmounts" term
signals() {
	local signal
	for signal in INT HUP; do mnt_up "$mnt" --db "$db" && kill -$signal "$(driver)" && wait_for not mounted || { echo $signal; return 1; }; done
}
check "and so do SIGINT and SIGHUP" signals
term_busy() { mnt_up "$mnt" --db "$db" && (cd "$mnt/images" && kill -TERM "$(driver)" && wait_for not mounted && wait_for gone); }
check "SIGTERM unmounts also what is in use" term_busy
others() { # by other means than ours: the driver ends, and removes the mount point that it created
	rmdir "$mnt" && mnt_up "$mnt" --db "$db" && fusermount3 -u "$mnt" && wait_for not test -e "$mnt" && wait_for gone
}
check "fusermount3 -u ends the driver" others
at_once() { # while the kernel still has the attributes of the root
	mnt_up "$mnt" --db "$db" && ls -l "$mnt/images" >/dev/null && (cd "$mnt/images" && kill -9 "$(driver)" && wait_for gone && mnt_up "$mnt" --db "$db") &&
		[ -d "$mnt/images/webapp:build" ] && sfs umount "$mnt"
}
check "mount takes the place of a driver killed just now" at_once
dead() { mnt_up "$mnt" --db "$db" && kill -9 "$(driver)" && wait_for not ls "$mnt" && sfs umount "$mnt" && not mounted; }
check "umount clears a mount whose driver was killed" dead
dead_busy() {
	mnt_up "$mnt" --db "$db" && (cd "$mnt/images" && kill -9 "$(driver)" && wait_for not ls "$mnt" && sfs umount "$mnt" && not mounted)
}
check "also one that somebody is in" dead_busy
dead_again() { mnt_up "$mnt" --db "$db" && kill -9 "$(driver)" && wait_for not ls "$mnt" && mnt_up "$mnt" --db "$db" && [ -d "$mnt/images" ]; }
check "and so does mount" dead_again
sfs umount "$mnt"
status() { mkdir -p "$scratch/tmp"; TMPDIR=$scratch/tmp sfs exec --db "$db" "$(fixture webapp.docker28.tar)" -- sh -c 'test -d images/webapp:production && exit 7'; [ $? -eq 7 ]; }
check "exec runs inside a private mount and passes the status on" status
leaves_nothing() { [ -z "$(ls -A "$scratch/tmp")" ] && ! grep -q " $scratch/tmp/" /proc/self/mounts; }
check "and leaves none behind" leaves_nothing
foreground() {
	"$STAGEFS" mount -f --db "$db" "$mnt" &
	local pid=$!
	wait_for mounted && kill -TERM "$pid"
	wait "$pid"
	not mounted
}
check "-f serves in the foreground until a signal" foreground
filtered() { mnt_up "$mnt" --db "$db" "$(fixture whiteouts.oci.tar)" && [ "$(ls "$mnt/images")" = whiteouts:latest ] && sfs umount "$mnt"; }
check "mount INPUT shows that input's images" filtered
content() {
	mnt_up "$mnt" --db "$db" -o inodes=content && find "$mnt/layers" -samefile "$(find "$mnt/layers" -name index.js -path '*left-pad*' | head -1)" | wc -l | grep -qvx 0 && sfs umount "$mnt"
}
check "-o inodes=content lets find -samefile list copies" content
refused() { sfs mount --db "$db" -o suid "$mnt" 2>"$scratch/e"; [ $? -eq 2 ]; }
check "-o suid is refused" refused

# What a driver holds.
held() { ls "/proc/$(driver)/fd" | wc -l; }
use() {
	find "$mnt" -type f -exec cat {} + >/dev/null && du -s "$mnt" >/dev/null && cat "$mnt/.stagefs/reports/images/"*/*.tsv >/dev/null
	cat "$mnt/images/webapp:build/missing" "$mnt/layers/none/x" 2>/dev/null
	find "$mnt/.stagefs/steps/" -type f -exec cat {} + >/dev/null
}
no_growth() {
	local before after i
	mnt_up "$mnt" --db "$db" && use && before=$(held) || return
	for i in 1 2 3; do use || return; done
	after=$(held)
	[ "$after" -le "$before" ] || { echo "$before descriptors, then $after"; return 1; }
}
check "reading all of a mount again takes no more descriptors" no_growth
not_ours() { # of the descriptors this test has, above the standard three, and of its pipes and files, the driver keeps none
	local mine=$scratch/inherited pid
	sfs umount "$mnt" && exec 9>"$mine" && mnt_up "$mnt" --db "$db" || return
	exec 9>&-
	pid=$(driver)
	! readlink "/proc/$pid"/fd/* | grep -Fx "$mine" && [ "$(readlink "/proc/$pid/fd/0" "/proc/$pid/fd/1" | sort -u)" = /dev/null ] &&
		[ "$(readlink "/proc/$pid/cwd")" = / ]
}
check "the driver keeps nothing of whoever started it" not_ours
pipe_ends() { # as in $(...): the reader must not wait for the driver
	sfs umount "$mnt"
	[ "$(timeout 20 "$STAGEFS" mount -q --db "$db" "$mnt" 2>&1 | wc -c)" -eq 0 ] && mounted && sfs umount "$mnt"
}
check "a pipe from mount ends when mount returns" pipe_ends

# Two hundred mounts of one index, four at a time; half as many where each needs fusermount3 too.
cycles=200
[ "$(id -u)" -eq 0 ] || cycles=100
state() { # what might be left behind: mounts, drivers, mount points, files
	grep -c " $scratch/" /proc/self/mounts
	pgrep -fc "^$STAGEFS mount .*$scratch"
	ls -A "$scratch" "$scratch/cache" "$scratch/data" 2>/dev/null
}
lane() {
	local i at=$scratch/lane$1
	for i in $(seq $((cycles / 4))); do
		mnt_up "$at" --db "$db" && [ -d "$at/images/webapp:test" ] && sfs umount "$at" || { echo "lane $1, cycle $i"; return 1; }
	done
}
many() {
	local before lanes=() pid bad=0
	before=$(state)
	for i in 1 2 3 4; do lane $i & lanes+=($!); done
	for pid in "${lanes[@]}"; do wait "$pid" || bad=1; done
	[ $bad -eq 0 ] && wait_for eval '[ "$before" = "$(state)" ]' || { diff <(echo "$before") <(state); return 1; }
}
check "$cycles mounts leave no mount, process or file" many
finish
