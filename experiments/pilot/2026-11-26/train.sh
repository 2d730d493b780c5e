#!/bin/bash
# Trains the same 20 models of AnyNetXA and 20 of RegNetX in settings of about equal
# cost, twice each, and once about eight times as long:
#
#	experiments/pilot/2026-11-26/train.sh DATA OUT
#
# DATA is a directory with CIFAR-10; OUT gets the runs, and the tables come beside
# this file. The same command goes on after an interruption. Takes about a quarter
# of an hour on two cores.
set -euo pipefail
data=$1 out=$2 here=$(dirname "$0")
mkdir -p "$out"
[ -x "$out/designspace" ] || go build -o "$out/designspace" ./cmd/designspace
cat >"$out/recipe.yaml" <<END
batch: 32
lr: 0.15
weight_decay: 5e-5
zero_init: false
END

setting() { # name, training images, epochs, test images, other flags
  local name=$1 images=$2 epochs=$3 test=$4
  shift 4
  [ -d "$out/$name" ] || "$out/designspace" sample --space proxy/anynetxa --space proxy/regnetx -n 20 --flops 0.5M:0.6M \
    --input 16 --seed 31 --out "$out/$name" >/dev/null
  "$out/designspace" train "$out/$name" --data "cifar10:$data" --train-images "$images" --epochs "$epochs" --test-images "$test" \
    --recipe "$out/recipe.yaml" --eval-every "$epochs" "$@" 2>"$out/$name.log"
  mkdir -p "$here/$name"
  cp "$out/$name/results.csv" "$here/$name/"
  sed 's#source: cifar10:.*#source: cifar10#' "$out/$name/run.yaml" >"$here/$name/settings.yaml"
  [ ! -e "$out/$name/repeats.csv" ] || cp "$out/$name/repeats.csv" "$here/$name/"
}
setting 5000x5 5000 5 5000 --repeats 2
setting 12500x2 12500 2 5000 --repeats 2
setting 10000x3 10000 3 10000 --repeats 2
setting 2500x10 2500 10 5000 --repeats 2
setting batch64 5000 5 5000 --repeats 2 --batch 64
setting long 12500 16 5000
