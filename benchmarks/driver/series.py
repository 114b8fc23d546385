"""Measurements of our side alone: cost against size, memory over many steps, profiles."""

import json
import math
import os
import statistics

import compare
import report

BATCHES = [1, 2, 4, 8, 16]
IMAGES = [224, 280, 336, 392, 448]
TASKS = [1, 2, 4, 6, 8]


def scaling(ours, options, available):
    """Tables and a picture; the plan of what is measured is above."""
    threads = options.threads[0]
    dense = "mtlora-step" if available["mtlora-step"] else "lora-tasks"
    plans = [
        ("batch, lora-step at 224²", "batch", "lora-step", "images", BATCHES, lambda x: x),
        ("image, lora-step at batch 1", "image", "lora-step", "pixels along an edge", IMAGES,
         lambda x: x * x),
        ("tasks, %s at 448²" % dense, "tasks", dense, "tasks", TASKS, lambda x: x),
    ]
    steps = ["--warmup", str(options.warmup), "--repeats", str(options.steps)]
    series = []
    for name, option, work, unit, values, size in plans:
        points = [{"x": x, "size": size(x), "all": [], "mb": 0} for x in values]
        # In turn, so that a slow minute of the machine is not one size's alone.
        for _ in range(options.repeats):
            for point in points:
                extra = ["--batch", "1"] if option == "image" else []
                change = ["--" + option, str(point["x"])]
                run = ours.run(["run", work] + change + extra + steps, threads)
                point["all"] += run["ms"]
                point["mb"] = max(point["mb"], run["vmHwmKb"] / 1024)
                point["macs"] = run["macs"] * run["batch"]
        for point in points:
            point["ms"] = statistics.median(point.pop("all"))
            compare.say("%s = %d: %.0f ms, %.0f MB" % (option, point["x"], point["ms"], point["mb"]))
        series.append({"name": name, "unit": unit, "exponent": _exponent(points), "points": points})
    data = os.path.splitext(options.out)[0] + ".json"
    picture = os.path.splitext(options.out)[0] + ".png"
    report.write(data, json.dumps({"series": series, "machine": report.machine()}, indent=1))
    ours.run(["plot", data, picture], 1)
    report.write(options.out, _markdown(series, threads, picture))
    return {"series": series}


def _exponent(points):
    """p of time = c·size^p, by least squares on logarithms; 1 is linear, less is better."""
    x = [math.log(p["size"]) for p in points]
    y = [math.log(p["ms"]) for p in points]
    mx, my = statistics.mean(x), statistics.mean(y)
    return sum((a - mx) * (b - my) for a, b in zip(x, y)) / sum((a - mx) ** 2 for a in x)


def _markdown(series, threads, picture):
    facts = report.machine()
    lines = ["# Cost against size", ""]
    lines += ["%(cpu)s, %(system)s; %(date)s, commit %(commit)s" % facts + ", %d thread(s)." % threads]
    lines += ["", "![cost against size](%s)" % os.path.basename(picture)]
    for one in series:
        first = one["points"][0]
        lines += ["", "## " + one["name"], ""]
        lines += ["Time grows with size to the power of %.2f." % one["exponent"], ""]
        lines += ["| %s | ms | over linear | MACs over linear | MB |" % one["unit"]]
        lines += ["|---|---|---|---|---|"]
        for p in one["points"]:
            more = p["size"] / first["size"]
            time, macs = (p[k] / first[k] / more for k in ("ms", "macs"))
            lines.append("| %d | %.1f | %.2f | %.2f | %.0f |" % (p["x"], p["ms"], time, macs, p["mb"]))
    return "\n".join(lines) + "\n"


def steady(ours, options, works):
    """Growth of peak memory after step 100."""
    lines = ["# Peak memory over %d steps" % options.steady_steps, ""]
    lines += ["%(cpu)s, %(system)s; %(date)s, commit %(commit)s." % report.machine(), ""]
    lines += ["| work | threads | VmHWM at step 100, kB | at the end, kB | growth, kB |"]
    lines += ["|---|---|---|---|---|"]
    results = []
    for threads in options.threads:
        for work in works:
            run = ours.run(["steady", work, "--steps", str(options.steady_steps)], threads)
            results.append(run)
            compare.say("%s: grown by %d kB" % (work, run["growthKb"]))
            columns = (work, threads, run["vmHwmKbFrom"], run["vmHwmKb"], run["growthKb"])
            lines.append("| %s | %d | %d | %d | %d |" % columns)
    report.write(options.out, "\n".join(lines) + "\n")
    return {"steady": results}


def profile(ours, options, work):
    """Time by operation, and the slowest instructions."""
    lines = ["# Where the time of %s goes" % work, ""]
    lines += ["%(cpu)s, %(system)s; %(date)s, commit %(commit)s." % report.machine()]
    results = []
    for threads in options.threads:
        steps = ["--warmup", str(options.warmup), "--repeats", str(options.steps)]
        run = ours.run(["profile", work] + steps, threads)
        results.append(run)
        for table in run["tables"]:
            lines += ["", "%d thread(s):" % threads, "", "```", table.rstrip(), "```"]
    report.write(options.out, "\n".join(lines) + "\n")
    return {"profiles": results}
