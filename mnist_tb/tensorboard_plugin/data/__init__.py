"""Data of event files as arrays: what TensorBoard has, decoded, checked and kept."""
