"""Layer 5: the AgentOS API over HTTP. Needs the extra `agnolo[server]`."""
