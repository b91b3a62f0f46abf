"""The bench of Pascanu's cliff: a system of one unit."""
