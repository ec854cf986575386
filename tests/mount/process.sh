#!/usr/bin/env bash
# What a command asks of the system for its process: descriptors for many layers, syslog for a mount in the background.
. "$TESTS/lib/tap.sh" || exit
db=$scratch/index.db mnt=$scratch/mnt
layers=120 few=64

# An OCI layout directory of $layers layers, each with a file of its own: a blob, and so a descriptor, per layer.
python3 - "$scratch/layout" "$layers" <<'P'
import hashlib, io, json, os, sys, tarfile
out, count = sys.argv[1], int(sys.argv[2])
os.makedirs(f"{out}/blobs/sha256")
def blob(kind, data):
    digest = hashlib.sha256(data).hexdigest()
    with open(f"{out}/blobs/sha256/{digest}", "wb") as f:
        f.write(data)
    return {"mediaType": f"application/vnd.oci.image.{kind}", "digest": f"sha256:{digest}", "size": len(data)}
def layer(n):
    tar = io.BytesIO()
    with tarfile.open(fileobj=tar, mode="w") as t:
        info = tarfile.TarInfo(f"file{n}")
        info.size = len(str(n))
        t.addfile(info, io.BytesIO(str(n).encode()))
    return blob("layer.v1.tar", tar.getvalue())
layers = [layer(n) for n in range(count)]
config = blob("config.v1+json", json.dumps({"architecture": "amd64", "os": "linux", "config": {},
    "rootfs": {"type": "layers", "diff_ids": [l["digest"] for l in layers]}}).encode())
manifest = blob("manifest.v1+json", json.dumps({"schemaVersion": 2, "config": config, "layers": layers}).encode())
manifest["annotations"] = {"org.opencontainers.image.ref.name": "many:1"}
with open(f"{out}/index.json", "w") as f:
    json.dump({"schemaVersion": 2, "manifests": [manifest]}, f)
with open(f"{out}/oci-layout", "w") as f:
    f.write('{"imageLayoutVersion": "1.0.0"}')
P

indexed() (ulimit -Sn $few && [ "$(sfs index -q --db "$db" "$scratch/layout")" = many:1 ])
check "index: more layers than the soft limit of descriptors" indexed
# Each layer's blob is opened by the first read from it, and kept.
tap_mounts+=("$mnt")
mounted() (ulimit -Sn $few && sfs mount -q --db "$db" "$mnt")
read_all() { mounted && [ "$(cat "$mnt"/images/many:1/rootfs/file*  | wc -c)" -eq "$(seq -s '' 0 $((layers - 1)) | tr -d '\n' | wc -c)" ]; }
check "mount: a file of each is read" read_all
sfs umount "$mnt"
passed_on() (
	ulimit -Sn $few
	[ "$(TMPDIR=$scratch sfs exec -q --db "$db" "$scratch/layout" -- sh -c 'ulimit -Sn')" = $few ]
)
check "exec: the command has the limit of its caller" passed_on

# A /dev of its own with a listener at /dev/log needs root. $1: a file for what syslog is told; the rest: a command.
with_syslog() {
	python3 - "$@" <<'P'
import os, socket, subprocess, sys, tempfile
told, command = sys.argv[1], sys.argv[2:]
with tempfile.TemporaryDirectory() as dev:
    setup = f'''
        mount -t tmpfs none "{dev}" && touch "{dev}/fuse" "{dev}/null" "{dev}/urandom" "{dev}/log" &&
        for d in fuse null urandom; do mount --bind /dev/$d "{dev}/$d" || exit 1; done &&
        mount --bind "$LOG" "{dev}/log" && mount --rbind "{dev}" /dev && exec "$@"'''
    log = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    path = f"{told}.socket"
    log.bind(path)
    log.settimeout(10)
    status = subprocess.run(["unshare", "--mount", "sh", "-c", setup, "sh", *command],
                            env={**os.environ, "LOG": path}).returncode
    with open(told, "wb") as f:
        while True:
            log.setblocking(False)
            try:
                f.write(log.recv(65536) + b"\n")
            except BlockingIOError:
                break
    sys.exit(status)
P
}
changed() { # indexes a copy, mounts it, cuts it short and reads from it
	cp "$(fixture webapp.docker-buildkit.tar)" "$scratch/changed.tar"
	cat >"$scratch/script" <<-'S'
		set -e
		"$STAGEFS" mount -q --db "$1/changed.db" "$1/changed.tar" "$1/m"
		truncate -s 5000 "$1/changed.tar"
		! cat "$1/m/images/webapp:production/rootfs/bin/busybox"
		"$STAGEFS" umount "$1/m"
	S
	with_syslog "$scratch/told" sh "$scratch/script" "$scratch" || return 1
	cat "$scratch/told"
	# <28>: facility daemon (3 * 8), severity warning (4)
	[ "$(grep -c . "$scratch/told")" -eq 1 ] && grep -q '^<28>.* stagefs\[[0-9]*\]: .*changed\.tar: changed' "$scratch/told"
}
if [ "$(id -u)" -eq 0 ]; then check "syslog is told, once, which archive has changed" changed; fi
finish
