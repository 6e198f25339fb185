"""The scan: shards, cached results, units and the gate."""
