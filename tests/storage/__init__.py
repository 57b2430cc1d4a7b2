"""The store's contract, run against every store, and what is special about SQLite files."""
