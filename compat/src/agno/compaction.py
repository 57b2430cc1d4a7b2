"""`agno.compaction`, from Agnolo. Written by scripts/compat_modules.py."""

from agno._absence import names_of
from agnolo.agent.compaction import Compaction as Compaction
from agnolo.vocabulary.compactions import CompactionRecord as CompactionRecord
from agnolo.vocabulary.compactions import CompactionResult as CompactionResult
from agnolo.vocabulary.compactions import CompactionStats as CompactionStats
from agnolo.vocabulary.compactions import CompactionStatus as CompactionStatus

__getattr__ = names_of(__name__)
