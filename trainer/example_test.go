package trainer_test

import (
	"fmt"

	"designspace/trainer"
)

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
