"""`agno.run.requirement`, from Agnolo. Written by scripts/compat_modules.py."""

from agno._absence import names_of
from agnolo.vocabulary.requirements import RunRequirement as RunRequirement

__getattr__ = names_of(__name__)
