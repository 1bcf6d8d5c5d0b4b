"""Speed, as ratios to yardsticks that run beside it: `python -m tests.benchmarks`."""
