"""The grammars that many fields share: host names, labels, header names, regular expressions and so on.

Each is a function that takes a text (or number) and gives what is wrong with it, as the rest of a sentence that begins
with the field's name; an empty text means that nothing is.
"""
