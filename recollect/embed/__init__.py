"""Texts to vectors: the bundled static table, and a cache that turns any LangChain `Embeddings` into an `Embedder`."""

from recollect.embed.cache import CachedEmbedder
from recollect.embed.static import StaticEmbeddings

__all__ = ["CachedEmbedder", "StaticEmbeddings"]
