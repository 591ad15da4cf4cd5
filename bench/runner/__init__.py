"""The runner of the comparisons: bench/run is its command line."""
