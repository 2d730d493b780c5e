// Package dataset holds the proxy data that models are trained on: small square
// colour images, in memory, as bytes.
//
// One data set is built in and generated ("synthetic"). Others are read from the
// files their authors publish: the binary version of CIFAR-10 and CIFAR-100, and
// the IDX files of MNIST and Fashion-MNIST, whose 28x28 grey images are
// zero-padded to 32x32 and repeated in three channels. These are 32x32x3 and can
// be averaged down to 16x16 or 8x8. One's own images are read from directories
// ("folder"), NumPy arrays ("npy") or lines of numbers ("csv"); their middle
// square is averaged to any size, and without a test part a fifth of each class
// is held out. CIFAR-10 is normalised with the mean and deviation that pycls
// uses, whatever the size, the others with those of the training images in use.
//
// What is opened depends only on the files and on [Options]; [Data.Hash] tells
// two outcomes apart.
package dataset

// nativeSize is the height and width of published data sets before averaging.
const nativeSize = 32

// Images are N labelled colour images.
type Images struct {
	Size    int     // height and width in pixels
	Classes int     // labels are below it
	Pixels  []uint8 // N*Size*Size*3 values: image, row, column, channel (NHWC)
	Labels  []uint8 // N

	// Mean and Std normalise a channel: (pixel - Mean) / Std, both in units of
	// the pixels' 0 to 255.
	Mean, Std [3]float32
}

// Len returns the number of images.
func (s *Images) Len() int { return len(s.Labels) }

// Image returns the pixels of image i, Size*Size*3 bytes that are not a copy.
func (s *Images) Image(i int) []uint8 {
	n := s.Size * s.Size * 3
	return s.Pixels[i*n : (i+1)*n : (i+1)*n]
}

// Data is a data set as it is trained on.
type Data struct {
	Name    string // without a path: "cifar10"
	Hash    string // hex SHA-256 of all that is below
	Size    int    // height and width of the images in pixels
	Classes int
	Train   *Images
	Val     *Images // split off the training images; nil if not asked for
	Test    *Images

	// TestFromTrain is how many of the test images are of the training part, since
	// the test part has fewer than were asked for; they are not trained on.
	TestFromTrain int
}

// Label is a short name that tells data apart: the name and the hash's beginning.
func (d *Data) Label() string { return d.Name + "@" + d.Hash[:min(8, len(d.Hash))] }

// Options choose what is used of a data set. The zero value is all of it at 32
// pixels; for synthetic data, 10000 training and 2000 test images.
type Options struct {
	// Root is a directory that holds data sets, searched when the
	// specification names no path. Then follows /usr/share/datasets, where
	// Debian's packages put them.
	Root string

	// Input is the height and width in pixels, 32 if it is 0: 16 or 8 if not, and
	// 8 to 256 for images of one's own. A pixel is the mean of the area that it
	// covers.
	Input int

	// TrainImages and TestImages limit the images used of each part, and
	// ValImages are split off the training part before it is limited; 0 means
	// no limit, and no validation part. Where the test part has fewer than
	// TestImages, training images that are not trained on make up for it. The
	// images are chosen at random and balanced over the classes as far as the part
	// allows; a larger choice contains the smaller ones.
	TrainImages, TestImages, ValImages int

	// NoTest leaves the test part empty, for data whose test images are to stay
	// untouched. There must be validation images then.
	NoTest bool

	// Seed fixes that choice, and which images of one's own are held out. It does
	// not change the images themselves.
	Seed uint64
}
