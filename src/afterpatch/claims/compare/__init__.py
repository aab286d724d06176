"""Reports against each other: what agrees, what only repeats, what drifts, what contradicts."""
