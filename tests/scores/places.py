"""Eight tokens, and every kind of place that a score asks for."""

# Places of eight tokens; `word_start` and `segment_start` give one value a position.
#                  0  1  2  3  4  5  6  7
TOKENS = [9, 5, 6, 7, 5, 8, 6, 5]
PLACES = {
    "delimiter": [2, 5],
    "end": [7],
    "io": [1, 3],
    "answer": [5, 6],
    "source": [2, 4],
    "context": [1, 2, 3, 4],
    "generated": [5, 6],
    "rare": [2, 3],
    "word_start": [-1, 1, 1, 3, 4, 4, 4, 7],
    "segment_start": [0, 0, 0, 0, 4, 4, 4, 4],
    "dependent": [4, 7, 1],
    "head": [1, 4, 3],
    "labels": [3, 6, -1],
    "before_labels": [2, 5, -1],
    "pronoun": [7],
    "content": [1, 3, 6],
    "words": [1, 2, 3, 6],
    "antecedent": [3],
}
