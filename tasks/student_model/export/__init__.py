"""A checkpoint handed on to other tools, as GGUF or as a directory of safetensors; and the proof that it is still the same."""
