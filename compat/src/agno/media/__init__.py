"""`agno.media`, from Agnolo. Written by scripts/compat_modules.py."""

from agno._absence import names_of
from agnolo.vocabulary.media import Audio as Audio
from agnolo.vocabulary.media import File as File
from agnolo.vocabulary.media import Image as Image
from agnolo.vocabulary.media import Video as Video

__getattr__ = names_of(__name__)
