"""One process of the PyTorch side: checks or times a work, and prints one line of JSON.

    peer.py check FILE [--variant once|released]
    peer.py run FILE --threads N [--warmup N] [--repeats N] [--variant once|released]
    peer.py versions
"""

import argparse
import json
import sys
import time

import torch
import torchvision

import blas
from model import Work

LEARNING_RATE = 1e-4
WEIGHT_DECAY = 0.05

# A bias before a batch norm has no gradient but rounding; it is measured beside its weight's.
_BIAS_SHARE = 1e-2
# Likewise what no gradient reaches, beside the largest gradient of all.
_NOISE = 1e-6


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("command", choices=["check", "run", "versions"])
    parser.add_argument("file", nargs="?")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--warmup", type=int, default=3)
    parser.add_argument("--repeats", type=int, default=20)
    parser.add_argument("--variant", choices=["once", "released"], default="once")
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    line = {"versions": versions()}
    if args.command != "versions":
        work = Work.read(args.file, args.variant)
        line.update(check(work) if args.command == "check" else run(work, args))
    print(json.dumps(line))


def versions():
    return {
        "torch": torch.__version__,
        "torchvision": torchvision.__version__,
        "python": sys.version.split()[0],
        "blas": blas.describe(),
        "onednn": torch.backends.mkldnn.is_available(),
    }


def check(work):
    """Relative differences in norm of what both sides compute: of each output or gradient."""
    differences = {}
    if work.forward_only:
        with torch.inference_mode():
            expected = torch.from_numpy(work.arrays["output"].copy())
            differences["output"] = relative(work.predict(), expected, 0)
        return report(differences)
    loss = work.loss()
    loss.backward()
    differences["loss"] = relative(loss.detach(), torch.tensor(work.arrays["loss"][0]), 0)
    theirs = {
        n[len("grad.") :]: torch.from_numpy(a.copy())
        for n, a in work.arrays.items()
        if n.startswith("grad.")
    }
    mine = {n: p.grad for n, p in work.trainables().items()}
    unknown = sorted(set(theirs) - set(mine))
    if unknown:
        raise ValueError("there is no parameter for the gradients " + ", ".join(unknown))
    floor = _NOISE * max(float(g.norm()) for g in theirs.values())
    for name, gradient in theirs.items():
        own = mine[name]
        own = torch.zeros_like(gradient) if own is None else own
        weight = theirs.get(name[: -len("bias")] + "weight") if name.endswith(".bias") else None
        share = 0 if weight is None else _BIAS_SHARE * float(weight.norm())
        differences["grad." + name] = relative(own, gradient, max(floor, share))
    return report(differences)


def relative(mine, theirs, floor):
    scale = max(float(theirs.norm()), floor, 1e-30)
    return float((mine.reshape(theirs.shape) - theirs).norm()) / scale


def report(differences):
    worst = max(differences, key=differences.get)
    result = {"compared": len(differences), "worst": worst, "difference": differences[worst]}
    if "loss" in differences:
        result["lossDifference"] = differences["loss"]
    return result


def run(work, args):
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

    work.arrays = {n: None for n in work.arrays}  # the gradients would count as memory
    for _ in range(args.warmup):
        step()
    millis = []
    for _ in range(args.repeats):
        start = time.perf_counter()
        step()
        millis.append((time.perf_counter() - start) * 1e3)
    return {"threads": args.threads, "ms": millis, "vmHwmKb": peak_kb()}


def peak_kb():
    with open("/proc/self/status") as status:
        return next(int(l.split()[1]) for l in status if l.startswith("VmHWM:"))


if __name__ == "__main__":
    main()
