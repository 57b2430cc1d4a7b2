"""Layer 3: built-in toolkits, one file each."""
