"""The package `agno`, from Agnolo. Written by scripts/compat_modules.py."""

from agno._absence import begin

begin()
