"""One process of the PyTorch side: checks or times a work, and prints one line of JSON.

    peer.py check FILE [--variant once|released]
    peer.py run FILE --threads N [--warmup N] [--repeats N] [--variant once|released]
    peer.py products MxKxN ... --threads N
    peer.py versions
"""

import argparse
import json
import sys
import time

import torch
import torchvision

import blas
import products
from model import Work

LEARNING_RATE = 1e-4
WEIGHT_DECAY = 0.05
TOLERANCE = 1e-3

# A bias before a batch norm has no gradient but rounding; it is measured beside its weight's.
_BIAS_SHARE = 1e-2
# Likewise what no gradient reaches, beside the largest gradient of all.
_NOISE = 1e-6


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("command", choices=["check", "run", "products", "versions"])
    parser.add_argument("file", nargs="*", help="exchange file; shapes of products")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--warmup", type=int, default=3)
    parser.add_argument("--repeats", type=int, default=20)
    parser.add_argument("--variant", choices=["once", "released"], default="once")
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    line = {"versions": versions()}
    if args.command == "products":
        line.update(products.measure(args.file))
    elif args.command != "versions":
        (args.file,) = args.file
        line.update(check(args) if args.command == "check" else run(args))
    print(json.dumps(line))


def versions():
    return {
        "torch": torch.__version__,
        "torchvision": torchvision.__version__,
        "python": sys.version.split()[0],
        "blas": blas.describe(),
        "onednn": torch.backends.mkldnn.is_available(),
    }


def check(args):
    """Compares what both sides compute, relative differences in norm.

    Where they differ by more than the tolerance, the peer computes in float64 too: what float32
    itself misses on its own side, as at kinks and in sums that cancel, may be missed by ours.
    """
    theirs, arrays = results(args, torch.float32)
    ours = {n: torch.from_numpy(arrays[n]) for n in theirs}
    differences = compare(ours, theirs)
    allowed = dict.fromkeys(differences, TOLERANCE)
    if max(differences.values()) > TOLERANCE:
        exact, _ = results(args, torch.float64)
        missed = compare(theirs, exact)
        for name, difference in compare(ours, exact).items():
            differences[name] = min(difference, differences[name])
            allowed[name] = max(TOLERANCE, 2 * missed[name])
    worst = max(differences, key=lambda n: differences[n] / allowed[n])
    return {
        "compared": len(differences),
        "worst": worst,
        "difference": differences[worst],
        "allowed": allowed[worst],
        "same": differences[worst] <= allowed[worst],
    }


def results(args, dtype):
    """Loss and gradients, or the output, by the names of the exchange file; and the file's."""
    torch.set_default_dtype(dtype)
    work = Work.read(args.file, args.variant)
    if work.forward_only:
        with torch.inference_mode():
            return {"output": work.predict().clone()}, work.arrays
    loss = work.loss()
    loss.backward()
    found = {"loss": loss.detach().reshape(1)}
    for name, parameter in work.trainables().items():
        gradient = parameter.grad
        found["grad." + name] = torch.zeros_like(parameter) if gradient is None else gradient
    unknown = sorted(n for n in work.arrays if n.startswith("grad.") and n not in found)
    if unknown:
        raise ValueError("there is no parameter for " + ", ".join(unknown))
    return found, work.arrays


def compare(mine, theirs):
    """Relative differences by name."""
    norms = {n: float(t.double().norm()) for n, t in theirs.items()}
    noise = _NOISE * max(norms.values())
    differences = {}
    for name, expected in theirs.items():
        sibling = name[: -len("bias")] + "weight"
        share = _BIAS_SHARE * norms.get(sibling, 0) if name.endswith(".bias") else 0
        scale = max(norms[name], share, noise, 1e-30)
        gap = mine[name].double().reshape(expected.shape) - expected.double()
        differences[name] = float(gap.detach().norm()) / scale
    return differences


def run(args):
    work = Work.read(args.file, args.variant)
    if work.forward_only:
        work.swin.eval()

        def step():
            with torch.inference_mode():
                return work.predict()

    else:
        optimizer = torch.optim.AdamW(
            work.trainables().values(), lr=LEARNING_RATE, weight_decay=WEIGHT_DECAY
        )

        def step():
            optimizer.zero_grad(set_to_none=True)
            loss = work.loss()
            loss.backward()
            optimizer.step()
            return loss.item()

    built = peak_kb()
    for _ in range(args.warmup):
        step()
    millis = []
    for _ in range(args.repeats):
        start = time.perf_counter()
        step()
        millis.append((time.perf_counter() - start) * 1e3)
    return {"threads": args.threads, "ms": millis, "vmHwmKbBuilt": built, "vmHwmKb": peak_kb()}


def peak_kb():
    with open("/proc/self/status") as status:
        return next(int(l.split()[1]) for l in status if l.startswith("VmHWM:"))


if __name__ == "__main__":
    main()
