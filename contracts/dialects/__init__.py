"""How each provider's API words a scripted answer: one module a dialect, each giving documents and stream frames."""
