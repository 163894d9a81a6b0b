"""The pages: thin callers of the steps. One module a page."""
