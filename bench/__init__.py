"""Benchmarks: ratios against a baseline in the same run, for machines differ and are noisy."""
