"""Digits: MNIST and data sets of its layout, and single digits from picture files."""
