"""Refusal strings that are written or searched by hand, found in Python source: `python -m refusals lint`.

files (which) → texts (what an expression says) → rules (what is by hand) → silences (what is meant so).
"""

from refusals.lint.check import Checked, check_file, check_source
from refusals.lint.files import python_files
from refusals.lint.finding import DEFAULT_RULES, RULES, Finding

__all__ = ["DEFAULT_RULES", "RULES", "Checked", "Finding", "check_file", "check_source", "python_files"]
