#!/usr/bin/env python3
"""Writes random images for tests, random:000, random:001, ..., in docker archives of 20: DIR/r000.tar, r020.tar, ...

What is in one is a function of the seed and its number alone (--only N writes one of them again). 2 to 8 layers of 5 to 60
entries: files, directories, symlinks, hard links, devices, pipes; whiteouts of files, directories and of nothing, opaque
directories; overwritten files, files stored again with another mode only, files that become directories and the other way
round; equal content under several paths, in several layers and images; parents that no entry makes, or that a symlink of a
lower layer leads to; names that a terminal, a TSV file or JSON would choke on; empty files; history with entries that make no
layer. Some images share their first layers.
"""
import argparse, gzip, hashlib, io, json, os, random, tarfile

ODD = [b"new\nline", b"tab\there", b"caf\xe9", "caf\u00e9".encode(), b"\x1b[31mred\x1b[0m", b"back\\slash", b"\\x41", b" space ",
       "\u202ertl".encode(), b"-dash", b"*?[a]", b"$(echo)", b'"quoted"', b"%s%n", b"\x7fdel", b"\xc2\x9bcsi", b"\xff\xfe",
       b"<b>&amp;", b"'; --", b"\xed\xa0\x80", b"long" * 60, b"cr\rcr", b"wh.", b".wh", b"...", "\u2028".encode()]
WORDS = [b"bin", b"etc", b"lib", b"usr", b"var", b"app", b"src", b"data", b"conf", b"cache", b"log", b"tmp", b"a", b"b", b"c"]
DIR, SYM, LNK, FIFO, CHAR = tarfile.DIRTYPE, tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE, tarfile.CHRTYPE


class Writer:
    """One layer: its tar, and what is known of its own entries."""

    def __init__(self, rng):
        self.rng, self.out, self.n = rng, io.BytesIO(), 0
        self.format = rng.choice([tarfile.PAX_FORMAT, tarfile.GNU_FORMAT])
        self.own = {}  # path -> kind, as this layer has it

    def add(self, path, kind=tarfile.REGTYPE, data=b"", link=b"", mode=None):
        info = tarfile.TarInfo(os.fsdecode(path))
        info.type, info.size, info.linkname = kind, len(data), os.fsdecode(link)
        info.mode = mode if mode is not None else 0o755 if kind == DIR else self.rng.choice([0o644, 0o600, 0o755, 0o4755, 0])
        info.uid, info.mtime = self.rng.choice([0, 0, 1000]), 1600000000 + self.rng.randrange(1000)
        if kind == CHAR:
            info.devmajor, info.devminor = 1, 3
        self.out.write(info.tobuf(self.format, "utf-8", "surrogateescape") + data + bytes(-len(data) % 512))
        self.n += 1

    def tar(self):
        return self.out.getvalue() + bytes(1024)


class Image:
    """An image in the making. `below` is roughly what the layers so far show; it only steers what is tried."""

    def __init__(self, rng, contents):
        self.rng, self.contents = rng, contents
        self.below = {}  # path -> (kind, data)
        self.tars = []

    def name(self):
        rng = self.rng
        return rng.choice(ODD) if rng.random() < 0.15 else rng.choice(WORDS) + (b"%d" % rng.randrange(20)) * rng.randrange(2)

    def content(self):
        rng = self.rng
        kind = rng.random()
        if kind < 0.15:
            return b""
        return rng.choice(self.contents) if kind < 0.5 else rng.randbytes(rng.choice([1, 7, 100, 511, 512, 513, 4000, 9000]))

    def known(self, w, *kinds):
        """A path of one of these kinds, of the layers below or of this one."""
        found = [p for p, (k, _) in self.below.items() if k in kinds]
        found += [p for p, (k, _) in w.own.items() if k in kinds]
        return self.rng.choice(sorted(found)) if found else None

    def blocked(self, w, path):
        """Is a parent something else than a directory in this very layer?"""
        parts = path.split(b"/")
        return any(w.own.get(b"/".join(parts[:k]), "d")[0] != "d" for k in range(1, len(parts)))

    def fresh(self, w):
        top = self.known(w, "d") if self.rng.random() < 0.8 else None
        path = b"/".join(([top] if top else []) + [self.name() for _ in range(self.rng.choice([1, 1, 1, 2, 3]))])
        return path if path.count(b"/") < 8 else self.name()

    def put(self, w, path, kind, data=b"", **more):
        types = {"f": tarfile.REGTYPE, "d": DIR, "l": SYM, "p": FIFO, "c": CHAR}
        if self.blocked(w, path):
            return
        style = self.rng.random()
        shown = b"./" + path if style < 0.2 else b"/" + path if style < 0.23 else path
        w.add(shown, types[kind], data if kind == "f" else b"", data if kind == "l" else b"", **more)
        w.own[path] = (kind, data)

    def forget(self, w, path):
        for p in [p for p in self.below if p == path or p.startswith(path + b"/")]:
            del self.below[p]

    # ---- what can happen in a layer ----

    def file(self, w):
        self.put(w, self.fresh(w), "f", self.content())

    def directory(self, w):
        self.put(w, self.fresh(w), "d")

    def symlink(self, w):
        to = self.known(w, "d", "f") or b"nowhere"
        self.put(w, self.fresh(w), "l", self.rng.choice([b"/" + to, to, b"../" + self.name(), self.name()]))

    def hard_link(self, w):
        path = self.fresh(w)
        own = sorted(p for p, (k, _) in w.own.items() if k in "flp" and not p.startswith(path + b"/"))
        if own and not self.blocked(w, path) and path not in w.own:
            to = self.rng.choice(own)
            w.add(path, LNK, link=self.rng.choice([to, b"/" + to, b"./" + to]))
            w.own[path] = w.own[to]

    def hard_link_below(self, w):
        path, to = self.fresh(w), self.known(w, "f")
        if to in self.below and to not in w.own and path not in w.own and not self.blocked(w, path) and not to.startswith(path + b"/"):
            w.add(path, LNK, link=to)

    def special(self, w):
        self.put(w, self.fresh(w), self.rng.choice("pc"))

    def overwrite(self, w):
        if path := self.known(w, "f"):
            self.put(w, path, "f", self.content())

    def chmod(self, w):
        if path := self.known(w, "f"):
            self.put(w, path, "f", (w.own.get(path) or self.below[path])[1], mode=0o750)

    def copy(self, w):
        if path := self.known(w, "f"):
            self.put(w, self.fresh(w), "f", (w.own.get(path) or self.below[path])[1])

    def change_type(self, w):
        path = self.known(w, "f", "l", "d")
        if path and path not in w.own:
            was, now = self.below[path][0], self.rng.choice("fdl")
            self.put(w, path, now, self.content() if now == "f" else b"somewhere")
            if was != now:
                self.forget(w, path)

    def whiteout(self, w):
        path = self.known(w, "f", "d", "l") if self.rng.random() < 0.9 else self.fresh(w)
        if path and not self.blocked(w, path):
            head, slash, tail = path.rpartition(b"/")
            if len(tail) < 250:
                w.add(head + slash + b".wh." + tail, data=b"x" * self.rng.choice([0, 0, 0, 5]))
                self.forget(w, path)

    def opaque(self, w):
        path = self.known(w, "d")
        if path and not self.blocked(w, path):
            if self.rng.random() < 0.5:
                self.put(w, path, "d")
            if w.own.get(path, "d")[0] == "d":
                w.add(path + b"/.wh..wh..opq")
                self.forget(w, path)
                w.own.setdefault(path, ("d", b""))

    def through_symlink(self, w):
        """An entry below a symlink of a lower layer; no entry of this layer makes a directory of it."""
        path = self.known(w, "l")
        if path in self.below and path not in w.own and not self.blocked(w, path):
            self.put(w, path + b"/" + self.name(), "f", self.content())

    def odd(self, w):
        w.add(self.rng.choice([b".wh.", b".wh..wh.aufs", b"etc/.wh.", b".wh..wh.plnk/1.2"]))

    DEEDS = {file: 30, directory: 10, symlink: 6, hard_link: 6, hard_link_below: 2, special: 2, overwrite: 8, chmod: 6, copy: 6,
             change_type: 5, whiteout: 10, opaque: 2, through_symlink: 3, odd: 1}

    def layer(self):
        w = Writer(self.rng)
        wanted = self.rng.randrange(5, 61)
        while w.n < wanted:
            self.rng.choices(list(self.DEEDS), list(self.DEEDS.values()))[0](self, w)
        self.below.update(w.own)
        self.tars.append(w.tar())


def history(rng, n):
    out = [{"created_by": "/bin/sh -c #(nop) ADD file:1 in / "}] if rng.random() < 0.5 else []
    while len([h for h in out if not h.get("empty_layer")]) < n:
        if rng.random() < 0.3:
            out.append({"created_by": rng.choice(["ENV A=b", "CMD [\"x\"]", "USER 1000"]), "empty_layer": True})
        else:
            out.append({"created_by": rng.choice(["RUN /bin/sh -c make\tall # buildkit", "COPY . /app # buildkit", "RUN \u001b[31m",
                                                  "/bin/sh -c apt-get update", "ADD \u202e x"]), "comment": "buildkit.dockerfile.v0"})
    return out


class Archive:
    """What `docker save` of several images writes; a layer of several stands in it once, now and then compressed."""

    def __init__(self):
        self.members, self.manifest = {}, []

    def add(self, number, tars, rng):
        ids = [hashlib.sha256(t).hexdigest() for t in tars]
        config = json.dumps({"architecture": "amd64", "os": "linux", "config": {}, "history": history(rng, len(tars)),
                             "rootfs": {"type": "layers", "diff_ids": ["sha256:" + i for i in ids]}}).encode()
        name = hashlib.sha256(config).hexdigest() + ".json"
        self.members[name] = config
        for i, t in zip(ids, tars):
            self.members.setdefault(i + "/layer.tar", gzip.compress(t, 1, mtime=0) if rng.random() < 0.2 else t)
        self.manifest.append({"Config": name, "RepoTags": ["random:%03d" % number], "Layers": [i + "/layer.tar" for i in ids]})

    def write(self, path):
        with tarfile.open(path, "w") as out:
            for name, data in [*self.members.items(), ("manifest.json", json.dumps(self.manifest).encode())]:
                info = tarfile.TarInfo(name)
                info.size = len(data)
                out.addfile(info, io.BytesIO(data))


def make(seed, number):
    """The layers of an image; every third begins with those of a base that it shares with others."""
    pool = random.Random("%d contents" % seed)
    contents = [pool.randbytes(pool.choice([1, 30, 600, 5000])) for _ in range(40)]
    rng = random.Random("%d image %d" % (seed, number))
    image = Image(random.Random("%d base %d" % (seed, rng.randrange(8))), contents)
    if number % 3 == 0:
        for _ in range(1 + number % 2):
            image.layer()
    image.rng = rng
    for _ in range(rng.randrange(2, 9) - len(image.tars)):
        image.layer()
    return image.tars, rng


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("dir")
    ap.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1 << 32))
    ap.add_argument("--images", type=int, default=200)
    ap.add_argument("--only", type=int)
    a = ap.parse_args()
    print("seed %d" % a.seed)
    os.makedirs(a.dir, exist_ok=True)
    numbers = range(a.images) if a.only is None else [a.only]
    for first in range(0, len(numbers), 20):
        archive = Archive()
        for number in numbers[first:first + 20]:
            archive.add(number, *make(a.seed, number))
        archive.write(os.path.join(a.dir, "r%03d.tar" % numbers[first]))


if __name__ == "__main__":
    main()
