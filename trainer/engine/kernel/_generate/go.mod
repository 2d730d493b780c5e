module designspace/trainer/engine/kernel/_generate

go 1.26.0
