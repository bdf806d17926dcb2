"""A unigram tokenizer for Chinese and English, written as one `tokenizer.json`.

Case, width and Traditional characters are folded inside the tokenizer, by a compiled
character map, so every loader of the model (Tongwen, sentence-transformers, plain
transformers) sees 繁體, ｆｕｌｌ－ｗｉｄｔｈ and UPPER case as the same tokens. Spaces only
separate; a character outside the vocabulary becomes its UTF-8 bytes, never "unknown".
"""

from __future__ import annotations

import os
import sys
import tempfile
import unicodedata
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from tokenizers import (
    Regex,
    Tokenizer,
    decoders,
    models,
    normalizers,
    pre_tokenizers,
    processors,
)

from indexer.errors import TrainingError

PAD, UNKNOWN, CLS, SEP, MASK = "[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"
SPECIAL = [PAD, UNKNOWN, CLS, SEP, MASK]
_BYTES = [f"<0x{value:02X}>" for value in range(256)]
# A rarer character is left to its bytes: a vector seen a dozen times learns nothing.
_RARE_CHARACTER = 20


def character_map() -> dict[str, str]:
    """Return what each character folds to: NFKC, case folding, Traditional to Simplified."""
    import opencc

    simplify = opencc.OpenCC("t2s").convert
    folded: dict[str, str] = {}
    for point in range(sys.maxunicode + 1):
        char = chr(point)
        if 0xD800 <= point <= 0xDFFF or 0xAC00 <= point <= 0xD7A3:
            continue
        target = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", char).casefold())
        if any("\u3400" <= c <= "\u9fff" for c in target):
            target = "".join(s if len(s := simplify(c)) == 1 else c for c in target)
        if unicodedata.category(char) in ("Cc", "Zs", "Zl", "Zp"):
            target = " " if char.isspace() else ""
        elif unicodedata.category(char) == "Cf":
            target = ""
        if target != char and point != 0:
            folded[char] = target
        decomposed = unicodedata.normalize("NFD", char)
        if len(decomposed) > 1 and decomposed != target:
            folded[decomposed] = target
    return folded


def compiled_character_map() -> bytes:
    """Return `character_map` in the compiled form that the tokenizers library reads.

    The compiler is only reachable by training a throw-away SentencePiece model.
    """
    import sentencepiece

    rules = "".join(
        f"{' '.join(f'{ord(c):X}' for c in source)}\t{' '.join(f'{ord(c):X}' for c in target)}\n"
        for source, target in sorted(character_map().items())
    )
    with tempfile.TemporaryDirectory() as folder:
        table = Path(folder) / "rules.tsv"
        table.write_text(rules, encoding="utf-8")
        sentencepiece.SentencePieceTrainer.train(
            sentence_iterator=iter(["a b c d e f g"] * 10),
            model_prefix=f"{folder}/map",
            normalization_rule_tsv=str(table),
            vocab_size=16,
            hard_vocab_limit=False,
            minloglevel=2,
        )
        proto = _read_proto(Path(folder) / "map.model")
    return bytes(proto.normalizer_spec.precompiled_charsmap)


def _learn_pieces(counts: Counter[str], size: int) -> list[tuple[str, float]]:
    """Return pieces and their log probabilities, learned from counted chunks of text."""
    characters: Counter[str] = Counter()
    for chunk, n in counts.items():
        for char in chunk:
            characters[char] += n
    common = {char for char, n in characters.items() if n >= _RARE_CHARACTER}
    with tempfile.TemporaryDirectory() as folder:
        table = Path(folder) / "chunks.tsv"
        with table.open("w", encoding="utf-8") as out:
            for chunk, n in counts.items():
                if common.issuperset(chunk):
                    out.write(f"{chunk}\t{n}\n")
        _train_pieces(
            input=str(table),
            input_format="tsv",
            model_prefix=f"{folder}/pieces",
            model_type="unigram",
            vocab_size=size + 1,  # and its own "unknown", which is left out below
            hard_vocab_limit=False,
            character_coverage=1.0,
            normalization_rule_name="identity",
            add_dummy_prefix=False,
            max_sentencepiece_length=12,
            max_sentence_length=100_000,
            bos_id=-1,
            eos_id=-1,
            num_threads=os.cpu_count() or 1,
            minloglevel=1,
        )
        proto = _read_proto(Path(folder) / "pieces.model")
    return [(piece.piece, piece.score) for piece in proto.pieces if piece.type == piece.NORMAL]


def _train_pieces(**options: Any) -> None:
    import sentencepiece

    try:
        sentencepiece.SentencePieceTrainer.train(**options)
    except RuntimeError as error:
        raise TrainingError(
            f"no tokenizer of that size can be learned from this text ({error});"
            " change [tokenizer] size or add text"
        ) from error


def _read_proto(path: Path) -> Any:
    from sentencepiece import sentencepiece_model_pb2

    proto = vars(sentencepiece_model_pb2)["ModelProto"]()
    proto.ParseFromString(path.read_bytes())
    return proto


def train_tokenizer(texts: Iterable[str], size: int) -> Tokenizer:
    """Train a unigram tokenizer of at most `size` pieces, special ones and 256 bytes included."""
    normalizer = normalizers.Sequence(
        [
            normalizers.Precompiled(compiled_character_map()),
            normalizers.Replace(Regex(r"\s+"), " "),
            normalizers.Strip(),
        ]
    )
    splitter = pre_tokenizers.Sequence(
        [
            pre_tokenizers.WhitespaceSplit(),
            pre_tokenizers.Punctuation(),
            pre_tokenizers.Digits(individual_digits=True),
        ]
    )
    counts: Counter[str] = Counter()
    for text in texts:
        chunks = splitter.pre_tokenize_str(normalizer.normalize_str(text))
        counts.update(chunk for chunk, _ in chunks)
    learned = _learn_pieces(counts, size - len(SPECIAL) - len(_BYTES))
    floor = min(score for _, score in learned) - 10.0
    pieces = [(token, 0.0) for token in SPECIAL]
    pieces += [(token, floor) for token in _BYTES]
    pieces += [(token, score) for token, score in learned if token not in SPECIAL]

    tokenizer = Tokenizer(models.Unigram(pieces, unk_id=1, byte_fallback=True))
    tokenizer.normalizer = normalizer
    tokenizer.pre_tokenizer = splitter
    tokenizer.decoder = decoders.Sequence([decoders.ByteFallback(), decoders.Fuse()])
    tokenizer.add_special_tokens(SPECIAL)
    tokenizer.post_processor = processors.TemplateProcessing(
        single=f"{CLS} $A", pair=f"{CLS} $A {SEP} $B", special_tokens=[(CLS, 2), (SEP, 3)]
    )
    return tokenizer
