"""One module a group of routes. A route parses, calls and encodes; the rules live in the modules above."""
