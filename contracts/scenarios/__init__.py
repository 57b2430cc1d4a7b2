"""The programs, by area. Importing a module registers its scenarios."""
