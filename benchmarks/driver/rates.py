"""The rate of matrix products on either side, and the settings of OpenBLAS that give the best.

OpenBLAS goes by a processor's family and model, and takes those it does not know for a core of
2004; each side is therefore measured under every core type that the processor can run, each in a
fresh process, and keeps the fastest whose products are right.
"""

import platform

import build

# Linear layers of Swin-T at 224², batch 4: rows, inputs, outputs.
SHAPES = ("12544x96x288", "12544x384x96", "3136x192x768", "784x384x1536", "196x768x3072")

# Core types by what a processor must have.
_CORES = {
    "x86_64": (
        ("Haswell", ("avx2", "fma")),
        ("Zen", ("avx2", "fma")),
        ("SkylakeX", ("avx512f", "avx512bw", "avx512dq", "avx512vl")),
        ("Cooperlake", ("avx512f", "avx512bw", "avx512dq", "avx512vl", "avx512_bf16")),
        ("SapphireRapids", ("avx512f", "avx512_bf16", "amx_bf16", "amx_tile")),
    ),
    "aarch64": (
        ("ARMV8", ("asimd",)),
        ("NEOVERSEN1", ("asimd", "asimddp")),
        ("NEOVERSEV1", ("sve",)),
    ),
}

# Where a virtual processor does not tell the size of its cache, OpenBLAS's blocks may be small.
_CACHES = ("512", "2048")

# An error of more than rounding: float32's sums of 3072 products miss some 1e-6.
WRONG = 1e-4

# Below this share of our rate a peer's products are another machine's.
FAIR = 0.7

# A cache size is set only for a gain that noise is not.
_GAIN = 1.03


def candidates(flags=None, machine=None):
    """Core types that the processor can run; None leaves the choice to OpenBLAS."""
    have = set(_flags() if flags is None else flags)
    known = _CORES.get(machine or platform.machine(), ())
    return [None] + [core for core, needed in known if have.issuperset(needed)]


def _flags():
    with open("/proc/cpuinfo") as file:
        for line in file:
            name, _, value = line.partition(":")
            if name.strip() in ("flags", "Features"):
                return value.split()
    return []


def settings(core, cache=None):
    """Environment of a choice."""
    env = {} if core is None else {"OPENBLAS_CORETYPE": core}
    if cache is not None:
        env["OPENBLAS_L2_SIZE"] = cache
    return env


def describe(env):
    """A choice in words."""
    return ", ".join("%s=%s" % pair for pair in sorted(env.items())) or "OpenBLAS's own choice"


def measure(side, threads, say=lambda text: None, cores=None):
    """Rates of a side under every setting; the fastest right one is chosen."""
    tried = [_try(side, threads, settings(c)) for c in (candidates() if cores is None else cores)]
    best = _best(side, tried)
    # Of the core type that was chosen only.
    core = best["settings"].get("OPENBLAS_CORETYPE")
    for cache in _CACHES:
        one = _try(side, threads, settings(core, cache))
        tried.append(one)
        if _is_right(one) and one["gflops"] > _GAIN * best["gflops"]:
            best = one
    wrong = [t for t in tried if "gflops" in t and not _is_right(t)]
    for one in wrong:
        say("%s, %s: products are wrong by %.1e, not taken" % (side.name, describe(one["settings"]), one["error"]))
    result = {"side": side.name, "threads": threads, "chosen": best, "tried": tried}
    say("%s, %d thread(s): %.0f GFLOP/s by %s" % (side.name, threads, best["gflops"], describe(best["settings"])))
    return result


def _try(side, threads, env):
    try:
        line = side.run(["products", *SHAPES], threads, env)
    except build.Failure as failure:
        # A core type whose instructions are missing ends the process; that is an answer too.
        return {"settings": env, "failed": str(failure).strip().splitlines()[-1]}
    return {"settings": env, "gflops": line["gflops"], "each": line["each"], "error": line["error"]}


def _is_right(one):
    return "gflops" in one and one["error"] <= WRONG


def _best(side, tried):
    right = [t for t in tried if _is_right(t)]
    if not right:
        why = "; ".join(
            "%s: %s" % (describe(t["settings"]), t.get("failed") or "wrong by %.1e" % t["error"])
            for t in tried
        )
        raise build.Failure("no right product on the side of %s: %s" % (side.name, why), 1)
    return max(right, key=lambda t: t["gflops"])


def require_fair(ours, theirs):
    """Refuses a comparison with a peer whose products are slow by its installation."""
    mine, other = ours["chosen"]["gflops"], theirs["chosen"]["gflops"]
    if other < FAIR * mine:
        raise build.Failure(
            "%s multiplies at %.0f GFLOP/s at its best (%s), ours at %.0f (%s), %d thread(s): below "
            "%.1f of it the comparison is void.\n"
            "Install a newer OpenBLAS (or a PyTorch with MKL) for it, see that nothing else runs, or "
            "compare with another: --peer libtorch"
            % (
                theirs["side"],
                other,
                describe(theirs["chosen"]["settings"]),
                mine,
                describe(ours["chosen"]["settings"]),
                theirs["threads"],
                FAIR,
            )
        )


def table(rates):
    """Lines of Markdown: every setting of every side, the choice in bold."""
    lines = ["| side | threads | setting | GFLOP/s | error |", "|---|---:|---|---:|---:|"]
    for rate in rates:
        for one in rate["tried"]:
            bold = "**" if one is rate["chosen"] or one == rate["chosen"] else ""
            if "gflops" in one:
                speed, error = "%s%.0f%s" % (bold, one["gflops"], bold), "%.0e" % one["error"]
            else:
                speed, error = "failed", ""
            lines.append(
                "| %s | %d | %s | %s | %s |"
                % (rate["side"], rate["threads"], describe(one["settings"]), speed, error)
            )
    return lines
