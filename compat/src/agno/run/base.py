"""`agno.run.base`, from Agnolo. Written by scripts/compat_modules.py."""

from agno._absence import names_of
from agnolo.vocabulary.runs import CancellationStage as CancellationStage
from agnolo.vocabulary.runs import RunContext as RunContext
from agnolo.vocabulary.runs import RunStatus as RunStatus

__getattr__ = names_of(__name__)
