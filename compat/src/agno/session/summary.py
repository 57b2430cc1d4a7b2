"""`agno.session.summary`, from Agnolo. Written by scripts/compat_modules.py."""

from agno._absence import names_of
from agnolo.agent.summaries import SessionSummaryManager as SessionSummaryManager
from agnolo.vocabulary.summaries import SessionSummary as SessionSummary

__getattr__ = names_of(__name__)
