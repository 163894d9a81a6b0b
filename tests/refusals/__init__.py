"""Tests of the vocabulary. They need neither Django nor a network."""

from hypothesis import settings

# A busy machine makes no test fail: how long an example takes is not what these tests are about.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")
