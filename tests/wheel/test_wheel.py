import re
import shutil
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path
from zipfile import ZipFile

import pytest

ROOT = Path(__file__).parent.parent.parent
SCRIPT = Path(__file__).parent / "use_client.py"
# What pip says when it cannot fetch the build backend.
NO_BACKEND = re.compile(
    r"No matching distribution found for setuptools|Could not find a version .* setuptools"
)


def run(*command: object, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    """Run a command and return what it said."""
    return subprocess.run(list(map(str, command)), cwd=cwd, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from a copy of the whole tree."""
    folder = tmp_path_factory.mktemp("wheel")
    tree = folder / "tree"
    left_out = shutil.ignore_patterns(".*", "var", "static", "build", "*.egg-info", "__pycache__")
    shutil.copytree(ROOT, tree, ignore=left_out)
    isolation = [] if int(version("setuptools").split(".")[0]) < 77 else ["--no-build-isolation"]
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "wheel", "--no-deps", *isolation]
    built = run(*pip, "--wheel-dir", folder, tree)
    if built.returncode and NO_BACKEND.search(built.stderr):
        pytest.skip("no setuptools>=77 here, and none to be fetched")
    assert built.returncode == 0, built.stderr
    (found,) = folder.glob("refusalhub_client-*.whl")
    return found


def pythons() -> dict[tuple[int, int], Path]:
    """Return the supported Pythons of this machine that start, by their version."""
    names = [f"python3.{minor}" for minor in range(10, 20)]
    on_path = [Path(at) for at in map(shutil.which, names) if at]
    by_pyenv = [path for name in names for path in Path.home().glob(f".pyenv/versions/*/bin/{name}")]
    found: dict[tuple[int, int], Path] = {}
    for path in [Path(sys.executable), *by_pyenv, *on_path]:
        said = run(path, "-c", "import sys, venv; print(*sys.version_info[:2])")
        if said.returncode == 0:
            major, minor = map(int, said.stdout.split())
            found.setdefault((major, minor), path)
    return found


def test_the_wheel_holds_the_vocabulary_alone_and_its_types(wheel: Path) -> None:
    names = ZipFile(wheel).namelist()
    rooms = {name.split("/")[0] for name in names}
    assert {room for room in rooms if not room.endswith(".dist-info")} == {"refusals"}
    assert "refusals/py.typed" in names
    sources = {str(path.relative_to(ROOT)) for path in ROOT.glob("refusals/**/*.py")}
    assert {name for name in names if name.endswith(".py")} == sources
    assert [name for name in names if "test" in name] == []


def test_the_wheel_needs_nothing_else(wheel: Path) -> None:
    archive = ZipFile(wheel)
    (metadata,) = (name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
    assert "Requires-Dist" not in archive.read(metadata).decode()


def test_the_client_works_where_nothing_else_is_installed(wheel: Path, tmp_path: Path) -> None:
    for version_, python in sorted(pythons().items()):
        works_in(tmp_path / ".".join(map(str, version_)), python, wheel)


def works_in(folder: Path, base: Path, wheel: Path) -> None:
    """Install the wheel into an empty environment of this Python, and use it there."""
    made = run(base, "-m", "venv", "--without-pip", folder / "venv")
    assert made.returncode == 0, made.stderr
    python = folder / "venv/bin/python"
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--python", python]
    installed = run(*pip, "install", "--no-index", "--no-deps", wheel)
    assert installed.returncode == 0, installed.stderr
    used = run(python, "-I", "-W", "error", SCRIPT, cwd=folder)
    assert used.returncode == 0, used.stderr
    assert used.stdout.split() == ["True"] * 8, (folder, used.stdout)
    helped = run(python, "-I", "-W", "error", "-m", "refusals", "--help", cwd=folder)
    assert (helped.returncode, helped.stderr) == (0, "")
    assert "flush" in helped.stdout
