"""Layer 1: frozen data, errors and the codec. Knows nothing of models, stores, loops or threads."""
