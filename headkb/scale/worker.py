"""The work of a sweep's worker: loads one model at a time and measures cells on it, whichever process or machine it runs in."""

from __future__ import annotations

import gc
import json
import sys
import tempfile
import time
import traceback
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from headkb import catalog_path
from headkb.catalog.load import load
from headkb.errors import HeadkbError, ModelError, ReproductionError
from headkb.models import LoadedModel, LoadOptions, choose_threads, load_model
from headkb.plugins import load_plugins
from headkb.reproduce import Measurement, Measurements, carry_out_all, code_sha256
from headkb.reproduce.measure import versions
from headkb.reproduce.request import Request, request
from headkb.scale.cell import Loading, SweepCell
from headkb.scale.cells import content_hash, plans_at
from headkb.scale.results import Begun, CellResult, CellValues, Matrix, Told, now


@dataclass(frozen=True)
class Setup:
    """What a worker is told once.

    Attributes:
        catalog: Folder of the catalog; where that machine has none, the one that ships with its headkb is read.
        plugins: Name and content of each plug-in.
        code: Hash of headkb's code where the sweep was started.
        versions: Versions there.
        threads: Threads of torch for a large model; None = as many as torch chooses.
    """

    catalog: str
    plugins: tuple[tuple[str, bytes], ...]
    code: str
    versions: tuple[tuple[str, str], ...]
    threads: int | None


def setup_of(catalog: Path, plugins: Sequence[Path], threads: int | None) -> Setup:
    """The setup of workers that do as this process would."""
    contents = tuple((path.name, path.read_bytes()) for path in plugins)
    return Setup(str(catalog.resolve()), contents, code_sha256(), tuple(sorted(versions().items())), threads)


class CellWorker:
    """Measures cells; holds the model of the last ones."""

    def __init__(self, setup: Setup) -> None:
        """Read the catalog and the plug-ins.

        Raises:
            ReproductionError: If this machine has other code than the one that started the sweep, so that its results would be others'.
        """
        here = dict(versions())
        other = [f"{name} {here.get(name)} instead of {v}" for name, v in setup.versions if here.get(name) != v]
        if other or code_sha256() != setup.code:
            what = ", ".join(other) or "other code of headkb"
            raise ReproductionError(f"a worker has {what}. Install the same packages on every machine.")
        if setup.plugins:
            with tempfile.TemporaryDirectory(prefix="headkb-") as folder:
                files = [Path(folder) / name for name, _ in setup.plugins]
                for file, (_, content) in zip(files, setup.plugins, strict=True):
                    file.write_bytes(content)
                load_plugins(files)
        root = Path(setup.catalog)
        self.catalog, _ = load(root if root.is_dir() else catalog_path())
        self.threads = setup.threads
        self._held: tuple[Loading, LoadedModel] | None = None

    def work(self, cells: Sequence[SweepCell]) -> Iterator[Told]:
        """Measure cells of one model; each result comes as soon as it is there."""
        yield Begun()
        start = time.monotonic()
        try:
            loaded, fresh = self._load(cells[0].loading)
        except Exception as error:
            yield from (_result(cell, "failed", cause=reason(error)) for cell in cells)
            return
        loading = time.monotonic() - start if fresh else 0.0
        measurements, requests = Measurements(loaded), dict[str, Request]()
        for cell in cells:
            if cell.kind == "score":
                try:
                    requests[cell.key] = _request(cell, loaded)
                except HeadkbError:
                    continue  # it is told when its turn comes
        measurements.expect(requests.values())
        for cell in cells:
            yield Begun(cell.key)
            start = time.monotonic()
            try:
                result = self._score(cell, loaded, measurements) if cell.kind == "score" else self._runs(cell, loaded)
            except Exception as error:
                result = _result(cell, "failed", cause=reason(error))
            finally:
                if cell.key in requests:
                    measurements.release([requests[cell.key]])
            seconds = round(time.monotonic() - start, 3)
            yield replace(result, seconds=seconds, load_seconds=round(loading, 3), peak_bytes=peak_bytes())
            loading = 0.0

    def _load(self, wanted: Loading) -> tuple[LoadedModel, bool]:
        """The model, and whether it was loaded just now. The one before is let go first."""
        if self._held is not None and self._held[0] == wanted:
            return self._held[1], False
        self._held = None
        gc.collect()
        options = LoadOptions(wanted.device, wanted.dtype, wanted.device_map, _half(wanted.part), wanted.batch_tokens)
        loaded = load_model(wanted.name, revision=wanted.revision, catalog_models=self.catalog.models, options=options)
        passport = loaded.passport
        if loaded.id != wanted.weights.id or not wanted.weights.fits(
            passport.source, passport.revision, passport.weights_sha256
        ):
            raise ModelError(
                f"{wanted.name} has other weights on the machine of this worker ({loaded.id}, {passport.weights_sha256[:12]}…) than "
                f"the sweep was planned for ({wanted.weights.identity}). Give every machine the same, or name a commit."
            )
        choose_threads(loaded, self.threads)
        self._held = wanted, loaded
        return loaded, True

    def _score(self, cell: SweepCell, loaded: LoadedModel, measurements: Measurements) -> CellResult:
        found = measurements.get(_request(cell, loaded))
        provenance = {
            "version": found.score.version,
            "score_parameters": dict(found.score_parameters),
            "prompts": dict(found.prompts),
            **found.provenance,
        }
        text = json.dumps(provenance, ensure_ascii=False, allow_nan=False)
        return _result(cell, "done", measures=(_values(found),), provenance=text)

    def _runs(self, cell: SweepCell, loaded: LoadedModel) -> CellResult:
        """The recipes of a head type, or a claim: those that cannot be run are named in the cause of the others."""
        plans = plans_at(self.catalog, cell.kind, cell.subject, cell.seed, cell.loading.part)
        if content_hash(self.catalog, plans, loaded.id) != cell.content:
            raise ReproductionError(
                f"the catalog of this worker says something else of {cell.subject}. Give every machine the same catalog."
            )
        made, reasons = [], []
        for done in carry_out_all(self.catalog, plans, loaded):
            if done.run is not None:
                made.append((done.plan, done.run))
            elif done.error is not None:
                reasons.append(f"{done.plan.name}: {reason(done.error)}")
        measures = tuple(
            CellValues(plan.name, plan.score, tuple(tuple(row) for row in run.values)) for plan, run in made
        )
        runs = tuple(json.dumps(run.data(), ensure_ascii=False, allow_nan=False) for _, run in made)
        return _result(cell, "done" if made else "failed", cause=" ".join(reasons), measures=measures, runs=runs)


def _request(cell: SweepCell, loaded: LoadedModel) -> Request:
    asked = cell.asked
    return request(
        cell.subject,
        loaded,
        generator=asked["generator"],
        parameters={**asked["parameters"], "seed": cell.seed},
        score_parameters=asked["score_parameters"],
        needs=asked["needs"],
        part=cell.loading.part,
    )


def _half(part: str | None) -> str | None:
    """What is loaded of a model such as CLIP, which holds two."""
    return part if part in ("text", "vision") else None


def _values(found: Measurement) -> CellValues:
    """The means and, where there are several prompts, the ends of their intervals, as `headkb score` prints them."""
    summary = found.summary
    several = bool((summary.n > 1).any())
    ends = [
        tuple(
            tuple(round(v, 6) if v == v and n > 1 else None for v, n in zip(row, counts, strict=True))
            for row, counts in zip(side.tolist(), summary.n.tolist(), strict=True)
        )
        for side in (summary.low, summary.high)
    ]
    values: Matrix = tuple(tuple(row) for row in found.values())
    low, high = ends if several else ((), ())
    return CellValues(found.score.id, found.score.id, values, low, high)


def _result(cell: SweepCell, state: str, **what: object) -> CellResult:
    loading = cell.loading
    about = (cell.key, cell.kind, cell.subject, loading.weights.id, loading.dtype, cell.seed, state)
    return CellResult(*about, finished=now(), **what)  # type: ignore[arg-type]


def reason(error: Exception) -> str:
    """Why a cell failed, in a sentence; of what nobody foresaw, with the place in the code."""
    if isinstance(error, HeadkbError):
        return str(error)
    frames = traceback.extract_tb(error.__traceback__)
    place = f" ({frames[-1].filename}, line {frames[-1].lineno})" if frames else ""
    return f"{type(error).__name__}: {error}{place}"


def peak_bytes() -> int:
    """The largest resident size of this process until now; 0 where the system does not say it."""
    try:
        import resource
    except ImportError:  # Windows
        return 0
    largest = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return largest if sys.platform == "darwin" else largest * 1024
