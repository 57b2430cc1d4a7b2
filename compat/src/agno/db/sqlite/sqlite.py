"""`agno.db.sqlite.sqlite`, from Agnolo. Written by scripts/compat_modules.py."""

from agno._absence import names_of
from agnolo.storage.sqlite import SqliteDb as SqliteDb

__getattr__ = names_of(__name__)
