"""People: held cases, decisions, re-issues, deliveries and the reports."""
