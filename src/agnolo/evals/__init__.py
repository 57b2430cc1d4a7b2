"""Stored runs as tests: played again without model, tools, network or clock."""
