"""Exact flow of a continuous piecewise affine velocity on [0, 1], and the warp of spectra by it.

nc equal cells, nc - 1 parameters, velocity zero at both ends; coordinates in the `rref` basis:
knot velocities V_j = (j / nc) * sum over k >= j of theta_k / k.
"""

import torch

# Longer than the unit of time that points travel: "never", yet small enough to be added up.
_NEVER = 2.0
_STILL = 1e-12
_constants = {}


def _log_ratio(z):
    """log(1 + z) / z, 1 at 0."""
    small = z.abs() < 1e-4
    safe = torch.where(small, torch.ones_like(z), z)
    return torch.where(small, 1 - z / 2 + z * z / 3, torch.log1p(safe) / safe)


def _exp_ratio(z):
    """(exp(z) - 1) / z, 1 at 0."""
    small = z.abs() < 1e-4
    safe = torch.where(small, torch.ones_like(z), z)
    return torch.where(small, 1 + z / 2 + z * z / 6, torch.expm1(safe) / safe)


def _time(distance, start, end):
    """Time to travel with a speed that changes linearly with the way, from start to end."""
    moves = (start > _STILL) & (end > _STILL)
    one = torch.ones_like(start)
    a, b = torch.where(moves, start, one), torch.where(moves, end, one)
    low, high = torch.minimum(a, b), torch.maximum(a, b)
    time = distance / low * _log_ratio((high - low) / low)
    return torch.where(moves, time.clamp(max=_NEVER), torch.full_like(time, _NEVER))


def flow(theta, x, layer):
    """Where points x [P] are after a unit of time in the field of their layer; theta [L, nc - 1]."""
    theta = theta.double()
    layers, nc = theta.shape[0], theta.shape[1] + 1
    k = torch.arange(1, nc, dtype=torch.float64)
    tails = (theta / k).flip(1).cumsum(1).flip(1) * (k / nc)
    end = torch.zeros(layers, 1, dtype=torch.float64)
    v = torch.cat([end, tails, end], 1)
    # Points that move left are points that move right in the mirrored field.
    fields = torch.cat([v, -v.flip(1)])
    cell = (x * nc).floor().clamp(0, nc - 1).long()
    weight = x * nc - cell
    speed = torch.lerp(v[layer, cell], v[layer, cell + 1], weight).detach()
    left = speed < 0
    field = torch.where(left, layer + layers, layer)
    x = torch.where(left, 1 - x, x)
    cell = (x * nc).floor().clamp(0, nc - 1).long()
    weight = x * nc - cell
    speed = torch.lerp(fields[field, cell], fields[field, cell + 1], weight)

    cross = _time(torch.tensor(1.0 / nc, dtype=torch.float64), fields[:, :-1], fields[:, 1:])
    clock = torch.cat([torch.zeros(2 * layers, 1, dtype=torch.float64), cross.cumsum(1)], 1)
    leave = _time((cell + 1) / nc - x, speed, fields[field, cell + 1])
    # The last knot that is reached in time, found for all points at once by shifting every field.
    budget = (1 - leave + clock[field, cell + 1]).detach()
    shift = 2 * _NEVER * (nc + 1)
    offsets = torch.arange(2 * layers, dtype=torch.float64) * shift
    flat = (clock.detach() + offsets[:, None]).flatten()
    knot = torch.searchsorted(flat, budget + offsets[field]) - 1 - field * (nc + 1)
    left_cell = (leave < 1).detach()
    knot = torch.where(left_cell, torch.maximum(knot, cell + 1), cell).clamp(max=nc)
    spent = torch.where(
        left_cell, leave + clock[field, knot] - clock[field, cell + 1], torch.zeros_like(x)
    )
    start = torch.where(left_cell, knot / nc, x)
    v0 = torch.where(left_cell, fields[field, knot], speed)
    last = knot.clamp(max=nc - 1)
    slope = (fields[field, last + 1] - fields[field, last]) * nc
    rest = 1 - spent
    moved = start + v0 * rest * _exp_ratio(slope * rest)
    return torch.where(left, 1 - moved, moved)


def _grid(sizes):
    key = tuple(sizes)
    if key not in _constants:
        x = torch.cat([torch.linspace(0, 1, n, dtype=torch.float64) for n in sizes])
        layer = torch.cat([torch.full((n,), i, dtype=torch.long) for i, n in enumerate(sizes)])
        first = torch.cumsum(torch.tensor([0] + list(sizes[:-1])), 0)[layer]
        count = torch.tensor(sizes)[layer]
        _constants[key] = (x, layer, first, count)
    return _constants[key]


def warp(spectra, thetas):
    """Each spectrum resampled at the flow of its index axis: S'_i = lerp(S, phi(i/(n-1)) (n-1))."""
    results = [None] * len(spectra)
    for size in sorted({t.numel() for t in thetas}):
        chosen = [i for i, t in enumerate(thetas) if t.numel() == size]
        lengths = [spectra[i].numel() for i in chosen]
        x, layer, first, count = _grid(lengths)
        y = flow(torch.stack([thetas[i] for i in chosen]), x, layer) * (count - 1)
        low = torch.minimum(y.detach().floor().long().clamp(min=0), count - 2)
        s = torch.cat([spectra[i] for i in chosen])
        warped = torch.lerp(s[first + low], s[first + low + 1], (y - low).to(s.dtype))
        for i, part in zip(chosen, warped.split(lengths)):
            results[i] = part
    return results
