package dataset

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sync/semaphore"
)

// own is a file of testdata/own, which testdata/own.py makes.
func own(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata/own", name))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// flat is a PNG image of one colour.
func flat(level uint8) []byte {
	img := image.NewGray(image.Rect(0, 0, 9, 9))
	for i := range img.Pix {
		img.Pix[i] = level
	}
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		panic(err)
	}
	return b.Bytes()
}

// photos are two classes of so many images; those of the second are brighter by
// 100.
func photos(n int) map[string][]byte {
	files := map[string][]byte{}
	for i := range n {
		files[fmt.Sprintf("cat/%02d.png", i)] = flat(uint8(i))
		files[fmt.Sprintf("dog/%02d.png", i)] = flat(uint8(100 + i))
	}
	return files
}

func writeAll(t *testing.T, dir string, files map[string][]byte) {
	t.Helper()
	for name, data := range files {
		write(t, dir, name, data)
	}
}

// levels are the first pixels of images.
func levels(s *Images) []int {
	var v []int
	for i := range s.Len() {
		v = append(v, int(s.Image(i)[0]))
	}
	return v
}

// Images of all kinds become what Pillow and NumPy make of them: PNG to the
// level, JPEG to two, which is how decoders differ.
func TestImageKinds(t *testing.T) {
	var expected map[string][]int
	if err := json.Unmarshal(own(t, "expected.json"), &expected); err != nil || len(expected) < 8 {
		t.Fatal(len(expected), err)
	}
	for name, want := range expected {
		got := make([]uint8, 8*8*3)
		if err := readImage(filepath.Join("testdata/own", name), got, 8, semaphore.NewWeighted(mostPixels)); err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		tolerance := 0
		if strings.HasSuffix(name, ".jpg") {
			tolerance = 2
		}
		for i := range want {
			if d := int(got[i]) - want[i]; d > tolerance || -d > tolerance {
				t.Errorf("%s: value %d is %d, want %d", name, i, got[i], want[i])
				break
			}
		}
	}
}

func TestFolderDivides(t *testing.T) {
	dir := t.TempDir()
	writeAll(t, dir, photos(10))
	write(t, dir, "cat/.DS_Store", []byte("x"))
	write(t, dir, "cat/notes.txt", []byte("x"))
	write(t, dir, "README.md", []byte("x"))
	d, err := Open("folder:"+dir, Options{Input: 12})
	if err != nil {
		t.Fatal(err)
	}
	if d.Name != "folder" || d.Size != 12 || d.Classes != 2 || !cmp.Equal(counts(d.Train), []int{8, 8}) || !cmp.Equal(counts(d.Test), []int{2, 2}) {
		t.Errorf("%s of %d pixels, %d classes, train %v, test %v", d.Name, d.Size, d.Classes, counts(d.Train), counts(d.Test))
	}
	all := slices.Sorted(slices.Values(append(levels(d.Train), levels(d.Test)...)))
	for i, v := range all {
		if v != i%10+i/10*100 {
			t.Fatalf("images %v, want each once", all)
		}
	}
	// A file name decides, not the directory: both classes hold out the same.
	held := levels(d.Test)
	if held[0]+100 != held[2] || held[1]+100 != held[3] {
		t.Errorf("held out: %v", held)
	}
	for i, l := range d.Train.Labels {
		if int(l) != int(d.Train.Image(i)[0])/100 {
			t.Errorf("image %d of level %d has label %d", i, d.Train.Image(i)[0], l)
		}
	}
	again, err := Open("folder:"+dir, Options{Input: 12})
	if err != nil || again.Hash != d.Hash {
		t.Errorf("opened again: %v, hash %.8s and %.8s", err, again.Hash, d.Hash)
	}
	write(t, dir, "cat/05.png", flat(77))
	if changed, err := Open("folder:"+dir, Options{Input: 12}); err != nil || changed.Hash == d.Hash {
		t.Errorf("another image has the same hash, %v", err)
	}
	if other, err := Open("folder:"+dir, Options{Input: 12, Seed: 1}); err != nil || cmp.Equal(levels(other.Test), held) {
		t.Errorf("seed 1 holds out the same images, %v", err)
	}
}

func TestFolderParts(t *testing.T) {
	for _, held := range []string{"test", "val"} {
		dir := t.TempDir()
		for name, data := range photos(3) {
			write(t, dir, "train/"+name, data)
			write(t, dir, held+"/"+name, flat(200))
		}
		d, err := Open("folder:"+dir, Options{})
		if err != nil {
			t.Fatal(err)
		}
		if !cmp.Equal(levels(d.Train), []int{0, 1, 2, 100, 101, 102}) || !cmp.Equal(levels(d.Test), []int{200, 200, 200, 200, 200, 200}) || d.Size != 32 {
			t.Errorf("%s: train %v, test %v, %d pixels", held, levels(d.Train), levels(d.Test), d.Size)
		}
	}
	// A class may be called train, and a class may be a link.
	dir := t.TempDir()
	for name, data := range photos(2) {
		write(t, dir, strings.Replace(name, "cat", "train", 1), data)
	}
	if err := os.Rename(filepath.Join(dir, "dog"), filepath.Join(dir, ".dogs")); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(".dogs", filepath.Join(dir, "dog")); err != nil {
		t.Fatal(err)
	}
	if d, err := Open("folder:"+dir, Options{}); err != nil || !cmp.Equal(counts(d.Test), []int{1, 1}) {
		t.Errorf("classes dog and train: %v", err)
	}
}

// Only images that are used are read.
func TestFolderReadsWhatIsChosen(t *testing.T) {
	dir := t.TempDir()
	for i := range 10 {
		write(t, dir, fmt.Sprintf("train/cat/%d.png", i), []byte("broken"))
		write(t, dir, fmt.Sprintf("train/dog/%d.png", i), []byte("broken"))
	}
	writeAll(t, filepath.Join(dir, "test"), photos(1))
	o := Options{TrainImages: 2}
	_, err := Open("folder:"+dir, o)
	// The images that the error names are replaced until it is content.
	for range 2 {
		if err == nil {
			t.Fatal("broken images are not read")
		}
		file, _, _ := strings.Cut(strings.TrimPrefix(err.Error(), "folder: "), ": ")
		if e := os.WriteFile(file, flat(9), 0o666); e != nil {
			t.Fatal(e)
		}
		_, err = Open("folder:"+dir, o)
	}
	if err != nil {
		t.Errorf("with the two images that are used: %v", err)
	}
}

func TestFolderErrors(t *testing.T) {
	jpg, whole := own(t, "quality95.jpg"), own(t, "rgb.png")
	bomb := bytes.Clone(whole)
	copy(bomb[16:], []byte{0, 1, 0, 0, 0, 1, 0, 0}) // 65536 by 65536; the check sum is wrong, too
	for _, c := range []struct {
		name  string
		files map[string][]byte
		want  string
	}{
		{"no image", map[string][]byte{"cat/00.png": {}}, "cat/00.png: not a PNG or JPEG image"},
		{"torn PNG", map[string][]byte{"cat/00.png": whole[:len(whole)-20]}, "cat/00.png: a damaged image"},
		{"torn JPEG", map[string][]byte{"cat/00.jpg": jpg[:len(jpg)/2]}, "cat/00.jpg: a damaged image"},
		{"huge", map[string][]byte{"cat/00.png": bomb}, "cat/00.png: "},
		{"one class", map[string][]byte{"cat/1.png": whole}, "at least 2: there are 1"},
		{"flat", map[string][]byte{"1.png": whole}, "at least 2: there are 0"},
		{"single image", map[string][]byte{"cat/1.png": whole, "dog/1.png": whole}, "cat: at least 2 images needed, to train on and to test on: there are 1"},
		{"empty class", map[string][]byte{"cat/1.png": whole, "dog/x.txt": nil}, "dog: no PNG or JPEG images"},
		{"other kind", map[string][]byte{"cat/1.webp": nil, "dog/1.png": whole}, "1.webp: neither PNG nor JPEG"},
		{"nested", map[string][]byte{"cat/more/1.png": whole, "dog/1.png": whole}, "more: a directory in that of a class"},
		{"class of test", map[string][]byte{
			"train/a/1.png": whole, "train/b/1.png": whole, "test/a/1.png": whole, "test/c/1.png": whole,
		}, "class b is not in both train and test"},
	} {
		dir := t.TempDir()
		files := c.files
		if _, add := files["cat/00.png"]; add || c.name == "torn JPEG" {
			for name, data := range photos(2) {
				if files[name] == nil {
					files[name] = data
				}
			}
		}
		writeAll(t, dir, files)
		_, err := Open("folder:"+dir, Options{})
		if err == nil || !strings.Contains(err.Error(), c.want) || !strings.HasPrefix(err.Error(), "folder: "+dir) {
			t.Errorf("%s: error %v, want %q in it", c.name, err, c.want)
		}
	}
	if _, err := Open("folder:"+filepath.Join(t.TempDir(), "no"), Options{}); err == nil || !strings.Contains(err.Error(), "no such") {
		t.Errorf("no directory: %v", err)
	}
	if _, err := Open("folder:own_test.go", Options{}); err == nil || !strings.Contains(err.Error(), "own_test.go: a file") {
		t.Errorf("a file: %v", err)
	}
}

// Nothing but files is read, so that nothing waits for ever.
func TestOwnRefusesPipes(t *testing.T) {
	dir := t.TempDir()
	writeAll(t, dir, photos(2))
	pipes := []string{"cat/pipe.png", "x_train.npy", "train.csv"}
	for _, name := range pipes {
		if err := syscall.Mkfifo(filepath.Join(dir, name), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	for i, name := range []string{"folder", "npy", "csv"} {
		if _, err := Open(name+":"+dir, Options{}); err == nil || !strings.Contains(err.Error(), pipes[i]+": not a file") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestImageLimit(t *testing.T) {
	img := image.NewPaletted(image.Rect(0, 0, 1<<14, 1<<13), color.Palette{color.Black})
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		t.Fatal(err)
	}
	err := decodeImage(bytes.NewReader(b.Bytes()), make([]uint8, 192), 8, semaphore.NewWeighted(mostPixels))
	if err == nil || !strings.Contains(err.Error(), "16384 by 8192 pixels") {
		t.Errorf("error %v", err)
	}
}

// The first broken image is named, however many goroutines read.
func TestFirstErrorIsNamed(t *testing.T) {
	p := part{classes: 2, labels: make([]uint8, 1000), read: func(i int, _ []uint8, _ int) error {
		if i%300 == 299 {
			return fmt.Errorf("image %d", i)
		}
		return nil
	}}
	indices := make([]int, 1000)
	for i := range indices {
		indices[i] = i
	}
	for range 50 {
		if _, err := p.images(indices, 8); err == nil || err.Error() != "image 299" {
			t.Fatal(err)
		}
	}
	if _, err := p.images(slices.Repeat(indices, 11), 256); err == nil || !strings.Contains(err.Error(), "more than 2 GB") {
		t.Errorf("11000 images of 256 pixels: %v", err)
	}
}

func TestNPY(t *testing.T) {
	d, err := Open("npy:testdata/own/stored.npz", Options{Input: 9})
	if err != nil {
		t.Fatal(err)
	}
	if d.Classes != 2 || !bytes.Equal(d.Train.Labels, []byte{0, 1, 0, 1}) || !bytes.Equal(d.Test.Labels, []byte{0, 1}) {
		t.Errorf("labels %v and %v", d.Train.Labels, d.Test.Labels)
	}
	for i, v := range slices.Concat(d.Train.Pixels, d.Test.Pixels) {
		if int(v) != i%251 {
			t.Fatalf("value %d is %d", i, v)
		}
	}
	// Without a test part a fifth of each class, at least one, is held out.
	small, err := Open("npy:testdata/own/small.npz", Options{Input: 9})
	if err != nil {
		t.Fatal(err)
	}
	if !cmp.Equal(counts(small.Train), []int{2, 2}) || !cmp.Equal(counts(small.Test), []int{1, 1}) {
		t.Errorf("train %v, test %v", counts(small.Train), counts(small.Test))
	}
	// A directory is the same as an archive.
	dir := t.TempDir()
	if err := os.CopyFS(dir, zipped(t, "stored.npz")); err != nil {
		t.Fatal(err)
	}
	same, err := Open("npy:"+dir, Options{Input: 9})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(d, same); diff != "" {
		t.Errorf("the directory differs:\n%s", diff)
	}
}

func TestNPYErrors(t *testing.T) {
	for _, c := range []struct{ file, source, want string }{
		{"x_train.npy", "fortran.npy", "ascontiguousarray"},
		{"x_train.npy", "float.npy", "astype('uint8')"},
		{"x_train.npy", "planes.npy", "transpose(0, 2, 3, 1)"},
		{"x_train.npy", "y_train.npy", "want bytes"},
		{"x_train.npy", "objects.npy", "want numbers"},
		{"x_train.npy", "expected.json", "numpy.save"},
		{"x_test.npy", "", "x_test.npy"},
		{"y_test.npy", "", "y_test.npy"},
		{"x_train.npy", "", "x_train.npy"},
		{"y_train.npy", "big.npy", "newbyteorder('<')"},
		{"y_train.npy", "words.npy", "want numbers"},
		{"y_train.npy", "onehot.npy", "argmax(1)"},
		{"y_train.npy", "negative.npy", "labels are 0 to 255"},
		{"y_train.npy", "y_test.npy", "x_train.npy has 4 images, but"},
		{"y_train.npy", "x_train.npy", "want whole numbers"},
	} {
		dir := t.TempDir()
		if err := os.CopyFS(dir, zipped(t, "stored.npz")); err != nil {
			t.Fatal(err)
		}
		data, err := os.ReadFile(filepath.Join(dir, c.source))
		if err != nil {
			data, err = os.ReadFile(filepath.Join("testdata/own", c.source))
		}
		os.Remove(filepath.Join(dir, c.file))
		if c.source != "" {
			if err != nil {
				t.Fatal(err)
			}
			write(t, dir, c.file, data)
		}
		if _, err := Open("npy:"+dir, Options{}); err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), c.file) {
			t.Errorf("%s for %s: error %v, want %q and the file in it", c.source, c.file, err, c.want)
		}
	}
	if _, err := Open("npy:own_test.go", Options{}); err == nil || !strings.Contains(err.Error(), "want an .npz file") {
		t.Errorf("no archive: %v", err)
	}
}

// bytesArray is an array as numpy.save writes it.
func bytesArray(shape string, data ...byte) []byte {
	header := fmt.Sprintf("{'descr': '|u1', 'fortran_order': False, 'shape': %s, }\n", shape)
	return append(fmt.Appendf(nil, "\x93NUMPY\x01\x00%c\x00%s", len(header), header), data...)
}

// table returns lines of a label and n pixels.
func table(n int, labels ...int) []byte {
	var b bytes.Buffer
	for i, l := range labels {
		fmt.Fprint(&b, l)
		for k := range n {
			fmt.Fprintf(&b, ",%d", (i*n+k)%256)
		}
		b.WriteByte('\n')
	}
	return b.Bytes()
}

func TestCSV(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "train.csv", []byte("\"label\",\"pixel0\"\r\n"), bytes.ReplaceAll(table(8*8*3, 1, 0, 1), []byte("\n"), []byte("\r\n")))
	write(t, dir, "test.csv", []byte("\ufeff"), table(8*8*3, 0), []byte("\n"))
	d, err := Open("csv:"+dir, Options{Input: 8})
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(d.Train.Labels, []byte{1, 0, 1}) || !bytes.Equal(d.Test.Labels, []byte{0}) || d.Classes != 2 {
		t.Errorf("labels %v and %v of %d classes", d.Train.Labels, d.Test.Labels, d.Classes)
	}
	for i, v := range d.Train.Pixels {
		if int(v) != i%256 {
			t.Fatalf("value %d is %d", i, v)
		}
	}
	// One file, in grey: of 5 and 6 images of a class, 1 and 2 are held out.
	write(t, dir, "all.csv", table(10*10, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1))
	d, err = Open("csv:"+filepath.Join(dir, "all.csv"), Options{Input: 10})
	if err != nil {
		t.Fatal(err)
	}
	if !cmp.Equal(counts(d.Train), []int{4, 4}) || !cmp.Equal(counts(d.Test), []int{1, 2}) {
		t.Errorf("train %v, test %v", counts(d.Train), counts(d.Test))
	}
	for i := range d.Train.Len() {
		img := d.Train.Image(i)
		if img[3] != img[4] || img[3] != img[0]+1 {
			t.Fatalf("image %d: %v", i, img[:6])
		}
	}
}

func TestCSVErrors(t *testing.T) {
	for _, c := range []struct {
		name, data, want string
	}{
		{"no images", "label,a,b\n", "no images"},
		{"not square", "0,1,2\n1,1,2\n", "all.csv:1: 2 pixels after the label"},
		{"no pixels", "0\n1\n", "all.csv:1: 0 pixels after the label"},
		{"uneven", "0,1\n1,1,2\n", "all.csv:2: 2 pixels, but 1"},
		{"fraction", "0,0.5\n", "all.csv:1: pixel 1: \"0.5\""},
		{"large", "0,256\n", "all.csv:1: pixel 1"},
		{"empty cell", "0,\n", "all.csv:1: pixel 1"},
		{"label", "256,1\n", "all.csv:1: label"},
		{"negative label", "-1,1\n", "all.csv:1: label"},
		{"gap", "0,1\n0,1\n2,1\n2,1\n", "no image has label 1, but one has 2"},
		{"one class", "0,1\n0,1\n", "all images have label 0"},
		{"single image", "0,1\n0,1\n1,1\n", "all.csv: class 1: at least 2 images needed, to train on and to test on: there are 1"},
		{"words", "0,1\ncat,1\n", "all.csv:2: label \"cat\""},
		{"long line", "0," + strings.Repeat("1,", 3<<20), "all.csv:1: a line of more than 4 MB"},
	} {
		dir := t.TempDir()
		write(t, dir, "all.csv", []byte(c.data))
		if _, err := Open("csv:"+filepath.Join(dir, "all.csv"), Options{}); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want %q in it", c.name, err, c.want)
		}
	}
	dir := t.TempDir()
	write(t, dir, "train.csv", []byte("0,1\n1,1\n"))
	if _, err := Open("csv:"+dir, Options{}); err == nil || !strings.Contains(err.Error(), "test.csv") {
		t.Errorf("without test.csv: %v", err)
	}
	write(t, dir, "test.csv", []byte("2,1\n"))
	if _, err := Open("csv:"+dir, Options{}); err == nil || !strings.Contains(err.Error(), "test.csv: label 2: the training images have labels below 2") {
		t.Errorf("an unknown label: %v", err)
	}
}

// Shape is that of what lies at the path.
func TestShapeOfOwn(t *testing.T) {
	dir := t.TempDir()
	writeAll(t, dir, photos(2))
	write(t, dir, "eel/1.png", flat(1))
	write(t, dir, "eel/2.png", flat(1))
	if size, classes, err := Shape("folder:"+dir, Options{Input: 24}); size != 24 || classes != 3 || err != nil {
		t.Errorf("%d pixels, %d classes, %v", size, classes, err)
	}
	if _, _, err := Shape("folder:/nowhere", Options{}); err == nil {
		t.Error("no error for a directory that is not there")
	}
	if got := Path("folder:"+dir, "/root"); got != dir {
		t.Errorf("path %q, want %q", got, dir)
	}
}

// zipped are the files of an archive.
func zipped(t *testing.T, name string) fs.FS {
	t.Helper()
	data := own(t, name)
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	return z
}

func FuzzNPY(f *testing.F) {
	for _, name := range []string{"float", "fortran", "big", "words", "negative"} {
		f.Add(own(f, name+".npy"))
	}
	f.Add(bytesArray("(9999999,)", 1))
	f.Fuzz(func(t *testing.T, data []byte) {
		a, err := readArray(bytes.NewReader(data))
		if err != nil {
			return
		}
		n := a.width
		for _, s := range a.shape {
			n *= s
		}
		if len(a.data) != n || !bytes.HasSuffix(data, a.data) {
			t.Errorf("%d bytes of shape %v and %d each", len(a.data), a.shape, a.width)
		}
		if p, err := a.picture(); err == nil && a.shape[0]*p.width*p.height*p.channels != n {
			t.Errorf("%d images of %+v in %d bytes", a.shape[0], p, n)
		}
		if l, err := a.labels(); err == nil && len(l) != a.shape[0] {
			t.Errorf("%d labels of shape %v", len(l), a.shape)
		}
	})
}

func FuzzCSV(f *testing.F) {
	f.Add([]byte("label,p\n0,1\n1,2\n"))
	f.Add(table(12, 0, 1, 1))
	f.Add([]byte("\ufeff3, 4 ,5,6,7\r\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		p, err := readCSV("f", bytes.NewReader(data))
		if err != nil && !strings.HasPrefix(err.Error(), "f:") {
			t.Errorf("no place: %v", err)
		}
		if err != nil || len(p.labels) == 0 {
			return
		}
		if lines := bytes.Count(data, []byte("\n")) + 1; len(p.labels) > lines {
			t.Errorf("%d images in %d lines", len(p.labels), lines)
		}
		if err := p.read(len(p.labels)-1, make([]uint8, 192), 8); err != nil {
			t.Error(err)
		}
	})
}

func FuzzImage(f *testing.F) {
	for _, name := range []string{"rgb.png", "palette.png", "deep.png", "alpha.png", "quality95.jpg", "cmyk.jpg"} {
		f.Add(own(f, name))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		head, _, err := image.DecodeConfig(bytes.NewReader(data))
		if err == nil && head.Width*head.Height > 1<<16 {
			return // would take long
		}
		pixels := make([]uint8, 192)
		if decodeImage(bytes.NewReader(data), pixels, 8, semaphore.NewWeighted(mostPixels)) != nil && !bytes.Equal(pixels, make([]uint8, 192)) {
			t.Error("pixels of an image that is damaged")
		}
	})
}
