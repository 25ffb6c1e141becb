"""JSONL files with digest and count: written atomically, read streaming, local path or fsspec URL."""
