#!/usr/bin/env python3
"""What an image holds, worked out from its archive alone: the second opinion on every number of stagefs.

Reads docker-archive and OCI archives with Python's tarfile and knows nothing of stagefs. The rules are those of the OCI
image-spec (layer.md), and where it is silent those of DESIGN section 4, as written there:

  a name is cleaned lexically and never leaves the root; a component over 255 bytes: the entry is left out
  .wh.NAME hides NAME of lower layers only, wherever it stands in the tar; .wh..wh..opq hides all that lower layers have there
  other .wh..wh.* are AUFS's own; a whiteout of nothing, "." or "..", or that is a directory, does not count
  in one layer the last entry of a name wins; a directory over a directory keeps what is in it
  over a lower layer: a directory joins a directory; anything else replaces what was there
  a missing parent is made; through a symlink of a lower layer the entry goes where that leads when the rest of its layer is in
  place; a parent that is no directory in the same layer: the entry is left out
  a hard link is the inode of its target, in its own layer before it, else as lower layers show it after the whiteouts of its
  layer; without one it is left out, and so it is where its own layer puts something else, or in the way, later

oracle.py ARCHIVE...       prints, per image and layer, content, visible and wasted bytes, and each wasted inode
"""
import gzip, hashlib, io, json, lzma, os, subprocess, sys, tarfile
from collections import Counter

sys.setrecursionlimit(20000)
MEDIA = "application/vnd.oci.image."
CONFIGS = (MEDIA + "config.v1+json", "application/vnd.docker.container.image.v1+json")
INDEX = MEDIA + "index.v1+json"
DOCUMENTS = (INDEX, MEDIA + "manifest.v1+json", "application/vnd.docker.distribution.manifest.v2+json",
             "application/vnd.docker.distribution.manifest.list.v2+json")
HASHED = 1 << 26  # a larger file has no sha
TYPES = {tarfile.DIRTYPE: "d", tarfile.SYMTYPE: "l", tarfile.CHRTYPE: "c", tarfile.BLKTYPE: "b", tarfile.FIFOTYPE: "p"}


class Inode:
    """What one entry of a layer stores; its hard links in that layer are the same object."""

    def __init__(self, kind, size=0, target=b"", sha=None):
        self.kind, self.size, self.target, self.sha = kind, size, target, sha
        self.names = []  # of its own layer


class LowerLink:
    """A hard link to something that the layer itself does not have."""
    kind = "h"

    def __init__(self, target):
        self.target = target


class Dir:
    kind = "d"

    def __init__(self, implied):
        self.implied = implied
        self.children = {}  # name -> Dir, Inode or LowerLink
        self.hidden = set()  # whiteouts
        self.opaque = False


def clean(name):
    """The components of a path, clamped at the root."""
    out = []
    for part in name.split(b"/"):
        if part == b"..":
            del out[-1:]
        elif part not in (b"", b"."):
            out.append(part)
    return out


# ---- one layer ----

class Layer:
    """The entries of a layer's tar as a tree, with the whiteouts beside it."""

    def __init__(self, tar):
        self.root = Dir(True)
        self.inodes = []  # in the end, those that the tree has
        self.aufs = {}  # .wh..wh.plnk/N: content that names are linked to
        self.diff_id = "sha256:" + hashlib.sha256(tar).hexdigest()
        self.later = []  # hard links whose target was not there
        with tarfile.open(fileobj=io.BytesIO(tar), mode="r:", errorlevel=2) as t:
            for m in t:
                self.member(t, m)
        for d, name, link in self.later:
            if d.children.get(name) is link and self.decides(clean(link.target)):
                del d.children[name]
        self.collect(self.root, b"")

    def member(self, t, m):
        path = clean(os.fsencode(m.name))
        if any(len(p) > 255 for p in path) or any(p.startswith(b".wh.") for p in path[:-1]):
            if len(path) == 2 and path[0] == b".wh..wh.plnk" and m.isreg():
                self.aufs[b"/".join(path)] = self.content(t, m)
            return
        if not path:
            self.root.implied &= not m.isdir()
        elif path[-1].startswith(b".wh."):
            self.whiteout(path, m)
        elif m.isdir():
            self.directory(path)
        elif m.islnk():
            self.hard_link(path, clean(os.fsencode(m.linkname)))
        elif m.isreg():
            self.put(path, self.content(t, m))
        elif m.type in TYPES:
            target = os.fsencode(m.linkname) if m.issym() else b""
            if not m.issym() or 0 < len(target) < 4096:
                self.put(path, Inode(TYPES[m.type], 0, target))

    @staticmethod
    def content(t, m):
        if m.size > HASHED:
            return Inode("f", m.size)
        return Inode("f", m.size, sha=hashlib.sha256(t.extractfile(m).read()).hexdigest())

    def parent(self, path):
        """The directory that the last component stands in; None where something else is in the way."""
        d = self.root
        for part in path[:-1]:
            d = d.children.get(part) or d.children.setdefault(part, Dir(True))
            if not isinstance(d, Dir):
                return None
        return d

    def lookup(self, path):
        at = self.root
        for part in path:
            at = at.children.get(part) if isinstance(at, Dir) else None
        return at

    def decides(self, path):
        """Does this layer, so far, say itself what is at a path: something, or nothing, below what is no directory?"""
        at = self.root
        for part in path:
            at = at.children.get(part)
            if at is None:
                return False
            if not isinstance(at, Dir):
                return True
        return True

    def put(self, path, node):
        d = self.parent(path)
        if d is not None:
            d.children[path[-1]] = node
        return d

    def directory(self, path):
        d = self.parent(path)
        if d is None:
            return
        old = d.children.get(path[-1])
        if isinstance(old, Dir):
            old.implied = False
        else:
            d.children[path[-1]] = Dir(False)

    def whiteout(self, path, m):
        name = path[-1][4:]
        opaque = path[-1] == b".wh..wh..opq"
        if m.isdir() or name in (b"", b".", b"..") or (name.startswith(b".wh.") and not opaque):
            return
        d = self.parent(path)
        if d is None:
            return
        if opaque:
            d.opaque = True
        else:
            d.hidden.add(name)

    def hard_link(self, path, target):
        node = self.aufs.get(b"/".join(target)) or self.lookup(target)
        if not target or target[:len(path)] == path or isinstance(node, Dir):
            return
        if node is None and self.decides(target):
            return
        if node is None:
            node = LowerLink(b"/".join(target))
        d = self.put(path, node)
        if d is not None and isinstance(node, LowerLink):
            self.later.append((d, path[-1], node))

    def collect(self, d, at):
        for name, node in d.children.items():
            path = at + b"/" + name if at else name
            if isinstance(node, Dir):
                self.collect(node, path)
            elif isinstance(node, Inode):
                if not node.names:
                    self.inodes.append(node)
                node.names.append(path)


# ---- layers over one another ----

class Rootfs:
    """The merged tree."""

    def __init__(self):
        self.root = Dir(True)

    def follow(self, todo, stack, hops=40):
        """The directories from the root to where the components in `todo` lead, from the last of `stack`; None: to none."""
        todo = list(todo)
        while todo:
            part = todo.pop(0)
            node = stack[-1].children.get(part)
            if part == b"..":
                stack = stack[:-1] or stack
            elif part in (b"", b"."):
                pass
            elif isinstance(node, Dir):
                stack = stack + [node]
            elif isinstance(node, Inode) and node.kind == "l" and hops:
                hops -= 1
                stack = [self.root] if node.target.startswith(b"/") else stack
                todo = node.target.split(b"/") + todo
            else:
                return None
        return stack

    def lookup(self, path):
        """What a hard link's target is: symlinks on the way are followed, as link(2) does, one in its place is itself it."""
        *way, name = path.split(b"/")
        stack = self.follow(way, [self.root])
        node = stack[-1].children.get(name) if stack else None
        return node if isinstance(node, Inode) else None

    def apply(self, layer):
        self.hide([self.root], layer.root)
        links = {}
        self.find_links(layer.root, links)
        waiting = self.merge([self.root], layer.root, (), links)
        while waiting:
            path, stack, node = waiting.pop(0)
            waiting += self.merge(self.enter(stack, path[-1], node), node, path, links)

    def below(self, stack, name, node):
        """Where a directory of a layer is in the tree: the directories from the root to it, through symlinks; None."""
        lower = stack[-1].children.get(name)
        if node.implied and isinstance(lower, Inode) and lower.kind == "l":
            return self.follow([name], stack)
        return stack + [lower] if isinstance(lower, Dir) else None

    def hide(self, stack, d):
        """Whiteouts act on the tree below before anything of their layer is there."""
        if d.opaque:
            stack[-1].children.clear()
        for name in d.hidden:
            stack[-1].children.pop(name, None)
        for name, node in d.children.items():
            if isinstance(node, Dir) and (into := self.below(stack, name, node)):
                self.hide(into, node)

    def find_links(self, d, links):
        """What hard links to lower layers mean, before anything else is changed."""
        for node in d.children.values():
            if isinstance(node, Dir):
                self.find_links(node, links)
            elif isinstance(node, LowerLink):
                links[node] = self.lookup(node.target)

    def merge(self, stack, d, at, links):
        """
        Puts a directory of a layer, of path `at`, over the last of `stack`, the directories from the root. Returns what goes
        through a symlink, which is put in its place when all else of the layer is, the shortest paths first: the order of the
        tar must not matter.
        """
        waiting = []
        for name, node in d.children.items():
            lower = stack[-1].children.get(name)
            if isinstance(node, Dir):
                path = at + (name,)
                if node.implied and isinstance(lower, Inode) and lower.kind == "l":
                    waiting.append((path, stack, node))
                else:
                    waiting += self.merge(self.enter(stack, name, node), node, path, links)
            elif not isinstance(node, LowerLink):
                stack[-1].children[name] = node
            elif links[node]:
                stack[-1].children[name] = links[node]
        return sorted(waiting, key=lambda w: (len(w[0]), w[0]))

    def enter(self, stack, name, node):
        into = self.below(stack, name, node)
        if not into:
            stack[-1].children[name] = made = Dir(node.implied)
            into = stack + [made]
        return into

    def walk(self, d=None, at=b""):
        for name, node in (d or self.root).children.items():
            path = at + b"/" + name if at else name
            yield path, node
            if isinstance(node, Dir):
                yield from self.walk(node, path)


class Image:
    """An image's layers, applied, and what became of what each stored. A layer that it lists twice is stored once: the last."""

    def __init__(self, config_digest, names, layers):
        self.config_digest, self.names, self.layers = config_digest, names, layers
        self.rootfs = Rootfs()
        self.stored = [layer.inodes if layer not in layers[n + 1:] else [] for n, layer in enumerate(layers)]
        self.layer_of = {i: n for n, inodes in enumerate(self.stored) for i in inodes}
        self.hidden_in = {}  # inode -> number of the layer after which no name shows it
        self.shown = set()
        for n, layer in enumerate(layers):
            self.rootfs.apply(layer)
            now = {node for _, node in self.rootfs.walk() if isinstance(node, Inode)}
            for i in (self.shown | set(layer.inodes)) - now:
                self.hidden_in[i] = n
            self.shown = now
        self.lost = [(i, n, self.hidden_in[i]) for n, inodes in enumerate(self.stored) for i in inodes if i not in self.shown]
        self.wasted = [w for w in self.lost if w[0].kind == "f"]

    def content(self, n):
        return sum(i.size for i in self.stored[n] if i.kind == "f")

    def visible(self, n=None):
        return sum(i.size for i in self.shown if i.kind == "f" and n in (None, self.layer_of[i]))

    def symlink_bytes(self):
        """As du -b counts: st_size of each symlink inode once."""
        return sum(len(i.target) for i in self.shown if i.kind == "l")

    def tree(self):
        """path -> (type, size, sha256), with the links of each inode together."""
        return {path: (node.kind, node) for path, node in self.rootfs.walk()}


def duplicates(layers):
    """Content that several stored files of these layers have: size, bytes that one copy would save, all paths."""
    groups = {}
    for layer in {l.diff_id: l for l in layers}.values():
        for i in layer.inodes:
            if i.kind == "f" and i.size:
                groups.setdefault((i.size, i.sha), []).append(min(i.names))
    return Counter((size, size * (len(paths) - 1), tuple(sorted(paths))) for (size, _), paths in groups.items() if len(paths) > 1)


# ---- archives ----

def decoded(data):
    if data[:2] == b"\x1f\x8b":
        return gzip.decompress(data)
    if data[:6] == b"\xfd7zXZ\0":
        return lzma.decompress(data)
    if data[:4] == b"\x28\xb5\x2f\xfd" or data[1:4] == b"\x2a\x4d\x18":
        return subprocess.run(["zstd", "-dcq"], input=data, capture_output=True, check=True).stdout
    return data


class Archive:
    def __init__(self, path):
        self.tar = tarfile.open(path)
        self.members = {}
        for m in self.tar:
            self.members.setdefault(b"/".join(clean(os.fsencode(m.name))).decode(errors="surrogateescape"), m)
        self.layers = {}  # place -> Layer
        self.images = {}  # config digest -> Image
        if "manifest.json" in self.members:
            for m in json.loads(self.read("manifest.json")) or []:
                self.image(self.read(m["Config"]), m.get("RepoTags") or [], [self.place(p) for p in m.get("Layers") or []])
        if "index.json" in self.members:
            for d in json.loads(self.read("index.json")).get("manifests") or []:
                self.descriptor(d, set())

    def place(self, name):
        """Follows links between members."""
        m = self.members[b"/".join(clean(os.fsencode(name))).decode(errors="surrogateescape")]
        while m.issym() or m.islnk():
            base = os.path.dirname(m.name) if m.issym() else ""
            m = self.members[b"/".join(clean(os.fsencode(os.path.join(base, m.linkname)))).decode()]
        return m

    def read(self, name):
        return self.tar.extractfile(self.place(name)).read()

    def blob(self, descriptor):
        return "blobs/" + descriptor["digest"].replace(":", "/")

    def descriptor(self, d, seen):
        where = self.blob(d)
        if d.get("mediaType", INDEX) not in DOCUMENTS or where not in self.members or where in seen:
            return
        if (d.get("platform") or {}).get("os") == "unknown":  # an attestation
            return
        doc = json.loads(self.read(where))
        if "manifests" in doc:
            for child in doc["manifests"] or []:
                self.descriptor(child, seen | {where})
        elif doc.get("config", {}).get("mediaType", CONFIGS[0]) in CONFIGS:
            self.image(self.read(self.blob(doc["config"])), [], [self.place(self.blob(l)) for l in doc["layers"]])

    def image(self, config, names, places):
        digest = "sha256:" + hashlib.sha256(config).hexdigest()
        if digest not in self.images:
            for p in places:
                if p.offset not in self.layers:
                    self.layers[p.offset] = Layer(decoded(self.tar.extractfile(p).read()))
            self.images[digest] = Image(digest, names, [self.layers[p.offset] for p in places])


def main():
    for path in sys.argv[1:]:
        for image in Archive(path).images.values():
            print(path, image.config_digest, *image.names)
            for n, layer in enumerate(image.layers):
                print("  %02d %s content %d visible %d" % (n + 1, layer.diff_id[7:19], image.content(n), image.visible(n)))
            for i, n, hidden in image.wasted:
                print("  wasted %d in %02d, hidden in %02d: %s" % (i.size, n + 1, hidden + 1, [os.fsdecode(p) for p in i.names]))
            print("  visible %d symlinks %d entries %s" % (image.visible(), image.symlink_bytes(),
                  dict(Counter(node.kind for _, node in image.rootfs.walk()))))


if __name__ == "__main__":
    main()
