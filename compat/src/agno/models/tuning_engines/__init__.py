"""`agno.models.tuning_engines`, from Agnolo. Written by scripts/compat_modules.py."""

from agno._absence import names_of
from agnolo.providers.vendors import TuningEngines as TuningEngines

__getattr__ = names_of(__name__)
