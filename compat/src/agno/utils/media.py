"""`agno.utils.media`, from Agnolo. Written by scripts/compat_modules.py."""

from agno._absence import names_of
from agnolo.agent.downloads import download_audio as download_audio
from agnolo.agent.downloads import download_file as download_file
from agnolo.agent.downloads import download_image as download_image
from agnolo.agent.downloads import download_video as download_video
from agnolo.agent.downloads import save_base64_data as save_base64_data

__getattr__ = names_of(__name__)
