"""The layers' and the stores' own tests in Pyodide, under Node.js."""

from __future__ import annotations

import importlib.util
import json
import subprocess
from pathlib import Path

from tests.web.browsing import node, pyodide

_HERE = Path(__file__).parent
_ROOT = _HERE.parents[1]
_LIBRARIES = (
    *("_pytest", "pytest", "py", "pluggy", "iniconfig", "packaging", "platformdirs", "pygments"),
    *("hypothesis", "sortedcontainers", "attr"),
)
#: Chosen for what they cover in little time; each test that needs a thread or a process is left out.
_TESTS = ("layers/test_conformance.py", "layers/test_mounted.py", "packs/test_layout.py")


def run_in_pyodide(*arguments: str) -> subprocess.CompletedProcess[str]:
    mounts = {"vfsloader": str(_ROOT / "vfsloader"), "tests": str(_ROOT / "tests")}
    for library in _LIBRARIES:
        spec = importlib.util.find_spec(library)
        assert spec is not None, library
        assert spec.origin is not None
        origin = Path(spec.origin)
        mounts[library if origin.name == "__init__.py" else origin.name] = str(
            origin.parent if origin.name == "__init__.py" else origin
        )
    command = [node(), str(_HERE / "node_pytest.mjs"), str(pyodide()), json.dumps(mounts), *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=600)


def test_the_conformance_suites_pass_in_pyodide() -> None:
    done = run_in_pyodide(*(f"/site/tests/{name}" for name in _TESTS), "-k", "not thread")
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-1000:]
