"""Linear layers beside which something is learned; weights W and biases b stay frozen.

Every layer takes the shared rows and, where it has task streams, those of the tasks:
layer(x, None or {task: rows}) -> (rows or None, {task: rows}).
"""

import torch
import torch.nn.functional as F
from torch import nn

import cpab


class Lora(nn.Module):
    """y = W x + b + s B A x, the branch beside the product: W + s B A would cost a full gradient."""

    def __init__(self, linear, a, b, scale):
        super().__init__()
        self.linear, self.a, self.b, self.scale = linear, a, b, scale

    def forward(self, x):
        return self.linear(x) + branch(x, self.a, self.b, self.scale)


def branch(x, a, b, scale):
    """s B A x."""
    inner = F.linear(x, a)
    return F.linear(inner if scale == 1 else inner * scale, b)


class MtLora(nn.Module):
    """Shared: W x + b + s B A x. Task t: W x + b + s B_t A_t x_t, the frozen product once."""

    def __init__(self, linear, shared, tasks, scale):
        super().__init__()
        self.linear, self.shared, self.tasks, self.scale = linear, shared, tasks, scale

    def forward(self, x, streams=None):
        base = self.linear(x)
        outputs = {}
        for task, (a, b) in self.tasks.items():
            own = x if not streams else streams[task]
            outputs[task] = base + branch(own, a, b, self.scale)
        return base + branch(x, *self.shared, self.scale), outputs


class Ditask(nn.Module):
    """y = U diag(S') V' x + b, S' the spectrum warped by theta; tasks have their own theta.

    `once`: decomposed at the start, spectra of all layers warped together, and the form chosen
    that multiplies less. Else decomposed in every forward pass, per stream, as the released code.
    """

    def __init__(self, linear, shared, tasks, once, dead_shared):
        super().__init__()
        self.weight, self.bias = linear.weight, linear.bias
        self.shared, self.tasks = shared, tasks
        self.once, self.dead_shared = once, dead_shared
        out, width = self.weight.shape
        parts = out // width if out in (2 * width, 3 * width) else 1
        self.blocks = self.weight.detach().chunk(parts)
        self.factors = [svd(w) for w in self.blocks] if once else None
        self.spectra = {}  # warped singular values, set before each forward pass where `once`

    def forward(self, x, streams=None):
        outputs = {}
        for task, theta in self.tasks.items():
            own = x if not streams else streams[task]
            outputs[task] = self._apply(own, task, theta)
        shared = None if self.dead_shared else self._apply(x, None, self.shared)
        return shared, outputs

    def _apply(self, x, stream, theta):
        if self.once:
            spectra = self.spectra[stream]
            y = self._cheapest(x, spectra)
            return y if self.bias is None else y + self.bias
        weights = []
        for block in self.blocks:
            u, s, vh = svd(block)
            weights.append((u * cpab.warp([s], [theta.flatten()])[0]) @ vh)
        return F.linear(x, torch.cat(weights) if len(weights) > 1 else weights[0], self.bias)

    def _cheapest(self, x, spectra):
        rows = x.numel() // x.shape[-1]
        parts = []
        for (u, _, vh), s in zip(self.factors, spectra):
            out, rank, width = u.shape[0], u.shape[1], vh.shape[1]
            rebuilt = 2 * out * rank * width + 3 * rows * out * width
            factored = 2 * rows * rank * (width + out)
            if factored < rebuilt:
                parts.append(F.linear(F.linear(x, vh) * s, u))
            else:
                parts.append(F.linear(x, (u * s) @ vh))
        return torch.cat(parts, -1) if len(parts) > 1 else parts[0]


def svd(weight):
    """Reduced decomposition."""
    return torch.linalg.svd(weight, full_matrices=False)


def warp_all(layers):
    """Warps the spectra of all layers that were decomposed once, those of equal theta together."""
    spectra, thetas, owners = [], [], []
    for layer in layers:
        streams = dict(layer.tasks)
        if not layer.dead_shared:
            streams[None] = layer.shared
        for stream, theta in streams.items():
            layer.spectra[stream] = []
            for _, s, _ in layer.factors:
                spectra.append(s)
                thetas.append(theta.flatten())
                owners.append(layer.spectra[stream])
    for owner, warped in zip(owners, cpab.warp(spectra, thetas)):
        owner.append(warped)
