"""What the weeks say: numbers for people who manage, read from the weekly counts and from what people did.

A *week* (`weeks`) and a *scope* (`scope`: all pipelines or one, all topics or one) go in, *tables*
(`table`) come out. The page, CSV, XLSX, PDF, e-mail and the API all show the same tables, so no
number can differ between them. No table holds a text of a prompt or an answer.
"""
