"""Where texts are embedded and vectors are searched, and why there."""

from __future__ import annotations

import torch

from indexer.faiss_index import no_gpu_because


def placement() -> str:
    """Return one line that says which processor does what, and why not the faster one."""
    embedding = "a GPU" if torch.cuda.is_available() else "the CPU, as PyTorch finds no CUDA device"
    because = no_gpu_because()
    search = f"the CPU, as {because}" if because else "a GPU"
    return f"embedding on {embedding}; search on {search}"
