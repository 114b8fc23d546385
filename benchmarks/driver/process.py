"""Fresh processes of each side, in equal surroundings."""

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

# What a shell may have set for one of the sides; OpenBLAS's are then chosen by measurement.
_UNSET = (
    "OPENBLAS_CORETYPE",
    "OPENBLAS_L2_SIZE",
    "OPENBLAS_NUM_THREADS",
    "GOTO_NUM_THREADS",
    "MKL_NUM_THREADS",
    "OMP_WAIT_POLICY",
    "JAVA_TOOL_OPTIONS",
    "KMP_BLOCKTIME",
)


class Side:
    """Whoever computes; `settings` are those of OpenBLAS by number of threads."""

    name = None

    def __init__(self):
        self.settings = {}

    def run(self, arguments, threads, settings=None):
        """One process; its line of JSON. Settings given here are for this process alone."""
        chosen = self.settings.get(threads, {}) if settings is None else settings
        arguments = [str(a) for a in arguments]
        return _run(self.command(arguments, threads), threads, chosen)

    def command(self, arguments, threads):
        raise NotImplementedError

    def prepare(self, threads):
        """Refuses what would make every figure void."""


class Ours(Side):
    """peft4j."""

    name = "peft4j"

    def __init__(self, heap):
        super().__init__()
        self.java = [build.java(), "-Xmx" + heap, "-XX:+UseSerialGC"]
        # A step leaves next to no garbage; whatever the young generation is given, it fills.
        self.java += ["-Xms32m", "-Xmn16m"]
        # ND4J would limit its arrays by the heap's size; the heap needs little, the arrays much.
        self.java += ["-Dorg.bytedeco.javacpp.maxbytes=32g"]
        self.java += ["-Dorg.bytedeco.javacpp.maxphysicalbytes=0", "-Djava.awt.headless=true"]
        self.java += ["-Dorg.slf4j.simpleLogger.defaultLogLevel=warn"]
        self.path = build.class_path(build.OURS)

    def command(self, arguments, threads):
        processors = ["-XX:ActiveProcessorCount=%d" % threads, "-cp", self.path]
        return self.java + processors + ["io.peft4j.benchmarks.Main"] + arguments


class Torch(Side):
    """PyTorch by Python."""

    name = "PyTorch"
    works = ("lora-step", "full-step", "forward-merged", "mtlora-step", "ditask-step")
    works += ("ditask-step-released",)

    def __init__(self, options):
        super().__init__()
        self.python = python_with_torch()
        if not self.python:
            raise build.Failure(
                "PyTorch is missing, which the comparison is with:\n  %s\n"
                "or set PEER_PYTHON to a Python that has torch and torchvision, or compare with "
                "what Maven brings: --peer libtorch" % PACKAGES
            )

    def command(self, arguments, threads):
        return [self.python, PEER] + arguments + ["--threads", str(threads)]

    def prepare(self, threads):
        blas = self.run(["versions"], threads)["versions"]["blas"]
        if blas is None or (threads > 1 and "openblas-serial" in blas):
            raise build.Failure(
                "PyTorch computes its products by %s, and the comparison would be void:\n  %s\n"
                "then choose OpenBLAS with update-alternatives --config libblas.so.3-..."
                % (blas or "a reference BLAS", PACKAGES)
            )


class Libtorch(Side):
    """libtorch from Maven's repository, by its C++ interface; oneDNN and OpenBLAS inside."""

    name = "libtorch"
    works = ("lora-step", "full-step", "forward-merged")

    def __init__(self, options):
        super().__init__()
        path = build.class_path(build.LIBTORCH)
        self.java = [build.java(), "-Xmx" + options.heap, "-XX:+UseSerialGC", "-Xms32m", "-Xmn16m"]
        # Tensors are libtorch's own: JavaCPP, which counts the process, must not limit them.
        self.java += ["-Dorg.bytedeco.javacpp.maxphysicalbytes=0", "-cp", path]
        self.run(["unpack"], 1)

    def command(self, arguments, threads):
        main = ["-XX:ActiveProcessorCount=%d" % threads, "io.peft4j.benchmarks.libtorch.Main"]
        return self.java + main + arguments + ["--threads", str(threads)]


# Whom --peer names. A peer takes options and has name, works, prepare and run, with the commands
# products, check and run of its process.
PEERS = {"torch": Torch, "libtorch": Libtorch}


def python_with_torch():
    """A Python that has PyTorch, or None."""
    candidates = [os.environ.get("PEER_PYTHON"), sys.executable, "/usr/bin/python3"]
    for python in filter(None, candidates):
        if shutil.which(python):
            probe = [python, "-c", "import numpy, torch, torchvision"]
            if subprocess.run(probe, capture_output=True).returncode == 0:
                return python
    return None


def surroundings(threads, settings):
    """Environment of a side: nothing but its settings that a shell may have set for one of them."""
    env = {k: v for k, v in os.environ.items() if k not in _UNSET}
    env["OMP_NUM_THREADS"] = str(threads)
    env["GOMP_SPINCOUNT"] = _SPIN
    env["PYTHONDONTWRITEBYTECODE"] = "1"
    env.update(settings)
    return env


def processors(threads):
    """The processors that a process of so many threads may use: no helper thread runs beside."""
    allowed = sorted(os.sched_getaffinity(0))
    if threads > len(allowed):
        raise build.Failure("--threads %d: there are %d processors" % (threads, len(allowed)))
    return allowed[-threads:]


def _run(command, threads, settings):
    cpus = processors(threads)
    done = subprocess.run(
        command,
        env=surroundings(threads, settings),
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
