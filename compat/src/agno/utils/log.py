"""`agno.utils.log`, from Agnolo. Written by scripts/compat_modules.py."""

from agno._absence import names_of
from agnolo.agent.logs import configure_agno_logging as configure_agno_logging
from agnolo.agent.logs import log_debug as log_debug
from agnolo.agent.logs import log_error as log_error
from agnolo.agent.logs import log_exception as log_exception
from agnolo.agent.logs import log_info as log_info
from agnolo.agent.logs import log_warning as log_warning
from agnolo.agent.logs import logger as logger
from agnolo.agent.logs import set_log_level_to_debug as set_log_level_to_debug
from agnolo.agent.logs import set_log_level_to_error as set_log_level_to_error
from agnolo.agent.logs import set_log_level_to_info as set_log_level_to_info
from agnolo.agent.logs import set_log_level_to_warning as set_log_level_to_warning
from agnolo.agent.logs import set_log_tracebacks as set_log_tracebacks

__getattr__ = names_of(__name__)
