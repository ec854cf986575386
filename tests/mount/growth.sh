#!/usr/bin/env bash
# What is indexed while the whole index is mounted appears by itself; what is removed goes; reports follow.
. "$TESTS/lib/tap.sh"
db=$scratch/index.db mnt=$scratch/mnt
sfs index -q --db "$db" "$(fixture whiteouts.oci.tar)" >/dev/null
mnt_up "$mnt" --db "$db"
within_two_seconds() {
	local end=$(($(date +%s%N) + 2000000000))
	while ! "$@" 2>/dev/null; do
		[ "$(date +%s%N)" -lt $end ] || return 1
		sleep 0.05
	done
}
listed() { ls "$1" | grep -qx "$2"; }
not() { ! "$@"; }

# The kernel now knows the listings, and that these names are not there.
ls "$mnt/images" "$mnt/layers" "$mnt/.stagefs/steps" "$mnt/reports/images" >/dev/null
ls "$mnt/images/webapp:production" 2>/dev/null
before=$(stat -c %Y.%y "$mnt/images")
layers=$(ls "$mnt/layers" | wc -l)
exec 7<"$mnt/reports/images.tsv"
sum=$(sha256sum <"$mnt/reports/images.tsv")
ino=$(stat -c %i "$mnt/reports/images.tsv")

grow() { sfs index -q --db "$db" "$(fixture webapp.docker-buildkit.tar)" >/dev/null && within_two_seconds listed "$mnt/images" webapp:production; }
check "an image indexed beside the mount is listed within two seconds" grow
by_name() { within_two_seconds test -d "$mnt/images/webapp:production/rootfs/app"; }
check "a name that was not there is found" by_name
elsewhere() { within_two_seconds listed "$mnt/.stagefs/steps" webapp:production && within_two_seconds listed "$mnt/reports/images" webapp:production; }
check "it is in steps and reports too" elsewhere
more_layers() { [ "$(ls "$mnt/layers" | wc -l)" -gt "$layers" ]; }
check "its layers are in layers/" more_layers
newer() { [ "$(stat -c %Y.%y "$mnt/images")" != "$before" ]; }
check "the directory's mtime has changed" newer
reads() { cat "$mnt/images/webapp:production/rootfs/app/package.json" >/dev/null; }
check "its files can be read" reads
report_grew() { grep -q webapp:production "$mnt/reports/images.tsv"; }
check "the report names it" within_two_seconds report_grew
new_inode() { [ "$(stat -c %i "$mnt/reports/images.tsv")" != "$ino" ]; }
check "the new report is another inode" new_inode
old_bytes() { [ "$(sha256sum <&7)" = "$sum" ]; }
check "a reader of the old report reads the old bytes" old_bytes
exact() { for f in "$mnt"/reports/*.tsv "$mnt"/reports/images/*/*.*; do [ "$(stat -c %s "$f")" -eq "$(wc -c <"$f")" ] || return 1; done; }
check "the size of every report is the number of its bytes" exact

gone() { sfs rm --db "$db" webapp:production && within_two_seconds not listed "$mnt/images" webapp:production && within_two_seconds not test -e "$mnt/images/webapp:production"; }
check "a removed image is gone within two seconds" gone
other() { ls -R "$mnt/images/whiteouts:latest/rootfs" >/dev/null; }
check "others are not disturbed" other
exec 7<&-
finish
