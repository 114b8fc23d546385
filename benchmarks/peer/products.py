"""Rate and error of float32 products of rows and weights, as linear layers."""

import time

import torch
import torch.nn.functional as F

_RUNS = 12
_SEED = 7

# Rows that are computed in float64 too.
_CHECKED = 64


def measure(shapes):
    """GFLOP/s, each shape (rows x inputs x outputs) by its fastest run; the largest error."""
    torch.manual_seed(_SEED)
    flops, seconds, error, each = 0, 0, 0, []
    with torch.inference_mode():
        for shape in shapes:
            m, k, n = (int(s) for s in shape.split("x"))
            x, w = torch.randn(m, k), torch.randn(n, k)
            best = min(_seconds(x, w) for _ in range(_RUNS))
            each.append(2 * m * k * n / best / 1e9)
            flops += 2 * m * k * n
            seconds += best
            error = max(error, _error(x, w))
    return {"gflops": flops / seconds / 1e9, "each": each, "error": error}


def _seconds(x, w):
    start = time.perf_counter()
    F.linear(x, w)
    return time.perf_counter() - start


def _error(x, w):
    exact = F.linear(x[:_CHECKED].double(), w.double())
    gap = F.linear(x, w)[:_CHECKED].double() - exact
    error = float(gap.norm() / exact.norm())
    return error if error == error else 1e300
