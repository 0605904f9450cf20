"""The files of an atlas are missing, malformed, or of another model than the record says.

`<model>.csv` has the header `layer,head,<columns>`, the columns of the record in their order, and one row for each head of the model, sorted.
`<model>.heads.json`, where there is one, holds the patterns of the same heads. Shape and weights are those of the model's record.

Bad (the record has the column `induction`, the table does not):

    layer,head,previous-token

Good:

    layer,head,previous-token,induction
"""

from __future__ import annotations

from collections.abc import Iterator

from headkb.catalog import Catalog
from headkb.catalog.atlas import atlas_table, heads_path, read_heads, table_path
from headkb.catalog.rules import Finding
from headkb.catalog.schema import Atlas
from headkb.catalog.source import Field
from headkb.head_index import HeadIndex

WHY = "a page would show numbers under the wrong head, model or measure, or none at all"
AGAIN = "write it again with `headkb atlas {} --out DIR --record`"

Misfit = tuple[Field, str]


def check(catalog: Catalog) -> Iterator[Finding]:
    """Yield one finding per fault, and one per file that belongs to no atlas."""
    for atlas in catalog.atlases.values():
        for field, message in (*_model(catalog, atlas), *_files(catalog, atlas)):
            yield Finding(atlas, field, message, AGAIN.format(atlas.model))


def _model(catalog: Catalog, atlas: Atlas) -> Iterator[Misfit]:
    """What the atlas was measured on against the model's record."""
    model, stack = catalog.models.get(atlas.model), atlas.passport.stack()
    if model is None:
        return
    n_heads = stack.n_heads if isinstance(stack.n_heads, int) else max(stack.n_heads)
    if (stack.n_layers, n_heads) != (model.n_layers, model.n_heads):
        shape = f"{stack.n_layers} layers of {n_heads} heads"
        yield (
            ("passport",),
            f"it was measured on {shape}, but {model.id} has {model.n_layers} layers of {model.n_heads} heads.",
        )
    if model.weights_sha256 not in (None, atlas.weights_sha256):
        yield ("weights_sha256",), f"its weights are not those that the record of {model.id} pins."


def _files(catalog: Catalog, atlas: Atlas) -> Iterator[Misfit]:
    """The table, and the patterns if there are any."""
    stack = atlas.passport.stack()
    heads = [
        HeadIndex(layer, head) for layer in stack.attending for head in range(stack.of_layer(layer, stack.n_heads) or 0)
    ]
    try:
        path = table_path(catalog.root, atlas.id)
        table = atlas_table(catalog, atlas)
    except (OSError, ValueError) as error:
        yield ("columns",), f"atlases/{path.name}: {_why(error)}."
        return
    if table.heads != heads:
        odd = sorted(set(table.heads) ^ set(heads))
        yield ("columns",), f"atlases/{path.name} has not one row for each head of the model, first {odd[0]}."
    patterns = heads_path(catalog.root, atlas.id)
    if not patterns.exists():
        return
    try:
        _, texts = read_heads(patterns)
    except (OSError, ValueError) as error:
        yield ("columns",), f"atlases/{patterns.name}: {_why(error)}."
        return
    if sorted(texts) != heads:
        yield ("columns",), f"atlases/{patterns.name} does not hold the same heads as the table."


def _why(error: Exception) -> str:
    return "there is no such file" if isinstance(error, FileNotFoundError) else str(error)
