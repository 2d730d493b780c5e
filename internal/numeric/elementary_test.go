package numeric

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math"
	"math/big"
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"
)

// ulps returns the distance of got from want, a value of much higher
// precision, in units of got's last place.
func ulps(got float64, want *big.Float) float64 {
	_, exp := math.Frexp(got)
	diff := new(big.Float).SetPrec(200).Sub(new(big.Float).SetFloat64(got), want)
	d, _ := diff.Float64()
	return math.Abs(math.Ldexp(d, 53-exp))
}

func bigf(x float64) *big.Float { return new(big.Float).SetPrec(200).SetFloat64(x) }

// bigLog is the oracle: Newton's iteration on bigExp.
func bigLog(x float64) *big.Float {
	f, e := math.Frexp(x) // math.Log is far off below the normal range
	y := bigf(math.Log(f) + float64(e)*math.Ln2)
	for range 3 {
		e := bigExp(y)
		num := new(big.Float).Sub(bigf(x), e)
		den := new(big.Float).Add(bigf(x), e)
		step := num.Quo(num, den)
		y.Add(y, step.Mul(step, bigf(2)))
	}
	return y
}

// bigExp is the oracle: the series at x/2^32, squared 32 times.
func bigExp(x *big.Float) *big.Float {
	r := new(big.Float).SetPrec(300).SetMantExp(new(big.Float).SetPrec(300).Set(x), -32)
	sum, term := new(big.Float).SetPrec(300).SetInt64(1), new(big.Float).SetPrec(300).SetInt64(1)
	for n := int64(1); n < 20; n++ {
		term.Mul(term, r)
		term.Quo(term, new(big.Float).SetInt64(n))
		sum.Add(sum, term)
	}
	for range 32 {
		sum.Mul(sum, sum)
	}
	return sum
}

func TestOracle(t *testing.T) {
	// ln 10 and e, from OEIS A002392 and A001113.
	for _, c := range []struct {
		got  *big.Float
		want string
	}{
		{bigLog(10), "2.302585092994045684017991454684364207601"},
		{bigExp(bigf(1)), "2.718281828459045235360287471352662497757"},
	} {
		if got := c.got.Text('f', 39); got != c.want {
			t.Errorf("oracle gives %s, want %s", got, c.want)
		}
	}
}

func TestLogIsNearlyCorrectlyRounded(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	xs := []float64{1, 2, 0.5, math.Sqrt2, math.Sqrt2 / 2, math.Nextafter(1, 2), math.Nextafter(1, 0), math.MaxFloat64, math.SmallestNonzeroFloat64, 1.5, 2.25, 3.375}
	for range 2000 {
		xs = append(xs, math.Exp(40*r.Float64()-20), 0.5+r.Float64(), 1+1e-3*r.Float64())
	}
	for _, x := range xs {
		if x == 1 {
			if Log(1) != 0 {
				t.Errorf("Log(1) = %v", Log(1))
			}
			continue
		}
		if d := ulps(Log(x), bigLog(x)); d > 0.55 {
			t.Errorf("Log(%v) is off by %.3f ulp", x, d)
		}
	}
}

func TestExpAccuracy(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for range 3000 {
		x := 60*r.Float64() - 40
		if d := ulps(Exp(x), bigExp(bigf(x))); d > 1 {
			t.Errorf("Exp(%v) is off by %.3f ulp", x, d)
		}
	}
}

func TestPowIntIsNearlyCorrectlyRounded(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	for range 3000 {
		x, n := 1+2*r.Float64(), r.IntN(40)
		want := new(big.Float).SetPrec(4000).SetInt64(1)
		for range n {
			want.Mul(want, new(big.Float).SetPrec(4000).SetFloat64(x))
		}
		if d := ulps(PowInt(x, n), want); d > 0.501 {
			t.Errorf("PowInt(%v, %d) is off by %.4f ulp", x, n, d)
		}
	}
}

func TestNormalCDF(t *testing.T) {
	for x := -9.5; x <= 9.5; x += 1.0 / 64 {
		if got, want := NormalCDF(x), 0.5*math.Erfc(-x/math.Sqrt2); math.Abs(got-want) > 1e-15 {
			t.Errorf("NormalCDF(%v) = %v, math.Erfc gives %v", x, got, want)
		}
	}
}

func TestSpecialCases(t *testing.T) {
	for _, x := range []float64{math.NaN(), math.Inf(1), math.Inf(-1), 0, math.Copysign(0, -1), -1, 1000, -1000} {
		if got, want := Log(x), math.Log(x); x <= 0 || x > math.MaxFloat64 || x != x {
			if math.Float64bits(got) != math.Float64bits(want) && !(got != got && want != want) {
				t.Errorf("Log(%v) = %v, want %v", x, got, want)
			}
		}
		if got, want := Exp(x), math.Exp(x); math.Abs(x) > 500 || x == 0 || x != x {
			if got != want && !(got != got && want != want) {
				t.Errorf("Exp(%v) = %v, want %v", x, got, want)
			}
		}
	}
}

func TestLogInvertsExp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x := rapid.Float64Range(-300, 300).Draw(t, "x")
		if got := Log(Exp(x)); math.Abs(got-x) > 1e-15*math.Abs(x)+3e-16 {
			t.Errorf("Log(Exp(%v)) = %v", x, got)
		}
	})
}

// The digest was computed on amd64; arm64 must give the same:
//
//	GOARCH=arm64 go test -exec qemu-aarch64-static ./internal/numeric
func TestBitsAreTheSameEverywhere(t *testing.T) {
	const want = "5f56cf3807d286a3"
	r := rand.New(rand.NewPCG(7, 8))
	h := sha256.New()
	for range 20000 {
		x := float64(20*r.Float64()) - 10
		for _, y := range []float64{Log(x + 10), Exp(x), NormalCDF(x), PowInt(x, r.IntN(20))} {
			binary.Write(h, binary.LittleEndian, math.Float64bits(y))
		}
	}
	if got := fmt.Sprintf("%x", h.Sum(nil)[:8]); got != want {
		t.Errorf("digest of the results = %s, want %s", got, want)
	}
}

func BenchmarkLog(b *testing.B) {
	x := 1.0
	for b.Loop() {
		x += 0.1
		sink = Log(x)
	}
}

var sink float64

func TestCosPi(t *testing.T) {
	for _, c := range []struct{ x, want float64 }{{0, 1}, {0.5, 0}, {1, -1}, {0.25, math.Sqrt2 / 2}, {0.75, -math.Sqrt2 / 2}} {
		if got := CosPi(c.x); math.Abs(got-c.want) > 2e-16 {
			t.Errorf("cos(%vπ) = %v, want %v", c.x, got, c.want)
		}
	}
	for i := range 100_001 {
		x := float64(i) / 100_000
		// π·x is rounded in math.Cos, and π itself: near ½ absolutely, not relatively.
		if got, want := CosPi(x), math.Cos(math.Pi*x); math.Abs(got-want) > 4e-16 {
			t.Errorf("cos(%vπ) = %v, want %v", x, got, want)
		}
	}
}
