"""Reads safetensors files: an 8-byte length, a JSON header, raw little-endian elements."""

import json
import struct

import numpy

_TYPES = {"F32": numpy.float32, "F64": numpy.float64, "I64": numpy.int64, "I32": numpy.int32}


def read(path):
    """Arrays by name, and the metadata."""
    with open(path, "rb") as file:
        (length,) = struct.unpack("<Q", file.read(8))
        header = json.loads(file.read(length))
        data = file.read()
    metadata = header.pop("__metadata__", {})
    arrays = {}
    for name, info in header.items():
        start, end = info["data_offsets"]
        flat = numpy.frombuffer(data[start:end], dtype=_TYPES[info["dtype"]])
        arrays[name] = flat.reshape(info["shape"])
    return arrays, metadata
