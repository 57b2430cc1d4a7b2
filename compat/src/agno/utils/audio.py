"""`agno.utils.audio`, from Agnolo. Written by scripts/compat_modules.py."""

from agno._absence import names_of
from agnolo.agent.downloads import pcm_to_wav_bytes as pcm_to_wav_bytes
from agnolo.agent.downloads import write_audio_to_file as write_audio_to_file
from agnolo.agent.downloads import write_wav_audio_to_file as write_wav_audio_to_file

__getattr__ = names_of(__name__)
