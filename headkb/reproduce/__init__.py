"""Rerun what the catalog records: recipes and claims on models, recorded runs again, and published patterns under our scores."""

from headkb.reproduce.carry_out import run_on_data, run_on_model
from headkb.reproduce.causal import CausalChecks, run_check
from headkb.reproduce.claims import ClaimRerun, claims_named, rerun_claims
from headkb.reproduce.kept import Kept, code_sha256, content_of_plan, digest_of, kept_file
from headkb.reproduce.measure import Measurement, measure
from headkb.reproduce.measurements import Measurements, OnBatch
from headkb.reproduce.plan import NotRerunnableError, Plan, expected_values, plan_of_claim, plan_of_run, plans_of_head
from headkb.reproduce.published import measure_published, read_published
from headkb.reproduce.random_heads import choose_heads
from headkb.reproduce.record import check_recordable, facts_of, run_record, write_run
from headkb.reproduce.request import Request, request
from headkb.reproduce.rerun import Rerun, bundled, rerun, summary_line
from headkb.reproduce.reruns import Rerunning, rerun_all
from headkb.reproduce.session import Carried, carry_out_all

__all__ = [
    "Carried",
    "CausalChecks",
    "ClaimRerun",
    "Kept",
    "Measurement",
    "Measurements",
    "NotRerunnableError",
    "OnBatch",
    "Plan",
    "Request",
    "Rerun",
    "Rerunning",
    "bundled",
    "carry_out_all",
    "check_recordable",
    "choose_heads",
    "claims_named",
    "code_sha256",
    "content_of_plan",
    "digest_of",
    "expected_values",
    "facts_of",
    "kept_file",
    "measure",
    "measure_published",
    "plan_of_claim",
    "plan_of_run",
    "plans_of_head",
    "read_published",
    "request",
    "rerun",
    "rerun_all",
    "rerun_claims",
    "run_check",
    "run_on_data",
    "run_on_model",
    "run_record",
    "summary_line",
    "write_run",
]
