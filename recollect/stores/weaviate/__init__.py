"""Weaviate as the index beside a journal."""

try:
    import weaviate  # noqa: F401
except ImportError as exc:
    raise ImportError("the Weaviate index needs the extra: pip install 'recollect[weaviate]'") from exc
