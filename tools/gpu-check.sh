#!/usr/bin/env bash
# Checks and measures the torch engine on a machine with a CUDA device, and writes a report that names the card.
#
#   tools/gpu-check.sh [--node FILE] [--modules FILE] [--report FILE] [--device cuda|cpu] [--bench "MODEL BATCH SIZE PRECISION"]…
#
# --node     a Node release (.tar.gz, .tar.xz) or its binary; without it, the one on the path
# --modules  a tar archive of node_modules; without it, those that are there, else what npm brings
# --report   gpu-report.md unless set
# --device   cuda unless set; cpu tries the script itself out on a machine without a card
# --bench    a setting of bench:train, any number of times; all of them unless set
#
# The machine needs g++ (C++20) and a Python with torch (PYTHON names it) or LIBTORCH; torchvision too for the benchmark.
set -uo pipefail
cd "$(dirname "$0")/.."

node_source='' modules='' report=gpu-report.md device=cuda settings=()
while (($#)); do
  case $1 in
    --node) node_source=$2 ;;
    --modules) modules=$2 ;;
    --report) report=$2 ;;
    --device) device=$2 ;;
    --bench) settings+=("$2") ;;
    *) echo "gpu-check: unknown option $1 (see the head of $0)" >&2; exit 2 ;;
  esac
  (($# >= 2)) || { echo "gpu-check: $1 needs a value" >&2; exit 2; }
  shift 2
done

fail() { echo "gpu-check: $1" >&2; exit 1; }

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

case $node_source in
  '') ;;
  *.tar.*)
    tar -xf "$node_source" -C "$work" || fail "$node_source is no archive that tar reads"
    PATH=$(echo "$work"/node-*/bin):$PATH
    ;;
  *)
    mkdir "$work/bin" && ln -s "$(realpath "$node_source")" "$work/bin/node"
    PATH=$work/bin:$PATH
    ;;
esac
command -v node > /dev/null || fail 'there is no Node on the path: give one with --node'

if [[ -n $modules ]]; then
  tar -xf "$modules" || fail "$modules is no archive that tar reads"
elif [[ ! -d node_modules ]]; then
  ONNXRUNTIME_NODE_INSTALL=skip npm ci --no-audit --no-fund || fail 'npm could not bring the packages: give them with --modules'
fi

# The libtorch of the Python that runs the other side of the benchmark, so that both compute with the same.
python=${PYTHON:-python3}
if [[ -z ${LIBTORCH:-} ]]; then
  LIBTORCH=$("$python" -c 'import os, torch; print(os.path.dirname(torch.__file__))' 2> /dev/null) || unset LIBTORCH
  # Debian keeps headers and libraries elsewhere, where the build looks by itself.
  [[ -n ${LIBTORCH:-} && -d $LIBTORCH/include/ATen ]] || unset LIBTORCH
fi
[[ -n ${LIBTORCH:-} ]] && export LIBTORCH
export COATRACK_TORCH_DEVICE=$device COATRACK_BENCH_PYTHON=$python

card=$device
if [[ $device == cuda ]]; then
  card=$(nvidia-smi --query-gpu=name,driver_version,memory.total --format=csv,noheader 2> /dev/null | head -n 1)
  [[ -n $card ]] || fail 'nvidia-smi names no card'
fi

failures=0
{
  echo "# Torch engine on ${card}"
  echo
  echo "- Node $(node --version), $("$python" -c 'import torch; print("PyTorch", torch.__version__, "CUDA", torch.version.cuda)' 2>&1 | tail -n 1)"
  echo "- $(nproc) processors: $(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1)"
  echo "- $(date -u +%Y-%m-%dT%H:%MZ), revision $(git rev-parse --short HEAD 2> /dev/null || echo unknown)"
} > "$report"

# section TITLE COMMAND…: runs it, and puts the end of what it says into the report
section() {
  local title=$1 log="$work/log" status=passed
  shift
  echo "gpu-check: $title" >&2
  "$@" > "$log" 2>&1 || { status="FAILED ($?)"; failures=$((failures + 1)); }
  { echo; echo "## $title: $status"; echo; echo '```'; tail -n 60 "$log"; echo '```'; } >> "$report"
  [[ $status == passed ]]
}

section 'Build of the libraries' env NX_DAEMON=false NX_TUI=false npx nx run-many -t build -p kernels,training || fail "the libraries don't compile: see $report"
section 'Build of the addon' node libs/kernels/native/build.mjs
section 'Engine' node -e "
  require('@coatrack/kernels').selectEngine('torch').then((engine) => {
    console.log(engine.description);
    if (engine.device !== '$device') throw new Error('the engine runs on ' + engine.device);
  })" || fail "the engine doesn't start: see $report"
# In TF32, which convolutions use unless told not to, float32's tolerances would not hold.
section 'Conformance' env NVIDIA_TF32_OVERRIDE=0 npx vitest run --maxWorkers 1 --project parity --project unit test/conformance libs/kernels/src/torch
section 'Parity' env NVIDIA_TF32_OVERRIDE=0 npx vitest run --maxWorkers 1 --project parity test/parity
if ((${#settings[@]})); then
  for setting in "${settings[@]}"; do
    # shellcheck disable=SC2086 -- a setting is several words
    section "Training benchmark, $setting" node test/bench/train.mjs $setting
  done
else
  section 'Training benchmark' node test/bench/train.mjs
fi

echo "gpu-check: $failures failed; the report is $report" >&2
exit $((failures > 0))
