"""The parts of `indexer.guards`: what a question denies, opposes, counts, dates and names."""
