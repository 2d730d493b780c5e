package dataset

// A Set is a data set that [Open] knows by its name. Each has a file of its own,
// and [Sets] lists it.
type Set struct {
	Name    string
	About   string   // in a line
	Classes int      // 0: as many as the files have
	Files   []string // a directory with any of these holds it; none: it is built in or one's own
	Own     bool     // it is whatever lies at the path after its name
	Origin  string   // where to get the files

	dirs []string // where it lies below a directory of data sets
	load func(path string, o Options) (train, test part, err error)
	// mean and std are those of the data set's recipe; if zero, those of the
	// training images in use.
	mean, std [3]float32
}

// Sets returns the data sets that [Open] knows.
func Sets() []Set { return []Set{synthetic, cifar10, cifar100, mnist, fashionMNIST, folder, npy, csv} }

// Names returns their names.
func Names() []string {
	var names []string
	for _, s := range Sets() {
		names = append(names, s.Name)
	}
	return names
}
