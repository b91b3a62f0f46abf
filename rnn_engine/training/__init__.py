"""How a network is trained: data, optimisers, tiers, snapshots and checkpoints."""
