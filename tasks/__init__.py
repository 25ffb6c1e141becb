"""One room per stage; a stage's whole story is in its room."""
