"""Fresh processes of both sides, in equal surroundings."""

import json
import os
import shutil
import subprocess
import sys

import build

PACKAGES = "apt-get install python3-torch python3-torchvision libopenblas0-pthread"
PEER = os.path.join(build.HERE, "peer", "peer.py")

# Idle OpenMP threads that spin steal the processor from those that work; a short spin is the best
# setting of either side.
_SPIN = "1000"


class Ours:
    """The Java side."""

    def __init__(self, heap):
        self.command = [build.java(), "-Xmx" + heap, "-XX:+UseSerialGC"]
        # A step leaves next to no garbage; whatever the young generation is given, it fills.
        self.command += ["-Xms32m", "-Xmn16m"]
        # ND4J would limit its arrays by the heap's size; the heap needs little, the arrays much.
        self.command += ["-Dorg.bytedeco.javacpp.maxbytes=32g"]
        self.command += ["-Dorg.bytedeco.javacpp.maxphysicalbytes=0", "-Djava.awt.headless=true"]
        self.command += ["-Dorg.slf4j.simpleLogger.defaultLogLevel=warn"]
        self.path = build.class_path()

    def run(self, arguments, threads):
        processors = ["-XX:ActiveProcessorCount=%d" % threads, "-cp", self.path]
        return _run(self.command + processors + ["io.peft4j.benchmarks.Main"] + arguments, threads)


class Peer:
    """The PyTorch side."""

    def __init__(self):
        self.python = _python_with_torch()

    def run(self, arguments, threads):
        arguments = [str(a) for a in arguments] + ["--threads", str(threads)]
        return _run([self.python, PEER] + arguments, threads)

    def require_fast_blas(self, threads):
        """Versions; refuses a library that would make the comparison void."""
        versions = self.run(["versions"], threads)["versions"]
        blas = versions["blas"]
        if blas is None or (threads > 1 and "openblas-serial" in blas):
            raise build.Failure(
                "PyTorch computes its products by %s, and the comparison would be void:\n  %s\n"
                "then choose OpenBLAS with update-alternatives --config libblas.so.3-..."
                % (blas or "a reference BLAS", PACKAGES)
            )
        return versions


def _python_with_torch():
    candidates = [os.environ.get("PEER_PYTHON"), sys.executable, "/usr/bin/python3"]
    for python in filter(None, candidates):
        if shutil.which(python):
            probe = [python, "-c", "import numpy, torch, torchvision"]
            if subprocess.run(probe, capture_output=True).returncode == 0:
                return python
    raise build.Failure(
        "PyTorch is missing, which the comparison is with:\n  %s\n"
        "or set PEER_PYTHON to a Python that has torch and torchvision" % PACKAGES
    )


def surroundings(threads):
    """Environment of either side: nothing that a shell may have set for one of them."""
    env = dict(os.environ)
    # The core type of another processor makes either side slower by half.
    for name in ("OPENBLAS_CORETYPE", "OPENBLAS_NUM_THREADS", "GOTO_NUM_THREADS"):
        env.pop(name, None)
    for name in ("MKL_NUM_THREADS", "OMP_WAIT_POLICY", "JAVA_TOOL_OPTIONS", "KMP_BLOCKTIME"):
        env.pop(name, None)
    env["OMP_NUM_THREADS"] = str(threads)
    env["GOMP_SPINCOUNT"] = _SPIN
    env["PYTHONDONTWRITEBYTECODE"] = "1"
    return env


def processors(threads):
    """The processors that a process of so many threads may use: no helper thread runs beside."""
    allowed = sorted(os.sched_getaffinity(0))
    if threads > len(allowed):
        raise build.Failure("--threads %d: there are %d processors" % (threads, len(allowed)))
    return allowed[-threads:]


def _run(command, threads):
    cpus = processors(threads)
    done = subprocess.run(
        command,
        env=surroundings(threads),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: os.sched_setaffinity(0, cpus),
    )
    if done.returncode:
        message = done.stderr.strip() or "process ended with code %d" % done.returncode
        if done.returncode == 2 and message.splitlines()[-1].startswith("benchmarks: "):
            raise build.Failure(message.splitlines()[-1][len("benchmarks: ") :])
        raise build.Failure(message, 1)
    return json.loads(done.stdout.strip().splitlines()[-1])
