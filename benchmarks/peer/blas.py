"""Which library computes PyTorch's matrix products in this process."""

import os
import re

import torch

ADVICE = (
    "the comparison would be void: install libopenblas0-pthread, and choose it with "
    "update-alternatives --config libblas.so.3-$(uname -m)-linux-gnu"
)


def describe():
    """Name of the library, or None if it is none of the fast ones."""
    if "mkl" in torch.__config__.show().lower().split("use_mkldnn")[0] and _mkl():
        return "MKL"
    # Only what is mapped counts: alternatives may point anywhere.
    square = torch.ones(64, 64)
    square @ square
    with open("/proc/self/maps") as maps:
        mapped = {line.split()[-1] for line in maps if "/" in line}
    for path in sorted(os.path.realpath(p) for p in mapped):
        if re.search(r"openblas|blis|mkl_(rt|core)|armpl|nvpl", path):
            return path
    return None


def _mkl():
    return torch.backends.mkl.is_available()
