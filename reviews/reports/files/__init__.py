"""The report as files: CSV and XLSX of any table, PDF of the week, JSON for the API.

Each takes `Table`s as the page shows them, so no number can differ between a page and a file.
"""
