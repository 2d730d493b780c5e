package trainer_test

import (
	"context"
	"fmt"
	"log"

	"designspace/space"
	"designspace/trainer"
	"designspace/trainer/dataset"
)

// Trains a small model for three epochs on some of the built-in images. Every
// value of the configuration has a default.
func ExampleTrain() {
	m, err := space.ReadModel("tiny.yaml", []byte(`
stem: cifar
stem_width: 8
block: basic
depths: [1, 1]
widths: [8, 16]
input: 8
`))
	if err != nil {
		log.Fatal(err)
	}
	data, err := dataset.Open("synthetic", dataset.Options{Input: 8, TrainImages: 200, TestImages: 100})
	if err != nil {
		log.Fatal(err)
	}
	recipe, err := trainer.Preset("quick")
	if err != nil {
		log.Fatal(err)
	}
	o, err := trainer.Train(context.Background(), m, trainer.Config{
		Data: data, Recipe: recipe, Seed: 1,
		OnEpoch: func(e trainer.Epoch) { fmt.Printf("epoch %d\n", e.Epoch) },
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(o.Status, o.Status.Counts(), o.Epochs, o.Error >= 0 && o.Error <= 100)
	// Output:
	// epoch 1
	// epoch 2
	// epoch 3
	// done true 3 true
}

func ExampleRecipe_Rate() {
	r := trainer.Recipe{Epochs: 4, LR: 0.1, WarmupEpochs: 1, WarmupFactor: 0.1}
	for _, epoch := range []float64{0, 0.5, 1, 2, 3, 4} {
		fmt.Printf("%.4f\n", r.Rate(epoch))
	}
	// Output:
	// 0.0100
	// 0.0529
	// 0.0854
	// 0.0500
	// 0.0146
	// 0.0000
}
