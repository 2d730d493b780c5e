package analysis

import (
	"errors"
	"io/fs"
	"math"
	"slices"

	"designspace/internal/table"
	"designspace/trainer"
)

// readCurves reads curves.csv of a directory that only keeps the results, if it
// has one.
func (src *source) readCurves() error {
	t, err := table.ReadFile(src.run.Curves())
	if errors.Is(err, fs.ErrNotExist) || err == nil && !src.table.Has("id") {
		return nil
	}
	if err != nil {
		return err
	}
	ids, err := t.Strings("id")
	if err != nil {
		return err
	}
	models, err := src.table.Strings("id")
	if err != nil {
		return err
	}
	var values [5][]float64
	for i, c := range []string{"epoch", "lr", "train_loss", "train_error", src.metric} {
		if i > 0 && i < 4 && !t.Has(c) {
			values[i] = slices.Repeat([]float64{math.NaN()}, t.Len())
		} else if values[i], err = t.Floats(c); err != nil {
			return err
		}
	}
	place := map[string]int{}
	for i, id := range models {
		place[id] = i
	}
	src.curve = make([][]trainer.Epoch, len(models))
	for row, id := range ids {
		i, ok := place[id]
		if !ok {
			continue // the results are a part
		}
		epoch, curve := values[0][row], src.curve[i]
		if !(epoch >= 1) || epoch > math.MaxInt32 || epoch != math.Trunc(epoch) || len(curve) > 0 && int(epoch) <= curve[len(curve)-1].Epoch {
			return t.Errorf(row, "epoch %v: want whole numbers from 1, ascending in a model", epoch)
		}
		src.curve[i] = append(curve, trainer.Epoch{Epoch: int(epoch), LR: values[1][row], TrainLoss: values[2][row], TrainError: values[3][row], Error: values[4][row]})
	}
	return nil
}
