"""`agno.models.response`, from Agnolo. Written by scripts/compat_modules.py."""

from agno._absence import names_of
from agnolo.vocabulary.runs import ToolExecution as ToolExecution

__getattr__ = names_of(__name__)
