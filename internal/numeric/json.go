package numeric

import (
	"encoding/json"
	"math"
	"reflect"
)

// MarshalJSON encodes a struct as package json does, but writes null for a
// float64 that is not finite, which JSON has no number for. Only the fields of
// the struct itself are looked at, and it embeds nothing.
func MarshalJSON(v any) ([]byte, error) {
	from := reflect.ValueOf(v)
	fields := make([]reflect.StructField, from.NumField())
	for i := range fields {
		fields[i] = from.Type().Field(i)
		if fields[i].Type.Kind() == reflect.Float64 {
			fields[i].Type = reflect.TypeFor[*float64]()
		}
	}
	to := reflect.New(reflect.StructOf(fields)).Elem()
	for i := range fields {
		x := from.Field(i)
		if x.Kind() == reflect.Float64 {
			x = reflect.ValueOf(finite(x.Float()))
		}
		to.Field(i).Set(x)
	}
	return json.Marshal(to.Interface())
}

// finite returns x as encoding/json takes it, nil for null.
func finite(x float64) *float64 {
	if math.IsNaN(x) || math.IsInf(x, 0) {
		return nil
	}
	return &x
}
