"""What a run took: seconds and queue time of its stages, tokens, cost; told to metrics where asked."""
