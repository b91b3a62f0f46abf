"""Which runs a visit holds, and what its buttons do to them."""
