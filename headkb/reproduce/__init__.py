"""Rerun what the catalog records: recipes and claims on models, recorded runs again, and published patterns under our scores."""

from headkb.reproduce.carry_out import Outcome, claims_named, rerun_claims, run_on_data, run_on_model
from headkb.reproduce.causal import choose_heads, run_check
from headkb.reproduce.measure import Measurement, measure
from headkb.reproduce.plan import NotRerunnableError, Plan, expected_values, plan_of_claim, plan_of_run, plans_of_head
from headkb.reproduce.published import PUBLISHED, measure_published, read_published
from headkb.reproduce.record import check_recordable, facts_of, run_record, write_run
from headkb.reproduce.rerun import Rerun, bundled, rerun, summary_line

__all__ = [
    "PUBLISHED",
    "Measurement",
    "NotRerunnableError",
    "Outcome",
    "Plan",
    "Rerun",
    "bundled",
    "check_recordable",
    "choose_heads",
    "claims_named",
    "expected_values",
    "facts_of",
    "measure",
    "measure_published",
    "plan_of_claim",
    "plan_of_run",
    "plans_of_head",
    "read_published",
    "rerun",
    "rerun_claims",
    "run_check",
    "run_on_data",
    "run_on_model",
    "run_record",
    "summary_line",
    "write_run",
]
