#!/usr/bin/env bash
# duplicates/: a link to each stored copy of what is stored more than once.
. "$TESTS/lib/tap.sh" || exit
export STAGEFS_DB=$scratch/index.db
mnt=$scratch/mnt
sfs index -q "$(fixture webapp.docker-buildkit.tar)" >/dev/null
mnt_up "$mnt"
groups() { # the names that the report gives rise to: size and hash of groups of 4 KiB and more
	sfs report --index duplicates | awk -F'\t' 'NR > 1 && $10 == 1 && $3 >= 4096 { print $3 "-" substr($9, 1, 8) "-" }' | sort
}
same_groups() { groups >"$scratch/want" && [ -s "$scratch/want" ] && ls "$mnt/duplicates/" | sed 's/^\([0-9]*-[0-9a-f]*-\).*/\1/' | sort | diff "$scratch/want" -; }
check "the groups of the report, from 4 KiB on" same_groups
# Every link leads to a file of the size and the hash that its directory is called after.
true_links() {
	local dir link n=0 name
	for dir in "$mnt"/duplicates/*/; do
		name=$(basename "$dir")
		[ "$(ls "$dir" | wc -l)" -ge 2 ] || return 1
		for link in "$dir"*; do
			[ -L "$link" ] && [ "$(stat -Lc %s "$link")" = "${name%%-*}" ] && cmp "$dir"1-* "$link" || return 1
			case $(realpath "$link") in "$mnt"/images/* | "$mnt"/stages/*) ;; *) return 1 ;; esac
			[ "$(getfattr --only-values -n user.stagefs.xxh128 "$link" 2>/dev/null | head -c 8)" = "$(echo "$name" | cut -d- -f2)" ] || return 1
			n=$((n + 1))
		done
	done
	[ $n -ge 2 ]
}
check "each link leads to a copy inside the mount: its size, its bytes, its hash" true_links
copies_agree() { diff <(find "$mnt/duplicates/" -type l | wc -l) <(sfs report --index duplicates | awk -F'\t' 'NR > 1 && $3 >= 4096' | wc -l); }
check "as many links as the report has copies" copies_agree
hidden() { ! find "$mnt" | grep -F .stagefs && ! find "$mnt" | grep -q vendor.js/ && [ -L "$mnt/duplicates" ]; }
check "a walk of the mount does not see them" hidden
own() { [ "$(stat -Lc %u:%g:%a "$mnt/duplicates")" = "$(stat -c %u:%g:%a "$mnt/images")" ]; }
check "owner and mode are those of the mount" own

ls "$mnt/duplicates/" >/dev/null
before=$(stat -Lc %i "$mnt/duplicates")
follows() {
	local end=$(($(date +%s) + 3))
	sfs index -q "$(fixture whiteouts.docker.tar)" >/dev/null || return
	until same_groups >/dev/null 2>&1; do
		[ "$(date +%s)" -lt $end ] || { same_groups; return 1; }
		sleep 0.1
	done
	[ "$(ls "$mnt/duplicates/" | wc -l)" -ge 2 ] && [ "$(stat -Lc %i "$mnt/duplicates")" != "$before" ]
}
check "they follow the index" follows
check "and the new ones are true" true_links
mnt_down "$mnt"

# A mount of some inputs shows duplicates among these.
mnt_up "$mnt" "$(fixture whiteouts.docker.tar)"
alone() { [ -d "$mnt/duplicates/" ] && ! ls "$mnt/duplicates/" | grep -q vendor.js; }
check "a mount of one input shows its own only" alone
again() { ls -lR "$mnt/duplicates/" >"$scratch/a" && mnt_down "$mnt" && mnt_up "$mnt" "$(fixture whiteouts.docker.tar)" && ls -lR "$mnt/duplicates/" | diff "$scratch/a" -; }
check "another mount of the same index is the same" again
finish
