package dataset_test

import (
	"fmt"

	"designspace/trainer/dataset"
)

func ExampleOpen() {
	d, err := dataset.Open("synthetic", dataset.Options{Input: 16, TrainImages: 200, ValImages: 50, TestImages: 100})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(d.Name, d.Size, d.Classes, d.Train.Len(), d.Val.Len(), d.Test.Len())
	_, err = dataset.Open("synthetic", dataset.Options{Input: 20})
	fmt.Println(err)
	// Output:
	// synthetic 16 10 200 50 100
	// data "synthetic": input 20: the images can be 32, 16 or 8 pixels wide: sample models for one of these, or take your own images
}
