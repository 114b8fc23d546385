"""Builds the Java side when its sources are newer, as the script `peft` does."""

import fcntl
import os
import shutil
import subprocess
import sys

HERE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
HOME = os.path.dirname(HERE)
TARGET = os.path.join(HERE, "target")

# What is built: folder of the module, arguments of Maven, words for the user.
OURS = ("benchmarks", ["-pl", "benchmarks", "-am"], "some minutes on first use")
LIBTORCH = (
    "benchmarks/libtorch",
    ["-Plibtorch", "-pl", "benchmarks/libtorch"],
    "the first time Maven fetches 110 MB",
)


class Failure(Exception):
    """Something that the user can mend; the message says how."""

    def __init__(self, message, code=2):
        super().__init__(message)
        self.code = code


def java():
    """The Java command."""
    home = os.environ.get("JAVA_HOME")
    command = os.path.join(home, "bin", "java") if home else shutil.which("java")
    if not command or not os.path.exists(command):
        raise Failure("no Java: install a JDK, 17 or newer, or set JAVA_HOME")
    return command


def class_path(what):
    """The class path of a side, built where it is out of date."""
    module, arguments, words = what
    target = os.path.join(HOME, module, "target")
    listing = os.path.join(target, "classpath.txt")
    os.makedirs(target, exist_ok=True)
    # One build at a time; who waited finds the work done.
    with open(os.path.join(target, "run.lock"), "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not _is_current(listing, _sources() if what is OURS else _of_module(module)):
            _build(listing, arguments, words)
    with open(listing) as file:
        return os.path.join(target, "classes") + os.pathsep + file.read().strip()


def _is_current(listing, sources):
    if not os.path.exists(listing):
        return False
    built = os.path.getmtime(listing)
    with open(listing) as file:
        if not all(os.path.exists(p) for p in file.read().strip().split(os.pathsep)):
            return False
    return all(os.path.getmtime(source) <= built for source in sources)


def _sources():
    yield os.path.join(HOME, "pom.xml")
    for module in sorted(os.listdir(HOME)):
        if module not in ("examples", "peft-testkit"):
            yield from _of_module(module)


def _of_module(module):
    main = os.path.join(HOME, module, "src", "main")
    if os.path.isdir(main):
        yield os.path.join(HOME, module, "pom.xml")
        for folder, _, files in os.walk(main):
            yield from (os.path.join(folder, f) for f in files)


def _build(listing, arguments, words):
    maven = os.environ.get("MVN") or shutil.which("mvn")
    if not maven:
        raise Failure("no Maven: install it (3.8 or newer), or set MVN")
    print("benchmarks: building (%s) ..." % words, file=sys.stderr)
    command = [maven, "-q", "-B", "-Dstyle.color=never"] + arguments
    command += ["-DskipTests", "-Dshade.skip", "-Dspotless.check.skip=true", "package"]
    if os.path.exists(listing):
        os.remove(listing)  # an interrupted build would look up to date
    if subprocess.run(command, cwd=HOME, stdout=sys.stderr).returncode:
        raise Failure("the build failed", 1)
