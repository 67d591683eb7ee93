"""Observes the validation of a `fit`: batches on the device in, NumPy arrays out."""
