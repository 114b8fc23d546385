"""Builds the Java side when its sources are newer, as the script `peft` does."""

import fcntl
import os
import shutil
import subprocess
import sys

HERE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
HOME = os.path.dirname(HERE)
TARGET = os.path.join(HERE, "target")
CLASS_PATH = os.path.join(TARGET, "classpath.txt")


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


def class_path():
    """The class path of the benchmark, built where it is out of date."""
    os.makedirs(TARGET, exist_ok=True)
    # One build at a time; who waited finds the work done.
    with open(os.path.join(TARGET, "run.lock"), "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not _is_current():
            _build()
    with open(CLASS_PATH) as file:
        return os.path.join(TARGET, "classes") + os.pathsep + file.read().strip()


def _is_current():
    if not os.path.exists(CLASS_PATH):
        return False
    built = os.path.getmtime(CLASS_PATH)
    with open(CLASS_PATH) as file:
        if not all(os.path.exists(p) for p in file.read().strip().split(os.pathsep)):
            return False
    return all(os.path.getmtime(source) <= built for source in _sources())


def _sources():
    yield os.path.join(HOME, "pom.xml")
    for module in sorted(os.listdir(HOME)):
        main = os.path.join(HOME, module, "src", "main")
        pom = os.path.join(HOME, module, "pom.xml")
        if module not in ("examples", "peft-testkit") and os.path.isdir(main):
            yield pom
            for folder, _, files in os.walk(main):
                yield from (os.path.join(folder, f) for f in files)


def _build():
    maven = os.environ.get("MVN") or shutil.which("mvn")
    if not maven:
        raise Failure("no Maven: install it (3.8 or newer), or set MVN")
    print("benchmarks: building (some minutes on first use) ...", file=sys.stderr)
    command = [maven, "-q", "-B", "-Dstyle.color=never", "-pl", "benchmarks", "-am"]
    command += ["-DskipTests", "-Dshade.skip", "-Dspotless.check.skip=true", "package"]
    if os.path.exists(CLASS_PATH):
        os.remove(CLASS_PATH)  # an interrupted build would look up to date
    if subprocess.run(command, cwd=HOME, stdout=sys.stderr).returncode:
        raise Failure("the build failed", 1)
