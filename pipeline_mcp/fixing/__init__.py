"""The verified fix: choose, fix, guard, scan again, and keep what made nothing worse."""
