#!/usr/bin/env bash
# Small archives that are large inside, made here: their verdicts, and the bars of time and memory for any hostile input:
# 5 seconds, 256 MiB; half a gigabyte behind gzip costs at most 64 MiB more than a file of a kilobyte.
. "$TESTS/lib/tap.sh" || exit
db=$scratch/index.db
made=$scratch/made
mkdir "$made"
half=$((512 * 1024 * 1024))
# A sanitizer's own quarantine is no use of ours.
export ASAN_OPTIONS="${ASAN_OPTIONS:+$ASAN_OPTIONS:}quarantine_size_mb=1"

python3 - "$made" "$half" <<'P'
import gzip, io, subprocess, sys, tarfile, zlib
out, half = sys.argv[1], int(sys.argv[2])
MIB = bytes(1 << 20)

def member(name, data=b"", size=None):
    info = tarfile.TarInfo(name)
    info.size = len(data) if size is None else size
    return info.tobuf(tarfile.USTAR_FORMAT) + data + bytes(-len(data) % 512)

def write(name, parts):
    z = zlib.compressobj(6, zlib.DEFLATED, 31)
    with open(f"{out}/{name}", "wb") as f:
        for part in parts:
            f.write(z.compress(part))
        f.write(z.flush())

def zeros(n):
    for _ in range(n >> 20):
        yield MIB

END = bytes(1024)
before, after = member("ok-before", b"before"), member("ok-after", b"after")
write("small.tar.gz", [before, after, END])
write("zeros.tar.gz", [before, member("zeros", size=half), *zeros(half), after, END])
write("padding.tar.gz", [before, after, END, *zeros(half)])
write("entries.tar.gz", [before, *(member(f"e/{n:07}") for n in range(100000)), after, END])
write("duplicates.tar.gz", [before, *(member("again", b"%d" % n) for n in range(100000)), after, END])
write("deep.tar.gz", [before, *(member("/".join(["d"] * n) + "/f") for n in range(1, 100)), after, END])
# zstd goes far beyond gzip's 1032 to 1.
zstd = subprocess.Popen(["zstd", "-q", "-o", f"{out}/ratio.tar.zst"], stdin=subprocess.PIPE)
for part in [before, member("zeros", size=half), *zeros(half), after, END]:
    zstd.stdin.write(part)
zstd.stdin.close()
sys.exit(zstd.wait())
P

# index FILE [OPTION...]: the status; output, errors, seconds and MiB (of the largest process) in files of scratch.
index() {
	local file=$1
	shift
	python3 - "$scratch" "$STAGEFS" index -q --db "$db" --layer "$@" "$made/$file" <<'P'
import resource, subprocess, sys, time
scratch, command, start = sys.argv[1], sys.argv[2:], time.monotonic()
with open(scratch + "/stdout", "wb") as out, open(scratch + "/stderr", "wb") as err:
    status = subprocess.run(command, stdout=out, stderr=err).returncode
seconds = time.monotonic() - start
with open(scratch + "/cost", "w") as f:
    print("%.1f %d" % (seconds, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024), file=f)
sys.exit(status)
P
}
cheap() { # MIB: the last run stayed below, and below five seconds
	awk -v mib="$1" '{ print $1 " s, " $2 " MiB"; exit !($1 <= 5 && $2 <= mib) }' "$scratch/cost"
}
accepted() { # FILE MIB
	index "$1" || { cat "$scratch/stderr"; return 1; }
	cheap "$2" && [ "$(sfs cat --db "$db" "${1%%.*}" ok-before ok-after)" = beforeafter ]
}
refused() { # FILE WORD OPTION...: exit 2, one line that names the limit, the index as it was
	local file=$1 word=$2 before
	shift 2
	before=$(dump "$db")
	index "$file" "$@"
	[ $? -eq 2 ] || { echo "not refused"; return 1; }
	cat "$scratch/stderr"
	[ "$(wc -l <"$scratch/stderr")" -eq 1 ] && grep -q "limit $word " "$scratch/stderr" && cheap 256 && [ "$before" = "$(dump "$db")" ]
}

check "a small layer, to compare with" accepted small.tar.gz 256
read -r _ base <"$scratch/cost"
more=$((base + 64 < 256 ? base + 64 : 256))
check "half a gigabyte of zeros in half a megabyte" accepted zeros.tar.gz $more
zeros_read() { sfs cat --db "$db" zeros zeros | cmp -n $((half + 1)) - <(head -c $half /dev/zero); }
check "and every one of them can be read" zeros_read
check "half a gigabyte of padding behind the end" accepted padding.tar.gz $more
check "a hundred thousand entries" accepted entries.tar.gz 256
counted() { [ "$(sfs ls --db "$db" -R entries | wc -l)" -eq 100003 ]; }
check "all of them are there" counted
check "one name a hundred thousand times" accepted duplicates.tar.gz 256
last() { [ "$(sfs cat --db "$db" duplicates again)" = 99999 ]; }
check "the last of them counts" last
check "ever deeper names" accepted deep.tar.gz 256
check "a ratio that only zstd reaches is refused" refused ratio.tar.zst ratio
check "unless that limit is lifted" index ratio.tar.zst --limit ratio=100000
rm -f "$db"* # what is known would not be read again
sfs index -q --db "$db" --layer "$made/small.tar.gz" >/dev/null
check "too many bytes" refused zeros.tar.gz layer-bytes --limit layer-bytes=256M
check "too many bytes, all behind the end" refused padding.tar.gz layer-bytes --limit layer-bytes=256M
check "too many entries" refused entries.tar.gz entries --limit entries=50000
check "too deep" refused deep.tar.gz depth --limit depth=50
finish
