"""What is installed elsewhere is what stands here: the built wheel, looked into."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

from tests.architecture.source import LAYERS, ROOT, modules


def test_the_wheel_holds_our_packages_and_nothing_else(tmp_path: Path):
    """Six typed packages with all their modules, the licence and the command; nothing else."""
    uv = Path(sys.executable).parent / "uv"
    how = ("--offline", "--no-build-isolation", "--quiet", "--python", sys.executable)
    subprocess.run([uv, "build", "--wheel", *how, "--out-dir", tmp_path, ROOT], check=True)
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
        (entry_points,) = (name for name in names if name.endswith("entry_points.txt"))
        assert "conciliar = handlers.cli:main" in archive.read(entry_points).decode()
    assert {name.split("/")[0] for name in names if ".dist-info/" not in name} == set(LAYERS)
    assert {source.path for source in modules(*LAYERS)} | {f"{p}/py.typed" for p in LAYERS} <= names
    assert any(name.endswith("licenses/LICENSE") for name in names)
