"""`agno.db.in_memory`, from Agnolo. Written by scripts/compat_modules.py."""

from agno._absence import names_of
from agnolo.storage.memory import InMemoryDb as InMemoryDb

__getattr__ = names_of(__name__)
