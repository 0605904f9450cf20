"""The causal checks of a type that several recipes define, made with those heads alone that pass all of them."""

from __future__ import annotations

import time
from collections.abc import Mapping

from headkb.catalog.schema import Head, Run
from headkb.catalog.showing import checks_left, meeting_all
from headkb.reproduce.carry_out import carry_out_checks
from headkb.reproduce.causal import CausalChecks


def with_joint_checks(head: Head, run: Run, of_type: Mapping[str, Run], checks: CausalChecks) -> Run:
    """The run with its type's checks on the heads that pass every defining recipe, where those have not been tested by themselves.

    Args:
        head: The head type.
        run: The run of a defining recipe, to which they are added.
        of_type: Recipe → its run on the same model, `run` among them.
        checks: The causal checks of the model.

    Returns:
        `run` itself where a defining recipe was not run, no head passes all of them, the runs have made every check with just those heads, or
        the model has several stacks, which no check is made for.
    """
    tried = {name: of_type[name] for name in head.defining if name in of_type}
    both = meeting_all(head, tried)
    if len(head.defining) < 2 or len(checks.loaded.passport.stacks) != 1 or not checks_left(head, tried, both):
        return run
    start = time.process_time()
    todo = {check.id: check for name in tried for check in head.checks_of(name)}
    joint = tuple(carry_out_checks(todo.values(), checks, both))
    seconds = round(run.seconds + time.process_time() - start, 3)
    return run.model_copy(update={"joint": joint, "seconds": seconds})
