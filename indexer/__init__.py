"""Meaning: texts become vectors, vectors become an index, the index answers questions.

The database stays the truth: an index build is a cache of rows and vectors kept in store/,
and can be made from them again without the model.
"""
