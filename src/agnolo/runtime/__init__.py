"""Layer 3: how a run is executed. The only place where sync and async differ."""
