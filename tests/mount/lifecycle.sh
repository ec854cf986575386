#!/usr/bin/env bash
# How mounts come and go: created mount points, busy and dead ones, signals, exec, read-only-ness.
. "$TESTS/lib/tap.sh"
fixture x >/dev/null
db=$scratch/index.db mnt=$scratch/mnt
sfs index -q --db "$db" "$(fixture webapp.docker-buildkit.tar)" >/dev/null
driver() { pgrep -f "^$STAGEFS mount .*$mnt\$" | head -1; }
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
dead() { mnt_up "$mnt" --db "$db" && kill -9 "$(driver)" && wait_for not ls "$mnt" && sfs umount "$mnt" && not mounted; }
check "umount clears a mount whose driver was killed" dead
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
many() {
	local i
	for i in $(seq 20); do mnt_up "$mnt" --db "$db" && ls "$mnt/images" >/dev/null && sfs umount "$mnt" || return 1; done
	not mounted && [ -z "$(driver)" ]
}
check "twenty mounts leave nothing" many
finish
