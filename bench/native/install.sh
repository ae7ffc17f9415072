#!/usr/bin/env bash
# What the benchmark compares with, installed and built into a folder: QuantLib's engines, the same mathematics in C, an npm package.
#   install.sh <folder>
# Whatever cannot be had is left out with a note on standard error; the benchmark then leaves its rows out.
set -uo pipefail
here=$(cd "$(dirname "$0")" && pwd)
out=$1
mkdir -p "$out"

if ! command -v g++ >/dev/null || ! [ -e /usr/include/ql/quantlib.hpp ] || ! command -v clang >/dev/null; then
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -qq >/dev/null && apt-get install -y -qq g++ clang libquantlib0-dev >/dev/null || echo 'apt-get failed' >&2
  else
    echo 'QuantLib (libquantlib0-dev), g++ or clang is missing and only root can install it' >&2
  fi
fi

g++ -O3 -march=native -std=c++17 "$here/quantlib.cpp" -lQuantLib -o "$out/quantlib" || echo 'no QuantLib' >&2
# clang vectorises all five stages, gcc three of them.
C="clang -O3 -ffp-contract=fast -fno-math-errno -fno-trapping-math $here/kernel.c -lm"
if grep -qw avx512f /proc/cpuinfo; then
  $C -march=native -mprefer-vector-width=512 -o "$out/kernel-avx512" || echo 'no AVX-512 build' >&2
fi
if grep -qw avx2 /proc/cpuinfo; then
  $C -mavx2 -mfma -o "$out/kernel-avx2" || echo 'no AVX2 build' >&2
fi
npm install --silent --no-save --no-package-lock --prefix "$out/npm" @uqee/black-scholes@1.0.7 >/dev/null || echo 'no npm package' >&2
exit 0
