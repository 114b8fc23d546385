"""Measures works on both sides, interleaved, after a proof that both compute the same."""

import os
import statistics
import sys
import tempfile

import build
import rates

# Work -> what it is compared with. Of a work of ours the time is measured, not PyTorch's.
PEERS = {
    "lora-step": ("torch", "once"),
    "full-step": ("torch", "once"),
    "forward-merged": ("torch", "once"),
    "mtlora-step": ("torch", "once"),
    "ditask-step": ("torch", "once"),
    "ditask-step-released": ("torch", "released"),
    "tglora-step": ("ours", "mtlora-step"),
    "gemm-floor": ("ours", "gemm-floor"),
    "mtlora-step-feeds": ("ours", "mtlora-step"),
}
# The work whose time stands on our side, where it is not the row's own.
SUBJECT = {"gemm-floor": "lora-step"}


def say(text):
    print("benchmarks: " + text, file=sys.stderr, flush=True)


class Comparison:
    """Rows of the table."""

    def __init__(self, ours, peers, options):
        self.ours, self.peers, self.options = ours, peers, options
        self.rates = []

    def choose_settings(self):
        """Measures products on each side, at each number of threads, before anything is timed."""
        for threads in self.options.threads:
            mine = self._choose(self.ours, threads)
            for peer in self.peers:
                peer.prepare(threads)
                rates.require_fair(mine, self._choose(peer, threads))

    def _choose(self, side, threads):
        rate = rates.measure(side, threads, say)
        self.rates.append(rate)
        side.settings[threads] = rate["chosen"]["settings"]
        return rate

    def rows(self, work, threads):
        """One row, or one for each peer that computes the work."""
        kind, other = PEERS[work]
        if kind == "ours":
            return [self._row(work, threads, None, other)]
        return [self._row(work, threads, p, other) for p in self.peers if work in p.works]

    def _row(self, work, threads, peer, other):
        with tempfile.TemporaryDirectory(prefix="peft4j-benchmark-") as folder:
            exchange = os.path.join(folder, work + ".safetensors")
            proof = self._prove(work, exchange, other, threads, peer) if peer else None
            variant = proof.get("variant", other) if proof else other
            mine, theirs = [], []
            for turn in range(self.options.repeats):
                mine.append(self._ours(SUBJECT.get(work, work), threads))
                if peer:
                    step = ["run", exchange, "--variant", variant] + self._steps()
                    theirs.append(peer.run(step, threads))
                else:
                    theirs.append(self._ours(other, threads))
                say(
                    "%s, %d thread(s), pair %d of %d: %.0f and %.0f ms"
                    % (
                        work,
                        threads,
                        turn + 1,
                        self.options.repeats,
                        statistics.median(mine[-1]["ms"]),
                        statistics.median(theirs[-1]["ms"]),
                    )
                )
        return {
            "work": work,
            "threads": threads,
            "beside": peer.name if peer else None,
            "proof": proof,
            "ours": mine,
            "peer": theirs,
        }

    def _steps(self):
        return ["--warmup", str(self.options.warmup), "--repeats", str(self.options.steps)]

    def _size(self):
        size = []
        for name in ("backbone", "image", "batch", "tasks", "activations"):
            value = getattr(self.options, name)
            size += [] if value is None else ["--" + name, str(value)]
        return size

    def _ours(self, work, threads):
        return self.ours.run(["run", work] + self._size() + self._steps(), threads)

    def _prove(self, work, exchange, variant, threads, peer):
        self.ours.run(["export", work, exchange] + self._size(), threads)
        check = ["check", exchange]
        check += ["--variant", variant] if peer.name == "PyTorch" else []
        proof = peer.run(check, threads)
        say(
            "%s, %s: %d values compared, worst relative difference %.1e (%s)"
            % (work, peer.name, proof["compared"], proof["difference"], proof["worst"])
        )
        if not proof["same"]:
            raise build.Failure(
                "%s: ours and %s differ by %.1e in %s; nothing is timed above %.0e"
                % (work, peer.name, proof["difference"], proof["worst"], proof["allowed"]),
                1,
            )
        return proof


def summary(row):
    """The row as --json prints it: medians over processes of their medians."""
    ours_ms, peer_ms = (_median_ms(row[side]) for side in ("ours", "peer"))
    ours_mb, peer_mb = (_median_mb(row[side]) for side in ("ours", "peer"))
    return {
        "work": row["work"],
        "threads": row["threads"],
        "beside": row["beside"],
        "oursMs": round(ours_ms, 2),
        "peerMs": round(peer_ms, 2),
        "timeRatio": round(ours_ms / peer_ms, 4),
        "oursMB": round(ours_mb, 1),
        "peerMB": round(peer_mb, 1),
        "memoryRatio": round(ours_mb / peer_mb, 4),
    }


def minimum_ms(runs):
    return min(min(r["ms"]) for r in runs)


def _median_ms(runs):
    return statistics.median(statistics.median(r["ms"]) for r in runs)


def _median_mb(runs):
    return statistics.median(r["vmHwmKb"] for r in runs) / 1024
