"""The road that makes an encoder: tokenizer, transplanted teacher, distilled student.

Every step reads one recipe, is seeded, writes checkpoints and its curve into a run folder,
and goes on from the last checkpoint when it is started again.
"""
