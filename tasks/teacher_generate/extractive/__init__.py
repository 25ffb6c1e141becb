"""The teacher that needs no model: it reads statements in a document by a small grammar and asks for their parts.

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
clause_check          whether a clause was read with confidence
descriptions          what a description says besides: "is a car made by X"
subjects              what "it", "the car" or a heading stand for
facts                 an answer that stands in the source, and the ways to ask for it
questions             a question from a clause: word order, topic
object_questions      asking for objects and amounts
definition_questions  asking what something is
agent_questions       asking by whom
phrase_questions      asking where, when, how often, how long, with what
polar_questions       asking whether something is so, or allowed
clause_questions      asking for the subject, the reason, the rule
asking                clause -> facts
condition_questions   asking what happens if
turned_round          "we" and "you" as the reader says them
naming                what attributes and things are called in a question
attribute_words       attributes that people ask for in words of their own: "How heavy is ...?"
attributes            the ways to ask for an attribute
keyed_lines           lines that give an attribute its value -> facts
line_forms            lines whose key is a date or a term
tables                table cells -> facts
table_shapes          what a table's headers and rows are: attributes, things, categories
table_questions       the ways to ask for a table's cell
question_pairs        a document's own questions with their answers -> facts
definite_nouns        whether "the hut" says which hut
question_check        the last look at a question with its answer
wordings              fact -> wordings to train on, and wordings kept for the exam
reading               all facts of one leaf node's documents, and what could not be asked
drafts                leaf node -> samples, reserved exam questions, refusals
"""
