#!/usr/bin/env bash
# Record anew the runs that ship in catalog/runs/, under today's date. Needs HEADKB_MODELS and HEADKB_FIXTURES (see docs/maintaining.md).
set -euo pipefail
run() { .venv/bin/headkb --catalog catalog reproduce "$@" --record; }
run previous-token --model exact-previous-token
run next-token --model exact-next-token
run duplicate-token --model exact-duplicate-token
run induction previous-token --model exact-induction
run attention-sink --model exact-attention-to-first
run delimiter --model exact-attention-to-delimiter
run previous-token induction duplicate-token positional attention-sink delimiter next-token --model stories260k
run previous-token next-token positional attention-sink delimiter --model all-minilm-l6-v2
claims=transformerlensorg-transformerlens
run $claims/gpt2-previous-token --data head-detector
run $claims/gpt2-previous-token --data transformer-explainer-0
run $claims/gpt2-induction --data main-demo-l5h5
detector=transformerlensorg-head-detector
for measure in mul mul-others-only abs abs-others-only; do
  run $detector/gpt2-previous-$measure --data head-detector
done
for measure in mul abs; do
  run $detector/gpt2-word-$measure --data head-detector-words
done
run $detector/gpt2-ov-eigenvalues-l11h11 --data main-demo-l11h11-eigenvalues
run $detector/gpt2-ov-eigenvalues-raw-l11h11 --data main-demo-l11h11-eigenvalues-raw
