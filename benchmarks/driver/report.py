"""Tables in Markdown; every one says what it was measured with."""

import datetime
import json
import os
import platform
import subprocess
import tempfile

import build
import compare
import process
import rates

PEER_NAMES = {
    "ditask-step": "%s, SVD once",
    "ditask-step-released": "%s, SVD in every forward",
    "mtlora-step-feeds": "our mtlora-step",
    "tglora-step": "our mtlora-step",
    "gemm-floor": "its matrix products alone",
}


def machine():
    """Facts about this machine, by name."""
    return {
        "cpu": _field("/proc/cpuinfo", "model name"),
        "processors": len(os.sched_getaffinity(0)),
        "memoryMB": int(_field("/proc/meminfo", "MemTotal").split()[0]) // 1024,
        "system": platform.platform(),
        "date": datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d %H:%M UTC"),
        "commit": _commit(),
    }


def _field(path, name):
    with open(path) as file:
        for line in file:
            if line.startswith(name):
                return line.split(":", 1)[1].strip()
    return "unknown"


def _commit():
    git = ["git", "-C", build.HOME, "rev-parse", "--short", "HEAD"]
    try:
        done = subprocess.run(git, capture_output=True, text=True)
        return done.stdout.strip() or "unknown"
    except OSError:
        return "unknown"


def _beside(row):
    name = PEER_NAMES.get(row["work"], "%s")
    return name % row["beside"] if "%s" in name else name


def comparison(rows, speeds, skipped, facts, options):
    lines = ["# Ours beside PyTorch", ""]
    lines += _measured_with(rows, facts, options)
    lines += ["", "Products of linear layers, float32, by setting; bold is what was chosen.", ""]
    lines += rates.table(speeds)
    lines += table(rows)
    lines += mac_ratios(rows)
    lines += ["", *("Not measured: %s (%s)." % pair for pair in skipped.items())]
    return "\n".join(lines).rstrip() + "\n"


def table(rows):
    """The rows in Markdown."""
    lines = [
        "",
        "| work | threads | beside | ours, ms (min) | beside, ms (min) | time ratio "
        "| ours, MB | beside, MB | memory ratio | worst difference |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    for row in rows:
        s = compare.summary(row)
        proof = row["proof"]
        lines.append(
            "| %s | %d | %s | %.1f (%.1f) | %.1f (%.1f) | **%.2f** | %.0f | %.0f | **%.2f** | %s |"
            % (
                s["work"],
                s["threads"],
                _beside(row),
                s["oursMs"],
                compare.minimum_ms(row["ours"]),
                s["peerMs"],
                compare.minimum_ms(row["peer"]),
                s["timeRatio"],
                s["oursMB"],
                s["peerMB"],
                s["memoryRatio"],
                "%.1e" % proof["difference"] if proof else "",
            )
        )
    return lines


def mac_ratios(rows):
    """Lines that tell multiply-accumulates beside times."""
    lines = []
    for row in rows:
        if row["work"] == "gemm-floor":
            run = row["peer"][0]
            rate = 2 * run["macs"] / compare.summary(row)["peerMs"] / 1e6
            lines += ["", "Matrix products of lora-step, %d thread(s): %.1f GMAC at %.0f GFLOP/s."
                      % (row["threads"], run["macs"] / 1e9, rate)]
        if row["work"] == "tglora-step":
            ratio = row["ours"][0]["macs"] / row["peer"][0]["macs"]
            lines += ["", "Multiply-accumulates of tglora-step over mtlora-step: %.3f." % ratio]
    return list(dict.fromkeys(lines[1::2])) and [""] + lines[1::2]


def _measured_with(rows, facts, options):
    lines = [
        "%(cpu)s, %(processors)d processors, %(memoryMB)d MB, %(system)s; %(date)s, commit "
        "%(commit)s." % facts,
        "",
        "%d interleaved pairs of fresh processes, %d steps after %d of warm-up each, as many "
        "processors as threads; medians, and minima in brackets; memory is VmHWM of the process. "
        "GOMP_SPINCOUNT=%s."
        % (options.repeats, options.steps, options.warmup, process.surroundings(1, {})["GOMP_SPINCOUNT"]),
    ]
    for side, name in (("ours", "Ours"), ("peer", "Beside")):
        seen = {json.dumps(r[side][0]["versions"], sort_keys=True): r for r in rows if r[side]}
        described = set()
        for row in seen.values():
            versions = row[side][0]["versions"]
            kept = {k: v for k, v in versions.items() if k not in ("processors", "backendThreads")}
            described.add(", ".join("%s %s" % pair for pair in kept.items()))
        lines += ["", *("%s: %s." % (name, d) for d in sorted(described))]
    return lines


def write(path, text):
    """A file that appears complete or not at all."""
    folder = os.path.dirname(os.path.abspath(path))
    os.makedirs(folder, exist_ok=True)
    descriptor, temporary = tempfile.mkstemp(dir=folder)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
    os.chmod(temporary, 0o644)
    os.replace(temporary, path)
