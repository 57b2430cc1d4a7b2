"""Layer 3: models of the outside world. Pure codecs, one transport, tables of vendors."""
