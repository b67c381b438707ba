#!/usr/bin/env bash
# Runs a fuzz target with libFuzzer on the stable compiler: tests/fuzz/run.sh TARGET SECONDS [SEED]
set -euo pipefail
cd "$(dirname "$0")/../.."
target=$1
seconds=$2
seed=${3:-0}
host=$(rustc -vV | sed -n 's/^host: //p')
coverage="-Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
    -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
    -Cllvm-args=-sanitizer-coverage-trace-compares"
RUSTFLAGS="--cfg fuzzing $coverage" cargo build --quiet --manifest-path tests/fuzz/Cargo.toml \
    --target-dir target/fuzz --target "$host"
corpus=target/fuzz/corpus/$target
mkdir -p "$corpus"
"target/fuzz/$host/debug/$target" -seed="$seed" -max_total_time="$seconds" -max_len=2048 -timeout=10 -rss_limit_mb=1024 \
    -artifact_prefix=target/fuzz/ -print_final_stats=1 "$corpus" fixtures/input
