"""Machines: pipelines, their runs, how runs come in and how a request is run."""
