"""The interface's document."""


def document_text() -> str:
    """The document as JSON."""
    return "{}"
