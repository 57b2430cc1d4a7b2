"""`agno.utils.pprint`, from Agnolo. Written by scripts/compat_modules.py."""

from agno._absence import names_of
from agnolo.agent.console import apprint_run_response as apprint_run_response
from agnolo.agent.console import pprint_run_response as pprint_run_response

__getattr__ = names_of(__name__)
