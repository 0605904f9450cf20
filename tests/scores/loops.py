"""Every score once more, in plain Python loops over lists, written from the definition and not from the code.

Each function takes one head's weights `a[query_pos][key_pos]`, the tokens `x`, the named positions `p`, whether queries see only what stands
at or before them, and the score's keywords. None of them uses torch or anything of headkb.
"""

from __future__ import annotations

from collections import Counter
from math import log, nan


def mean(values):
    """Arithmetic mean; NaN of nothing."""
    return sum(values) / len(values) if values else nan


def sees(t, x, causal):
    """Keys that query `t` sees."""
    return range(t + 1 if causal else len(x))


def strict(row, allowed):
    """The one largest positive weight among the allowed keys; None if several share it or none is positive."""
    best = max((row[j] for j in allowed), default=0)
    found = [j for j in allowed if row[j] == best]
    return found[0] if len(found) == 1 and best > 0 else None


def of(p, name):
    """Positions of a name, without the fillers."""
    return [t for t in p[name] if t >= 0]


def detector(a, x, wanted, measure, exclude_bos, exclude_current_token):
    """TransformerLens' comparison of a pattern with the pairs that its detection pattern marks."""
    paid = total = off = 0.0
    for t in range(len(x)):
        for j in range(len(x)):
            if (exclude_bos and j == 0) or (exclude_current_token and j == t):
                continue
            aim = 1.0 if (t, j) in wanted else 0.0
            paid += a[t][j] * aim
            total += a[t][j]
            off += abs(a[t][j] - aim)
    return paid / total if measure == "mul" else 1 - off / len(x)


def renormalized(a, x, back):
    """The diagonal `back` below the main one without its first entry; key 0 dropped, rows rescaled."""
    return mean([a[t][t - back] / sum(w + 1e-6 for w in a[t][1 : len(x)]) for t in range(back + 1, len(x))])


def previous_token(a, x, p, causal, measure="mean", exclude_bos=False, exclude_current_token=False):
    """From t to t - 1."""
    if measure == "renormalized":
        return renormalized(a, x, 1)
    if measure != "mean":
        wanted = {(t, t - 1) for t in range(1, len(x))}
        return detector(a, x, wanted, measure, exclude_bos, exclude_current_token)
    return mean([a[t][t - 1] for t in range(1, len(x))])


def next_token(a, x, p, causal):
    """From t to t + 1."""
    return mean([a[t][t + 1] for t in range(len(x) - 1)])


def attention_to_first(a, x, p, causal, include_first_query=False):
    """From t to 0."""
    return mean([a[t][0] for t in range(0 if include_first_query else 1, len(x))])


def duplicate_token(a, x, p, causal, measure="mean", exclude_bos=False, exclude_current_token=False, period=None):
    """From t to earlier copies of its token."""
    if measure == "stripe":
        return mean([a[t][t - 3] for t in range(3, len(x))])
    pairs = {(t, j) for t in range(len(x)) for j in range(t) if x[j] == x[t]}
    if measure != "mean":
        return detector(a, x, pairs, measure, exclude_bos, exclude_current_token)
    return mean([sum(a[t][j] for s, j in pairs if s == t) for t in {t for t, _ in pairs}])


def induction(
    a, x, p, causal, measure="mean", exclude_bos=False, exclude_current_token=False, period=None, threshold=0.01
):
    """From t to what followed earlier copies of its token."""
    if measure == "thresholded":
        queries = [t for t in range(len(x)) if x[t] in x[:t]]
        after = {t: [a[t][j + 1] for j in range(t) if x[j] == x[t]] for t in queries}
        return mean([sum(w for w in weights if w >= threshold) for weights in after.values()])
    if measure == "stripe":
        return mean([a[t][t - 2] for t in range(2, len(x))])
    if measure == "renormalized":
        return renormalized(a, x, 2)
    if measure != "mean":
        wanted = {(t, j + 1) for t in range(len(x)) for j in range(t) if x[j] == x[t]}
        return detector(a, x, wanted, measure, exclude_bos, exclude_current_token)
    pairs = {(t, j + 1) for t in range(len(x)) for j in range(t - 1) if x[j] == x[t]}
    return mean([sum(a[t][j] for s, j in pairs if s == t) for t in {t for t, _ in pairs}])


def attention_to_delimiter(a, x, p, causal, measure="mean", include_delimiter_queries=False):
    """From t to the delimiters in sight."""
    stops, values = of(p, "delimiter"), []
    for t in range(len(x)):
        found = [j for j in sees(t, x, causal) if j in stops]
        if not found or (t in stops and not include_delimiter_queries):
            continue
        paid = sum(a[t][j] for j in found)
        values.append(paid if measure == "mean" else paid / len(found) / mean([a[t][j] for j in sees(t, x, causal)]))
    return mean(values)


def entropy(a, x, p, causal, normalized=True, include_first_query=False):
    """Row entropy, over the logarithm of the keys in sight."""
    values = []
    for t in range(len(x)):
        row = [a[t][j] for j in sees(t, x, causal)]
        if len(row) > 1:
            nats = -sum(w / sum(row) * log(w / sum(row)) for w in row if w > 0)
            values.append(nats / log(len(row)) if normalized else nats)
        elif include_first_query:
            values.append(0.0)
    return mean(values)


def current_token(a, x, p, causal, include_first_query=False):
    """From t to t, where there is a choice."""
    return mean([a[t][t] for t in range(len(x)) if include_first_query or len(sees(t, x, causal)) > 1])


def attended_distance(a, x, p, causal, measure="mean", include_first_query=False):
    """How many tokens apart, weighted by attention; or that squared; or the one less the square of the other."""
    queries = [t for t in range(len(x)) if include_first_query or len(sees(t, x, causal)) > 1]
    first, second = (
        mean([sum(a[t][j] * abs(t - j) ** power for j in sees(t, x, causal)) for t in queries]) for power in (1, 2)
    )
    return {"mean": first, "square": second, "variance": second - first * first}[measure]


def positional(a, x, p, causal, offset=-1):
    """How often the strongest key stands at the offset, or at the most frequent one."""
    queries = [t for t in range(len(x)) if len(sees(t, x, causal)) > 1]
    best = {t: strict(a[t], range(len(x))) for t in queries}
    if offset == "any":
        counts = Counter(best[t] - t for t in queries if best[t] is not None)
        return max(counts.values(), default=0) / len(queries) if queries else nan
    return mean([float(best[t] == t + offset) for t in queries if 0 <= t + offset < len(x)])


def inside(a, x, causal, within, queries, measure):
    """Weight within a set of keys; as a mean over queries with a key outside, or as a ratio of densities over all."""
    values = []
    for t in queries:
        seen = list(sees(t, x, causal))
        here = [j for j in seen if within(t, j)]
        if measure == "sieve":
            values.append(mean([a[t][j] for j in here]) / mean([a[t][j] for j in seen]))
        elif len(here) < len(seen):
            values.append(sum(a[t][j] for j in here))
    return mean(values)


def local(a, x, p, causal, window=2, measure="mean"):
    """Within a few positions."""
    return inside(a, x, causal, lambda t, j: abs(t - j) <= window, range(len(x)), measure)


def block(a, x, p, causal, measure="mean"):
    """Within the query's own segment."""
    starts = p["segment_start"]
    return inside(a, x, causal, lambda t, j: starts[j] == starts[t], range(len(x)), measure)


def streaming(a, x, p, causal, sink=4, recent=16):
    """The first and the latest tokens."""
    return inside(a, x, causal, lambda t, j: j < sink or 0 <= t - j < recent, range(len(x)), "mean")


def position_to_position(a, x, p, causal, query="end", key="io"):
    """From each marked query that sees a marked key to all of those."""
    values = []
    for t in sorted(set(of(p, query))):
        found = [j for j in sees(t, x, causal) if j in of(p, key)]
        if found:
            values.append(sum(a[t][j] for j in found))
    return mean(values)


def attention_ratio(a, x, p, causal, measure="mean"):
    """Weight on one set over that on two."""
    values = []
    for t in sorted(set(of(p, "answer"))):
        sets = [[j for j in sees(t, x, causal) if j in of(p, name)] for name in ("context", "generated")]
        if all(sets):
            one, two = (mean([a[t][j] for j in s]) if measure == "mean" else sum(a[t][j] for j in s) for s in sets)
            if one + two > 0:
                values.append(one / (one + two))
    return mean(values)


def attention_to_rare(a, x, p, causal, measure="mean"):
    """From other tokens to those of the rare word, or whether the column with most attention is one of them."""
    rare = of(p, "rare")
    if measure == "hit":
        columns = [sum(a[t][j] for t in range(len(x))) for j in range(len(x))]
        return float(strict(columns, range(len(x))) in rare) if rare else nan
    queries = [t for t in range(len(x)) if t not in rare and any(j in rare for j in sees(t, x, causal))]
    return mean([sum(a[t][j] for j in sees(t, x, causal) if j in rare) for t in queries])


def subword_merge(a, x, p, causal, measure="mean", exclude_bos=False, exclude_current_token=False):
    """From a word's piece to its earlier pieces."""
    starts = p["word_start"]
    pairs = {(t, j) for t in range(len(x)) for j in range(t) if starts[t] >= 0 and starts[j] == starts[t]}
    if measure != "mean":
        return detector(a, x, pairs, measure, exclude_bos, exclude_current_token)
    return mean([sum(a[t][j] for s, j in pairs if s == t) for t in {t for t, _ in pairs}])


def retrieval_copy(a, x, p, causal):
    """Whether the strongest key lies in the needle and holds the next token."""
    values = []
    for t in sorted(set(of(p, "answer"))):
        if t + 1 < len(x):
            best = strict(a[t], sees(t, x, causal))
            values.append(float(best in of(p, "source") and x[best] == x[t + 1]) if best is not None else 0.0)
    return mean(values)


def syntactic(a, x, p, causal, dependent="dependent", head="head"):
    """Whether the strongest word seen from the dependent is its head."""
    starts, right = p["word_start"], []
    members = {s: [t for t in range(len(x)) if starts[t] == s] for s in sorted(set(starts)) if s >= 0}
    for child, parent in zip(p[dependent], p[head], strict=True):
        if child < 0 or parent < 0 or parent not in sees(child, x, causal):
            continue
        row = {w: mean([sum(a[t][j] for j in to) for t in members[child]]) for w, to in members.items()}
        right.append(float(strict(row, list(row)) == parent))
    return mean(right)


def pairs_of(a, x, p, causal, query, key, measure):
    """From each query of one list to its keys in another."""
    targets: dict[int, set[int]] = {}
    for t, j in zip(p[query], p[key], strict=True):
        if t >= 0 and j >= 0 and j in sees(t, x, causal):
            targets.setdefault(t, set()).add(j)
    scale = {t: len(sees(t, x, causal)) if measure == "times-uniform" else 1 for t in targets}
    return mean([scale[t] * sum(a[t][j] for j in keys) for t, keys in targets.items()])


def paired_positions(
    a, x, p, causal, query="labels", key="before_labels", other_query=None, other_key=None, measure="mean"
):
    """The mean over pairs, less that over other pairs."""
    value = pairs_of(a, x, p, causal, query, key, measure)
    return value if other_query is None else value - pairs_of(a, x, p, causal, other_query, other_key, measure)


def receiver(a, x, p, causal, apart=4):
    """Excess kurtosis over sentences of what those well behind them pay."""
    starts = p["segment_start"]
    sentences = [[t for t in range(len(x)) if starts[t] == s] for s in sorted(set(starts))]
    profile = []
    for i in range(len(sentences) - apart):
        shares = [
            sum(a[t][j] for t in sentences[k] for j in sentences[i]) / len(sentences[k]) / len(sentences[i])
            for k in range(i + apart, len(sentences))
        ]
        profile.append(mean(shares))
    if len(profile) < 3:
        return nan
    middle = mean(profile)
    second, fourth = (mean([(v - middle) ** power for v in profile]) for power in (2, 4))
    return fourth / second**2 - 3 if second > 0 else nan


def largest_attention(a, x, p, causal, query="pronoun", key="content"):
    """The largest weight on an earlier key, neither the first position nor the token before."""
    values = []
    for t in sorted(set(of(p, query))):
        row = [a[t][j] for j in set(of(p, key)) if 0 < j < t - 1]
        values += [max(row)] if row else []
    return mean(values)


LOOPS = {
    "attended-distance": attended_distance,
    "previous-token": previous_token,
    "next-token": next_token,
    "duplicate-token": duplicate_token,
    "induction": induction,
    "attention-to-first": attention_to_first,
    "attention-to-delimiter": attention_to_delimiter,
    "entropy": entropy,
    "current-token": current_token,
    "positional": positional,
    "local": local,
    "block": block,
    "streaming": streaming,
    "position-to-position": position_to_position,
    "attention-ratio": attention_ratio,
    "attention-to-rare": attention_to_rare,
    "subword-merge": subword_merge,
    "retrieval-copy": retrieval_copy,
    "syntactic": syntactic,
    "paired-positions": paired_positions,
    "receiver": receiver,
    "largest-attention": largest_attention,
}
"""Score id → its loops."""
