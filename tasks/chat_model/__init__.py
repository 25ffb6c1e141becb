"""The only door to a served model: an OpenAI-compatible client; it knows no role."""
