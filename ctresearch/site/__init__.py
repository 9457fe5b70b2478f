"""What a finished page gets besides its text: source cards, explained terms, items to cite, one page of everything.

Modules are imported one by one: documents need the names of items, and not the data behind pages.
"""
