#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The tests labelled `fuzz`: builds the targets with clang in a folder of their own, and looks for new inputs that break
# one, from what is kept in regressions/. A finding ends with an error that shows the input.
#
#   fuzz.sh build FOLDER
#   fuzz.sh run FOLDER NAME SECONDS
#
# Exit codes: 0 nothing was found, 1 a finding, or a target that does not build, 77 it cannot be done here.
set -uo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
root=${here%/tests/fuzz}
verb=$1
folder=$2

build() {
  if ! command -v clang++ >/dev/null; then
    echo 'there is no clang++: apt-get install clang libclang-rt-dev'
    exit 77
  fi
  mkdir -p "$folder" || exit 1
  printf '#include <cstddef>\nextern "C" int LLVMFuzzerTestOneInput(const unsigned char*, std::size_t) { return 0; }\n' >"$folder/try.cpp"
  if ! clang++ -fsanitize=fuzzer,address,undefined -o "$folder/try" "$folder/try.cpp"; then
    echo 'clang++ has no libFuzzer: apt-get install libclang-rt-dev'
    exit 77
  fi
  cmake --preset fuzz -S "$root" -B "$folder" >"$folder/configure.log" 2>&1 || {
    cat "$folder/configure.log"
    exit 1
  }
  cmake --build "$folder" --target fuzz -j "$(nproc)" -- --quiet || exit 1
}

run() { # NAME SECONDS
  local target=$folder/tests/fuzz/fuzz_$1
  if [[ ! -x $target ]]; then
    echo "$target was not built"
    exit 77
  fi
  local work
  work=$(mktemp -d) || exit 1
  # shellcheck disable=SC2064 # the folder of now
  trap "rm -rf '$work'" EXIT
  mkdir "$work/corpus"
  cd "$work" || exit 1
  # What it learns goes to the first folder; the kept inputs are only read.
  "$target" "-max_total_time=$2" -timeout=60 -print_final_stats=1 "-artifact_prefix=$work/" "$work/corpus" "$here/regressions/$1" >"$work/log" 2>&1
  local code=$?
  if ((code != 0)); then
    tail -n 80 "$work/log"
    for input in "$work"/{crash,leak,timeout,oom}-*; do
      if [[ -e $input ]]; then
        echo "the input, in base64; decode it, mend what it breaks, and keep it in tests/fuzz/regressions/$1:"
        base64 "$input"
      fi
    done
    exit 1
  fi
  grep -E '^(Done|stat::(number_of_executed_units|average_exec_per_sec|slowest_unit_time_sec|peak_rss_mb))' "$work/log"
}

case $verb in
  build) build ;;
  run) run "$3" "$4" ;;
esac
