"""`python -m bench`: the short version of run.py; --full for the long one; `decode` and `overhead` for these alone."""

import sys
from pathlib import Path

# The rig's modules are scripts: the reference's interpreter runs some of them by path.
sys.path.insert(0, str(Path(__file__).resolve().parent))

import decode
import overheads
import run

if __name__ == "__main__":
    if sys.argv[1:2] == ["decode"]:
        sys.exit(decode.main(sys.argv[2:]))
    if sys.argv[1:2] == ["overhead"]:
        sys.exit(overheads.main(sys.argv[2:]))
    sys.exit(run.main([*sys.argv[1:], *([] if "--full" in sys.argv else ["--short"])]))
