"""How fast the product is, as ratios measured in one run: `make bench`, or `python -m tests.bench`.

Each module of this package that has a function `figures()` gives lines of the table. Both sides of
a figure are measured in turn, on the same machine and in the same minute, so that the ratio says
more than either number. Nothing is asserted: a bench tells, a test decides.

With a PostgreSQL in DATABASE_URL the site runs on a fresh database of that server, which is dropped
at the end. Without one it runs on SQLite in a temporary folder, and the table says so.
"""
