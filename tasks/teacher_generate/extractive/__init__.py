"""The teacher that needs no model: it asks for statements naturally where it read them surely, and quotes the document elsewhere.

texts                 lines with the offsets of their characters, without markup
passages              chunks -> sentences, "key: value" lines and tables, with the headings and list items above
titles                what a title says that its document is about
word_lists            closed lists of English words: extend the teacher here first
lexicon               forms of verbs and nouns, words for people
amounts               what an expression says: money, duration, interval, point in time, count
sentence_words        a sentence as words with their places
verb_reading          a verb group: auxiliary, main verb, voice
verb_groups           where the verb of a clause is
clause_ends           where a clause ends
phrase_kinds          what a phrase says: when, where, how often, by whom
complements           object, phrases and condition after the verb
clause_parts          a clause as it was read
fronts                what stands before a clause: conditions, times
orders                what a sentence tells its reader to do
clauses               sentence -> clauses: subject, verb, object, phrases
clause_check          signs that a clause was misread
subjects              what "the car" or "the company" stand for
sections              what a section is about, where the document has no topic
facts                 an answer that stands in the source, and the ways to ask for it
sure_reading          which clauses were read with near certainty: only those are asked for naturally
questions             a question from a clause: word order, place
natural_questions     a sure clause -> facts: when, where, how much, by whom, what
condition_questions   asking what happens if
sentence_gaps         what may be left out of a quoted sentence: amounts, times, names
name_gaps             which names may be left out: whole ones, no member of a list
sentence_breaks       where a quoted sentence may be broken off
torn_phrases          what belongs together and may not be broken off
quote_length          how long a quotation may be, and where a longer one is cut
quote_places          where a quoted sentence stands
referents             what a sentence goes back to: "it", "these", "the second"
quoted_before         which sentences must be quoted before it, so that it says what it is about
quiz_questions        a sentence asked in place: "Rooms cost how much per night?"
quotes                any sentence -> facts that quote the document
naming                what attributes and things are called in a question
attribute_words       measures, and attributes that people ask for in words of their own: "How heavy is ...?"
attributes            the ways to ask for an attribute that everybody knows
quoted_entries        the ways to ask for a line or a cell by its place
keyed_lines           lines that give a key its value -> facts
tables                table cells -> facts
table_shapes          what tells rows and columns apart, and which rows are things
question_pairs        a document's own questions with their answers -> facts
definite_nouns        whether "the hut" says which hut
question_check        the last look at a question with its answer
wordings              fact -> wordings to train on, and wordings kept for the exam
reading               all facts of one leaf node's documents, and what could not be asked
drafts                leaf node -> samples, reserved exam questions, refusals
"""
