"""The teacher that needs no model: it reads statements in a document by a small grammar and asks for their parts.

passages     chunks -> sentences, "key: value" lines and tables, every character with its offset in the document
lexicon      what it knows of English words: verbs and their forms, prepositions, units, words for people
amounts      what an expression says: money, duration, interval, date, place in time, count
subjects     what "it", "the car" or a heading stand for
clauses      sentence -> clauses: subject, verb, object, phrases
asking       clause -> facts: an answer that stands in the source, and questions for it
attributes   "key: value" lines and table cells -> facts
wordings     fact -> wordings to train on, and wordings kept for the exam
reading      all facts of one leaf node's documents, and what could not be asked
drafts       leaf node -> samples, reserved exam questions, refusals
"""
