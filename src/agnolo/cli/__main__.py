"""`python -m agnolo.cli` is `agnolo`."""

import sys

from agnolo.cli.main import main

sys.exit(main())
