"""Builds a release into dist/ and moves the change fragments into CHANGELOG.md. Publishes nothing. `make release`."""

from __future__ import annotations

import datetime
import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
HEAD = "# Changelog\n"


class Refused(Exception):
    """The tree is in no state to be released; the message says what to do."""


def check_clean(root: Path) -> None:
    """Raises Refused when git knows of anything not committed."""
    status = subprocess.run(["git", "status", "--porcelain"], cwd=root, capture_output=True, text=True, check=True)
    if status.stdout.strip():
        raise Refused(f"the tree is not clean; commit or remove these first:\n{status.stdout.rstrip()}")


def version_of(root: Path) -> str:
    """The version in pyproject.toml."""
    return str(tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"])


def fragments_of(root: Path) -> list[Path]:
    """The change fragments in order. Raises Refused when there is none."""
    found = sorted(file for file in (root / "changes").glob("*.md") if file.name != "README.md")
    if not found:
        raise Refused("changes/ has no fragment: write one per change (changes/README.md says how)")
    return found


def changelog_with(old: str, *, version: str, day: datetime.date, entries: list[str]) -> str:
    """The changelog with the version's section on top. Raises Refused when it has one already."""
    if f"\n## {version} " in old:
        raise Refused(f"CHANGELOG.md already has version {version}: raise the version in pyproject.toml")
    section = "\n".join([f"## {version} – {day.isoformat()}", "", *entries])
    return f"{HEAD}\n{section}\n{old.removeprefix(HEAD)}"


def entry_of(fragment: Path) -> str:
    """A fragment as one list item."""
    lines = fragment.read_text(encoding="utf-8").strip().splitlines()
    return "\n".join(f"{'  ' if index else '- '}{line}".rstrip() for index, line in enumerate(lines))


def assemble(root: Path, *, version: str, fragments: list[Path], day: datetime.date) -> None:
    """Write the changelog, then remove the fragments it now holds."""
    changelog = root / "CHANGELOG.md"
    old = changelog.read_text(encoding="utf-8") if changelog.exists() else HEAD
    entries = [entry_of(fragment) for fragment in fragments]
    changelog.write_text(changelog_with(old, version=version, day=day, entries=entries), encoding="utf-8")
    for fragment in fragments:
        fragment.unlink()


def build(root: Path) -> list[Path]:
    """The wheel and the source distribution in a fresh dist/."""
    uv = os.environ.get("UV") or shutil.which("uv")
    if uv is None:
        raise Refused("uv is not on the path: run `make release`, which finds or installs it")
    shutil.rmtree(root / "dist", ignore_errors=True)
    subprocess.run([uv, "build", "--out-dir", "dist"], cwd=root, check=True)
    return sorted(file for file in (root / "dist").iterdir() if file.suffix in {".gz", ".whl"})


def main() -> int:
    try:
        check_clean(ROOT)
        version, fragments = version_of(ROOT), fragments_of(ROOT)
        assemble(ROOT, version=version, fragments=fragments, day=datetime.datetime.now(datetime.UTC).date())
        built = build(ROOT)
    except Refused as reason:
        print(f"release refused: {reason}", file=sys.stderr)
        return 1
    except subprocess.CalledProcessError as failure:
        print(f"release failed: {' '.join(map(str, failure.cmd))} exited with {failure.returncode}", file=sys.stderr)
        return 1
    print(f"\nBuilt {version} from {len(fragments)} changes:")
    print("\n".join(f"  {file.relative_to(ROOT)}" for file in built))
    print("Nothing was published. Commit CHANGELOG.md and changes/, tag the commit, and upload dist/ by hand.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
