#!/bin/bash
# Trains three comparisons both ways, with a fixed number of models and until
# decided, and writes what each took:
#
#	experiments/efficiency/trained/train.sh DATA OUT
#
# DATA is a directory with CIFAR-10; OUT gets the runs, and beside this file come
# trained.csv and the models of each run. What OUT has already is not trained again.
# Takes about half an hour on two cores.
set -euo pipefail
data=$1 out=$2 here=$(dirname "$0")
mkdir -p "$out"
go build -o "$out/designspace" ./cmd/designspace
cat >"$out/recipe.yaml" <<END
epochs: 5
batch: 32
lr: 0.15
weight_decay: 5e-5
zero_init: false
END

train() { # name, flags
  local name=$1 TIMEFORMAT='%U %S'
  shift
  [ -s "$out/$name.time" ] && return
  rm -rf "${out:?}/$name" # of an interrupted one the time is not known
  {
    time "$out/designspace" run "$@" --flops 0.5M:0.6M --input 16 --data "cifar10:$data" --train-images 5000 --test-images 5000 \
      --recipe "$out/recipe.yaml" --out "$out/$name" >"$out/$name.txt"
  } 2>"$out/$name.log"
  tail -n 1 "$out/$name.log" >"$out/$name.time"
}
decided=(-n 30 --until decided --max 30)
train xa-rx-decided --space proxy/anynetxa --space proxy/regnetx "${decided[@]}" --seed 101
train xa-xe-decided --space proxy/anynetxa --space proxy/anynetxe "${decided[@]}" --seed 102
train silu-decided --space proxy/regnetx --vary activation=relu,silu "${decided[@]}" --seed 103
train xa-rx-fixed --space proxy/anynetxa --space proxy/regnetx -n 100 --seed 111
train xa-xe-fixed --space proxy/anynetxa --space proxy/anynetxe -n 100 --seed 112
train silu-fixed --space proxy/regnetx --space proxy/regnetx-silu -n 100 --seed 113

for name in {xa-rx,xa-xe,silu}-{fixed,decided}; do
  # the columns that the comparison is about, of the models that were trained
  awk -F, -v OFS=, '
    function cell(name) { return name in at ? $at[name] : "" }
    NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; print "id", "space", "condition", "flops", "error", "train_seconds"; next }
    cell("error") != "" { print cell("id"), cell("space"), cell("condition"), cell("flops"), cell("error"), cell("train_seconds") }' \
    "$out/$name/results.csv" >"$here/$name.csv"
done
{
  echo "run,models,core_seconds,difference,difference_lo,difference_hi"
  for name in {xa-rx,xa-xe,silu}-{fixed,decided}; do
    core=$(awk '{ printf "%.0f", $1 + $2 }' "$out/$name.time")
    "$out/designspace" analyze "$out/$name" --format csv --table tests | awk -F, -v OFS=, -v run="$name" -v core="$core" '
      NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i }
      NR == 2 { print run, $at["n_a"], core, $at["mean_difference"], $at["mean_difference_lo"], $at["mean_difference_hi"] }'
  done
} >"$here/trained.csv"
cat "$here/trained.csv"
