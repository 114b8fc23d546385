"""Writes measured tables into the documents, between marks: no figure is copied by hand."""

import os

import build
import compare
import rates
import report

SPEED = "docs/speed.md"
README = "README.md"

# Marked places by document.
PLACES = {SPEED: ("conditions", "rates", "rows"), README: ("rows", "conditions")}

_END = "<!-- end -->"

# Rows of the README, in words.
_WORKS = {
    "lora-step": "LoRA r = 8, 224², batch 4",
    "mtlora-step": "MTLoRA r = 64, 4 tasks with heads, 448²",
    "ditask-step": "DiTASK, the same; PyTorch decomposes weights once",
    "ditask-step-released": "DiTASK; PyTorch decomposes in every forward, as released",
    "full-step": "full fine-tuning, 224², batch 4",
    "forward-merged": "forward, merged, 224², batch 4",
}


def replaced(text, name, lines):
    """The text with other lines in the place of this name."""
    mark = "<!-- measured: %s -->" % name
    start = text.find(mark)
    end = text.find(_END, start)
    if start < 0 or end < 0:
        raise build.Failure("there is no '%s' with '%s' after it to write between" % (mark, _END))
    return text[: start + len(mark)] + "\n" + "\n".join(lines) + "\n" + text[end:]


def publish(rows, speeds, facts, options):
    """Writes all tables; every text is made before the first file is touched."""
    conditions = _conditions(rows, facts, options)
    contents = {
        SPEED: {
            "conditions": conditions,
            "rates": rates.table(speeds),
            "rows": report.table(rows)[1:] + report.mac_ratios(rows),
        },
        README: {"rows": _summary(rows), "conditions": conditions},
    }
    texts = {}
    for path, places in contents.items():
        with open(os.path.join(build.HOME, path), encoding="utf-8") as file:
            texts[path] = file.read()
        for name, lines in places.items():
            texts[path] = replaced(texts[path], name, lines)
    for path, text in texts.items():
        report.write(os.path.join(build.HOME, path), text)
        compare.say("figures written to " + path)


def _conditions(rows, facts, options):
    peers = {r["beside"]: r["peer"][0]["versions"] for r in rows if r["beside"]}
    names = ["%s %s" % (n, v.get("torch") or v.get("libtorch")) for n, v in peers.items()]
    ours = rows[0]["ours"][0]["versions"]
    return [
        "%s, %d processors; JDK %s, ND4J %s; %s; %s, commit %s; %d interleaved pairs of fresh"
        % (
            facts["cpu"],
            facts["processors"],
            ours["java"],
            ours["nd4j"],
            ", ".join(names),
            facts["date"],
            facts["commit"],
            options.repeats,
        ),
        "processes, %d steps each after %d of warm-up, as many processors as threads; medians;"
        % (options.steps, options.warmup),
        "memory is the peak of the process, JVM included. Each side runs under the core type of OpenBLAS",
        "that multiplies fastest for it. Dropout is off.",
    ]


def _summary(rows):
    lines = ["| work | threads | beside | ours, ms | theirs, ms | time | memory |"]
    lines += ["|---|---:|---|---:|---:|---:|---:|"]
    for row in rows:
        if row["work"] in _WORKS and row["beside"]:
            s = compare.summary(row)
            lines.append(
                "| %s | %d | %s | %.0f | %.0f | %.2f | %.2f |"
                % (
                    _WORKS[s["work"]],
                    s["threads"],
                    s["beside"],
                    s["oursMs"],
                    s["peerMs"],
                    s["timeRatio"],
                    s["memoryRatio"],
                )
            )
    return lines
