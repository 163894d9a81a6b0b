"""Tests of the vocabulary. They need neither Django nor a network."""
