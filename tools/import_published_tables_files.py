"""Readers of the sources that are kept as single files, one folder per repository."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from import_published_tables_core import Table, by_model, load_json, matrix, merged, triples

MODELS = {
    # names in the copy-suppression sweep (TransformerLens aliases)
    "distillgpt2": "distilgpt2",
    "gpt2-small": "gpt2",
    "gpt2-medium": "gpt2-medium",
    "gpt2-large": "gpt2-large",
    "gpt2-xl": "gpt2-xl",
    "gpt-j-6B": "gpt-j-6b",
    "gpt-neo-125m": "gpt-neo-125m",
    "gpt-neo-2.7B": "gpt-neo-2-7b",
    "pythia-70m": "pythia-70m",
    "pythia-70m-deduped": "pythia-70m-deduped",
    "pythia-160m": "pythia-160m",
    "pythia-160m-deduped": "pythia-160m-deduped",
    "pythia-410m": "pythia-410m",
    "pythia-410m-deduped": "pythia-410m-deduped",
    "pythia-1.4b": "pythia-1-4b",
    "pythia-1.4b-deduped": "pythia-1-4b-deduped",
    "pythia-2.8b": "pythia-2-8b",
    "pythia-2.8b-deduped": "pythia-2-8b-deduped",
    "pythia-6.9b": "pythia-6-9b",
    "pythia-6.9b-deduped": "pythia-6-9b-deduped",
    **{
        f"stanford-gpt2-{size}-{seed}": f"stanford-gpt2-{size}-{seed}"
        for size in ("small", "medium")
        for seed in "abcde"
    },
    **{
        name: name
        for name in (
            "solu-4l",
            "solu-6l",
            "solu-8l",
            "solu-10l",
            "solu-12l",
            "solu-4l-pile",
            "solu-6l-pile",
            "solu-8l-pile",
            "solu-10l-pile",
        )
    },
    # names in the mean-ablation survey of the same repository
    "gpt2": "gpt2",
    "gpt-neo-125M": "gpt-neo-125m",
    "alias-gpt2-small-x21": "stanford-gpt2-small-a",
    "battlestar-gpt2-small-x49": "stanford-gpt2-small-b",
    # hub names
    "meta-llama/Llama-2-7b-hf": "llama-2-7b",
    "meta-llama/Llama-2-13b-hf": "llama-2-13b",
    "meta-llama/Llama-2-70b-hf": "llama-2-70b",
    "llama3-8b (exact repository id not stated)": "llama-3-8b",
    "mistralai/Mistral-7B-v0.1": "mistral-7b-v0-1",
    "EleutherAI/pythia-6.9b": "pythia-6-9b",
    "EleutherAI/gpt-j-6b": "gpt-j-6b",
    "EleutherAI/gpt-neox-20b": "gpt-neox-20b",
    "google/gemma-7b": "gemma-7b",
    "google/gemma-2-9b": "gemma-2-9b",
    "allenai/OLMo-1.7-7B-hf": "olmo-1-7-7b",
    "tiiuae/falcon-7b": "falcon-7b",
    "falcon2-11b (id not stated)": "falcon-11b",
    # file names
    "all_scores_gpt2_small": "gpt2",
    "all_scores_pythia_70m_cp142": "pythia-70m-deduped-v0",
    "all_scores_pythia_12b_cp142": "pythia-12b-deduped-v0",
    "induction_head_all_scores_pythia_410m_cp142": "pythia-410m-deduped-v0",
    "induction_head_all_scores_pythia_2.8b_cp142": "pythia-2-8b-deduped-v0",
    "induction_head_all_scores_llama3-8b": "llama-3-8b",
    "induction_head_all_scores_mistral-7b": "mistral-7b-v0-1",
    "induction_head_all_scores_qwen-7b": "qwen-7b",
    "llama-2-7b-80k": "llama-2-7b-80k",
    "llama-2-13b-64k": "llama-2-13b-64k",
    "Mistral-7B-v0.2-hf": "mistral-7b-v0-2",
    "Mixtral-8x7B-v0.1": "mixtral-8x7b-v0-1",
    "Yi-6B-200K": "yi-6b-200k",
    "Qwen1.5-14B": "qwen1-5-14b",
    "Qwen1.5-14B-Chat": "qwen1-5-14b-chat",
    "Llama-2-7B-32K-Instruct": "llama-2-7b-32k-instruct",
    "Llama-3-8B-Instruct-Gradient-1048k": "llama-3-8b-instruct-gradient-1048k",
    "Llama-3-8B-Instruct-Gradient-4194k": "llama-3-8b-instruct-gradient-4194k",
    "Meta-Llama-3.1-8B-Instruct": "llama-3-1-8b-instruct",
    "Mistral-7B-Instruct-v0.2": "mistral-7b-instruct-v0-2",
    "Mistral-7B-Instruct-v0.3": "mistral-7b-instruct-v0-3",
    "lmsys--vicuna-7b-v1.5-16k": "vicuna-7b-v1-5-16k",
    "meta-llama--Llama-3.2-1B-Instruct": "llama-3-2-1b-instruct",
    "meta-llama--Llama-3.2-3B-Instruct": "llama-3-2-3b-instruct",
}
"""The sources' names of models → ids of `catalog/models`."""


def copy_suppression(folder: Path) -> Iterator[Table]:
    """callummcdougall/SERI-MATS-2023-Streamlit-pages: behaviour of every head of 39 models, and mean ablation of 7."""
    columns = ("copy_suppression_ioi", "anti_induction")
    for name, rows in by_model(folder / "ai_vs_cs_per_head.csv", ("model", "layer0", "head0"), columns).items():
        yield Table(f"mcdougall-2023-copy-suppression/{MODELS[name]}.csv", columns, rows)
    for name, scores in load_json(folder / "head_survey.json").items():
        pairs = [(key.strip("()").split(","), value) for key, value in scores.items()]
        rows = merged({(int(layer), int(head)): value for (layer, head), value in pairs})
        yield Table(
            f"mcdougall-2023-copy-suppression/{MODELS[name]}-mean-ablation.csv", ("relative_loss_increase",), rows
        )


def episodic_memory(folder: Path) -> Iterator[Table]:
    """corxyz/icl-cmr: matching and copying score of every head."""
    columns = ("induction_head_matching_score", "copying_score")
    for path in sorted(folder.glob("*all_scores*.json")):
        raw = load_json(path)
        yield Table(f"ji-an-2024-cmr/{MODELS[path.stem]}.csv", columns, matrix(*(raw[c] for c in columns)))


def composition(folder: Path) -> Iterator[Table]:
    """JiajunSong629/ood-generalization-via-composition: the 60 heads with the highest score."""
    raw = load_json(folder / "ih_pth_top60.json")
    for key, what in (("IH", "induction"), ("PTH", "previous-token")):
        for name, rows in raw[key].items():
            yield Table(f"jiajunsong629-ood-generalization/{MODELS[name]}-{what}.csv", (key,), merged(triples(rows)))


def retrieval(path: Path) -> Iterator[Table]:
    """nightdessert/Retrieval_Head: mean over the samples of the released scores."""
    columns = ("mean_retrieval_score", "n_samples")
    for name, rows in by_model(path, ("model", "layer", "head"), columns).items():
        yield Table(f"wu-2024-retrieval-head/{MODELS[name]}.csv", columns, rows)


def duo_attention(folder: Path) -> Iterator[Table]:
    """mit-han-lab/duo-attention: one gate per key-value head."""
    for path in sorted(folder.glob("attn_patterns/*/*/full_attention_heads.tsv")):
        gates = [line.split("\t") for line in path.read_text(encoding="utf-8").splitlines()]
        yield Table(f"xiao-2024-duoattention/{MODELS[path.parent.parent.name]}.csv", ("gate",), matrix(gates))


def function_vectors(folder: Path) -> Iterator[Table]:
    """ericwtodd/function_vectors: the heads with the largest average indirect effect."""
    for name, entry in load_json(folder / "universal_top_heads.json").items():
        yield Table(
            f"todd-2023-function-vectors/{MODELS[name]}.csv",
            ("average_indirect_effect",),
            merged(triples(entry["top_heads"])),
        )


def attention_spans(folder: Path) -> Iterator[Table]:
    """thu-nics/MoA: the span rule of every query head."""
    for path in sorted(folder.glob("*.moa_alpha_beta.json")):
        raw = load_json(path)
        yield Table(
            f"fu-2024-moa/{MODELS[path.name.removesuffix('.moa_alpha_beta.json')]}.csv",
            ("alpha", "beta"),
            matrix(raw["alphas"], raw["betas"]),
        )


def sequence_continuation(folder: Path) -> Iterator[Table]:
    """apartresearch/seqcont_circuits: the heads that the notebook prints, in the order of its cells."""
    cells = [triples(entry["scores"]) for entry in load_json(folder / "gpt2_small_next_and_copy_scores.json")]
    yield Table(
        "lan-2023-sequence-continuation/gpt2-next-scores.csv",
        ("numerals", "numwords", "months"),
        merged(cells[3], cells[4], cells[6]),
    )
    yield Table(
        "lan-2023-sequence-continuation/gpt2-copy-scores.csv", ("numerals", "months"), merged(cells[2], cells[5])
    )


def notebooks(folder: Path) -> Iterator[Table]:
    """TransformerLensOrg/TransformerLens: matrices printed by two demonstration notebooks."""

    def values(start: str) -> list[list[str]]:
        (path,) = folder.glob(f"{start}*.json")
        return load_json(path)["values"]  # type: ignore[no-any-return]

    into = "transformerlensorg-transformerlens"
    main, exploratory = "Main_Demo_04ef490d_cell", "Exploratory_Analysis_Demo_04ef490d_cell"
    names = ("previous_token", "duplicate_token", "induction")
    cells = ("100_Previous_Token", "100_Duplicate_Token", "100_Induction_Head")
    yield Table(
        f"{into}/gpt2-exploratory-attention.csv", names, matrix(*(values(exploratory + cell) for cell in cells))
    )
    effects = (values(f"{exploratory}47_"), values(f"{exploratory}75_"))
    yield Table(
        f"{into}/gpt2-exploratory-ioi.csv", ("direct_logit_difference", "patched_logit_difference"), matrix(*effects)
    )
    yield Table(
        f"{into}/gpt2-main.csv", ("induction", "ov_copying_score"), matrix(values(f"{main}46_"), values(f"{main}118_"))
    )
    yield Table(f"{into}/distilgpt2-main.csv", ("induction",), matrix(values(f"{main}53_")))


def head_detector(folder: Path) -> Iterator[Table]:
    """TransformerLensOrg/TransformerLens: what the head-detector notebook printed for one text each, where its matrices are at hand."""
    cells = {
        "gpt2-previous-token": {
            "mul": "03a5b52c_cell22",
            "mul_others_only": "03a5b52c_cell28",
            "abs": "5b161f1c_cell21",
            "abs_others_only": "5b161f1c_cell27",
        },
        "gpt2-current-word": {"mul": "03a5b52c_cell42", "abs": "03a5b52c_cell44"},
    }
    for name, columns in cells.items():
        paths = [folder / f"Head_Detector_Demo_{cell}.json" for cell in columns.values()]
        if all(path.is_file() for path in paths):
            values = matrix(*(load_json(path)["values"] for path in paths))
            yield Table(f"transformerlensorg-head-detector/{name}.csv", tuple(columns), values)


def tables(data: Path, notebook_scores: Path | None) -> Iterator[Table]:
    """Every table of every source."""
    yield from copy_suppression(data / "callummcdougall__SERI-MATS-2023-Streamlit-pages")
    yield from episodic_memory(data / "corxyz__icl-cmr")
    yield from composition(data / "JiajunSong629__ood-generalization-via-composition")
    yield from retrieval(data / "retrieval_score_means.csv")
    yield from duo_attention(data / "mit-han-lab__duo-attention")
    yield from function_vectors(data / "ericwtodd__function_vectors")
    yield from attention_spans(data / "thu-nics__MoA")
    yield from sequence_continuation(data / "apartresearch__seqcont_circuits")
    if notebook_scores:
        yield from notebooks(notebook_scores)
        yield from head_detector(notebook_scores)
