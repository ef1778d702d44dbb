"""Ratios against peers and bounds, each measured in one run on one machine: `./run bench NAME`.

A figure in seconds says more of the machine than of the program. Every benchmark therefore runs its
peer beside it, in turns, and prints the ratio of the medians and what it is a ratio to; `--json`
gives the same as one object.
"""
