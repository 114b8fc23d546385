"""Reads safetensors files: an 8-byte length, a JSON header, raw little-endian elements."""

import collections.abc
import json
import struct

import numpy

_TYPES = {"F32": numpy.float32, "F64": numpy.float64, "I64": numpy.int64, "I32": numpy.int32}
_PREFIX = 8


class File(collections.abc.Mapping):
    """Arrays by name, each read when it is asked for: the file must not count as memory."""

    def __init__(self, path):
        self.path = path
        with open(path, "rb") as file:
            (length,) = struct.unpack("<Q", file.read(_PREFIX))
            self.header = json.loads(file.read(length))
        self.start = _PREFIX + length
        self.metadata = self.header.pop("__metadata__", {})

    def __getitem__(self, name):
        info = self.header[name]
        start, end = info["data_offsets"]
        kind = numpy.dtype(_TYPES[info["dtype"]])
        count = (end - start) // kind.itemsize
        flat = numpy.fromfile(self.path, kind, count, offset=self.start + start)
        return flat.reshape(info["shape"])

    def __iter__(self):
        return iter(self.header)

    def __len__(self):
        return len(self.header)
