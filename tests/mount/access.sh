#!/usr/bin/env bash
# Who may enter a mount, and what modes then mean.
. "$TESTS/lib/tap.sh" || exit
db=$scratch/index.db mnt=$scratch/mnt
python3 - "$scratch/modes.tar" <<'P'
import io, sys, tarfile
with tarfile.open(sys.argv[1], "w") as t:
    for name, mode, uid in ("open", 0o644, 0), ("closed", 0o600, 0), ("theirs", 0o600, 65534), ("root/inside", 0o644, 0):
        if "/" in name:
            d = tarfile.TarInfo("root")
            d.type, d.mode = tarfile.DIRTYPE, 0o700
            t.addfile(d)
        f = tarfile.TarInfo(name)
        f.mode, f.uid, f.size = mode, uid, 5
        t.addfile(f, io.BytesIO(b"text\n"))
P
sfs index -q --db "$db" --layer "$scratch/modes.tar" >/dev/null
root=$mnt/images/modes/rootfs

# Another user than the one who mounts: nobody, if that is root.
other() { setpriv --reuid=65534 --regid=65534 --clear-groups -- "$@"; }
# The command fails with this message and prints nothing else.
denied() {
	"$@" >"$scratch/o" 2>"$scratch/e" && return 1
	cat "$scratch/e"
	[ ! -s "$scratch/o" ] && grep -q 'Permission denied\|Operation not permitted' "$scratch/e"
}
up() { mnt_up "$mnt" --db "$db" "$@"; }
down() { mnt_down "$mnt"; }

as_root() {
	up
	owner() { [ "$(cat "$root/closed" "$root/root/inside")" = "$(printf 'text\ntext')" ]; }
	check "root reads what only root may" owner
	shut_out() { denied other ls "$mnt" && denied other cat "$root/open"; }
	check "another user may not enter" shut_out
	down

	up -o allow_other
	let_in() { [ "$(other cat "$root/open")" = text ] && other ls "$mnt" | grep -qx images; }
	check "-o allow_other: another user reads" let_in
	theirs() { [ "$(other cat "$root/theirs")" = text ]; }
	check "and what is that user's in the image" theirs
	enforced() { denied other cat "$root/closed" && denied other ls "$root/root" && denied other cat "$root/root/inside"; }
	check "but not past the modes in the image" enforced
	views() { denied other cat "$(echo "$mnt"/layers/*/closed)" && [ "$(other cat "$(echo "$mnt"/layers/*/open)")" = text ]; }
	check "nor past those of a layer" views
	facts() { other cat "$mnt/README" >/dev/null && other cat "$mnt/reports/images.tsv" | grep -q '^modes'; }
	check "README and reports are for everybody" facts
	down
}

# fusermount3 asks /etc/fuse.conf. Without allow_other modes are not enforced: who mounts can read the archive anyway.
as_user() {
	up
	all() { [ "$(cat "$root/open" "$root/closed" "$root/root/inside" | sort -u)" = text ]; }
	check "who mounts reads everything" all
	down
	asked() {
		if grep -qs '^[[:space:]]*user_allow_other' /etc/fuse.conf; then
			up -o allow_other && [ "$(cat "$root/open")" = text ] && denied cat "$root/closed" && down
		else
			up -o allow_other 2>"$scratch/e"
			[ $? -eq 2 ] && [ "$(wc -l <"$scratch/e")" -eq 1 ] && grep -q user_allow_other "$scratch/e" && [ ! -e "$mnt" ]
		fi
	}
	check "-o allow_other as /etc/fuse.conf says; refused in one line" asked
}

if [ "$(id -u)" -eq 0 ]; then as_root; else as_user; fi
finish
