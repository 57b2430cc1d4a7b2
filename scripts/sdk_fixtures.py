"""Write what the vendors' SDKs read of every recorded exchange, by SDKs in an environment that is thrown away."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PINS = ROOT / "contracts" / "sdk" / "requirements.txt"
TARGET = ROOT / "tests" / "providers" / "recordings" / "sdk.json.gz"


def main() -> int:
    """Make the environment, run the SDKs in it, tell whether anything has changed."""
    uv = os.environ.get("UV", "uv")
    before = TARGET.read_bytes() if TARGET.is_file() else b""
    with tempfile.TemporaryDirectory(prefix="agnolo-sdks-") as folder:
        python = f"{folder}/bin/python"
        subprocess.run([uv, "venv", "--quiet", "--python", sys.executable, folder], check=True)
        subprocess.run([uv, "pip", "install", "--quiet", "--python", python, "--requirements", PINS], check=True)
        environment = {
            **{name: value for name, value in os.environ.items() if not name.endswith(("_KEY", "_HOST", "_BASE_URL"))},
            "PYTHONPATH": str(ROOT),
            "NO_PROXY": "127.0.0.1",
        }
        subprocess.run(
            [python, "-W", "ignore", "-m", "contracts.sdk.readings", TARGET], check=True, cwd=ROOT, env=environment
        )
    changed = TARGET.read_bytes() != before
    print(f"{TARGET.relative_to(ROOT)}: {'changed' if changed else 'the same bytes as before'}")
    return 0


sys.exit(main())
