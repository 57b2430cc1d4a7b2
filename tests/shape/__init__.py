"""The house's machine checks (ARCHITECTURE §9). Each takes modules or paths and returns problems as sentences."""
