"""Git -> changed leaf nodes, validated; documents fetched and chunked; the exam split off."""
