"""The road that makes an encoder: tokenizer, bag of pieces, transformer, distillation.

Every step reads one recipe, is seeded, writes checkpoints and its curve into a run folder,
and goes on from the last checkpoint when it is started again.
"""
