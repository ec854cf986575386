"""Reading the reports of stagefs as anybody could: TSV and JSON, and the escaping of names."""
import json, re, unicodedata

BIDI = set("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
ESCAPE = re.compile(rb"\\(?:x([0-9a-f]{2})|(.?))", re.S)
MEANT = {b"t": b"\t", b"n": b"\n", b"\\": b"\\"}


def unescape(text):
    """The bytes that a TSV field or a JSON string stands for. KeyError: no escape of ours."""
    return ESCAPE.sub(lambda m: bytes([int(m[1], 16)]) if m[1] else MEANT[m[2]], text.encode())


def must_be_escaped(text):
    """Characters that would act on a terminal, or hide what stands there."""
    return [c for c in text if unicodedata.category(c) == "Cc" or c in BIDI]


def tsv(data):
    """Rows as dicts of text, still escaped; `data` as the file has it."""
    head, *lines, last = data.decode().split("\n")
    if last:
        raise ValueError("the last line does not end")
    return [dict(zip(head.split("\t"), line.split("\t"), strict=True)) for line in lines]


def table(path):
    with open(path, "rb") as f:
        return tsv(f.read())


def once(pairs):
    """For json.loads: a key that stands twice would be read differently by different parsers."""
    if len(dict(pairs)) != len(pairs):
        raise ValueError("a key twice")
    return dict(pairs)


def no_constant(name):
    raise ValueError("%s is no JSON" % name)


def document(data):
    return json.loads(data.decode(), object_pairs_hook=once, parse_constant=no_constant)
