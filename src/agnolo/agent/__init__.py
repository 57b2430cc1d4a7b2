"""Layer 4: options and facades. The one place where engine, runtime, providers and stores are joined."""
