"""The text of an issue → the files that it changes, held against the whole catalog, and the answer to the one who wrote it."""

from __future__ import annotations

from collections.abc import Callable, Mapping

def change_of(catalog: Catalog, form: str, values: Values) -> Change:
    """What the answers to a form change.

    Args:
        catalog: Where the records that they name are looked up.
        form: The form, by the name of its file.
        values: Its answers, complete.

    Raises:
        FormError: If an answer cannot be understood; all such are named at once.
    """
    asked = Asked(catalog, values)
    made = MAKERS[form](asked)
    if asked.problems:
        raise FormError(asked.problems)
    try:
        return made()
    except EditError as error:
        raise FormError([f"A person must do this: in the file that it changes, {error}."]) from None


MAKERS: Mapping[str, Callable[[Asked], Made]] = {
    "fix-a-fact": fix_a_fact,
    "new-claim": new_claim,
    "new-head": new_head,
    "new-paper": new_paper,
    "report-a-reproduction": report_a_reproduction,
    "request-a-run": request_a_run,
}
"""Form → what reads its answers; what it gives back is called where nothing was wrong with them."""
