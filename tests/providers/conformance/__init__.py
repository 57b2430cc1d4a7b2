"""Recorded exchanges against independent readers: the same outcome, however cut, and the same request for it."""
