package rundir

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"designspace/internal/atomicfile"
	"designspace/internal/strictyaml"
	"designspace/space"
	"designspace/trainer"
	"designspace/trainer/dataset"
)

// A Config is run.yaml: everything that decides the outcome of a run.
type Config struct {
	Sample Sample `yaml:"sample"`
	Train  *Train `yaml:"train,omitempty"` // absent until the run is first trained

	Cluster *Cluster `yaml:"cluster,omitempty"` // decides no outcome and may be edited
}

// A Cluster says how the tasks of a job array that trains the run are to be
// started; "" and 0 leave it to the cluster.
type Cluster struct {
	Tasks     int      `yaml:"tasks,omitempty"`     // parts that the models are divided into
	AtOnce    int      `yaml:"at_once,omitempty"`   // tasks that run at the same time
	Partition string   `yaml:"partition,omitempty"` // queue
	Time      string   `yaml:"time,omitempty"`      // limit of a task, as in 2:00:00
	Memory    string   `yaml:"memory,omitempty"`    // of a task, as in 4G
	CPUs      int      `yaml:"cpus,omitempty"`      // processors of a task, one a model in training; 0: 1
	Flags     []string `yaml:"flags,omitempty"`     // further options of sbatch, as in --account=me
}

// A Sample says how the population was drawn.
type Sample struct {
	Version string        `yaml:"version"`
	Spaces  []Space       `yaml:"spaces"`
	N       int           `yaml:"models"` // of each space and budget
	Seed    uint64        `yaml:"seed"`
	Flops   []space.Range `yaml:"flops,omitempty"`   // budgets
	Windows []space.Limit `yaml:"windows,omitempty"` // what every model is within
	Data    string        `yaml:"data,omitempty"`    // whose shape the models have
	Input   int           `yaml:"input,omitempty"`   // pixels; 0: as the spaces say
	Classes int           `yaml:"classes,omitempty"` // 0: as the spaces say
	Tilt    bool          `yaml:"tilt,omitempty"`    // more models of low predicted errors were drawn, with weights, see [edf.Tilt]
	Best    int           `yaml:"best,omitempty"`    // the models are so many of the most promising candidates by prediction, in place of the sample
	Vary    string        `yaml:"vary,omitempty"`    // the setting with the values of which every architecture is trained
	Scale   string        `yaml:"scale,omitempty"`   // how the models were scaled after they were drawn; input is theirs

	Predictor *Predictor `yaml:"predictor,omitempty"` // of the errors of candidates; nil: none was used
}

// A Predictor is what predicted the errors in candidates.csv, before any model was
// trained.
type Predictor struct {
	Source     string   `yaml:"source"`  // file, or that of the program
	Hash       string   `yaml:"hash"`    // of the file
	Without    []string `yaml:"without"` // spaces that were left out of its fit
	Candidates int      `yaml:"candidates"`
}

// A Space is a design space that was sampled.
type Space struct {
	Name       string `yaml:"name"`
	Definition string `yaml:"definition"` // YAML that stands alone
}

// A Train says how the models are trained.
type Train struct {
	Version string         `yaml:"version"`
	Data    Data           `yaml:"data"`
	Trainer string         `yaml:"trainer,omitempty"` // command line of the program that trains; "": the engine
	Kernel  string         `yaml:"kernel"`
	Recipe  trainer.Recipe `yaml:"recipe"`
	Until   *Until         `yaml:"until,omitempty"` // nil: every model is trained
}

// An Until is the design of a run that is trained only until its comparisons are
// decided, see [edf.Plan]: it is fixed before anything is trained, and a run
// without one was looked at otherwise.
type Until struct {
	Looks   []int     `yaml:"looks"`  // at the first so many models of each population, by their order in models.csv
	Level   float64   `yaml:"level"`  // of all looks and comparisons together
	Margin  float64   `yaml:"margin"` // percentage points within which means count as equal; 0: none
	Compare []Against `yaml:"compare,omitempty"`

	// By names who takes the looks, and compares, where the run itself does not: the
	// experiments that its population is of.
	By string `yaml:"by,omitempty"`

	Adjusted bool `yaml:"adjusted,omitempty"` // means are, by the predictions in candidates.csv
}

// An Against is two populations that are compared.
type Against struct {
	A string `yaml:"a"`
	B string `yaml:"b"`
}

// Until is the design of the run; nil if every model is trained.
func (c Config) Until() *Until {
	if c.Train == nil {
		return nil
	}
	return c.Train.Until
}

// A Data is the images that the models are trained on.
type Data struct {
	Source      string `yaml:"source"` // specification, with the path where they were found
	Name        string `yaml:"name"`
	Hash        string `yaml:"hash"` // of the images used
	TrainImages int    `yaml:"train_images"`
	TestImages  int    `yaml:"test_images"`
	ValImages   int    `yaml:"val_images,omitempty"`

	// Of the test images, those of the training part, which are not trained on.
	TestFromTrain int  `yaml:"test_from_train,omitempty"`
	NoTest        bool `yaml:"no_test,omitempty"` // no test image is looked at
}

// Label is that of the data, see [dataset.Data.Label].
func (d Data) Label() string { return (&dataset.Data{Name: d.Name, Hash: d.Hash}).Label() }

const header = "# What decides the outcome of this run. Written by designspace, which refuses to go on with anything else.\n"

// ReadConfig reads run.yaml.
func ReadConfig(d Dir) (Config, error) {
	data, err := ReadFile(d.Config())
	if errors.Is(err, fs.ErrNotExist) {
		return Config{}, fmt.Errorf("%s: no run here: draw a population with designspace sample --out %s", d, d.Word())
	}
	if err != nil {
		return Config{}, err
	}
	return parseConfig(d.Config(), data)
}

func parseConfig(file string, data []byte) (c Config, err error) {
	if err := strictyaml.Unmarshal(file, data, &c); err != nil {
		return Config{}, err
	}
	if c.Sample.N < 1 || len(c.Sample.Spaces) == 0 {
		return Config{}, fmt.Errorf("%s: sample: spaces or models is missing: sample again into another directory", file)
	}
	return c, nil
}

func writeConfig(c Config) func(io.Writer) error {
	return func(w io.Writer) error {
		text, err := strictyaml.Marshal(c)
		if err != nil {
			return err
		}
		_, err = io.WriteString(w, header+string(text))
		return err
	}
}

// Create starts a run in d, which is made if need be. If there is one already,
// it must have been sampled in the same way; a difference is a [Conflict].
func Create(d Dir, s Sample) error {
	if err := os.MkdirAll(string(d), 0o777); err != nil {
		return err
	}
	err := atomicfile.Create(d.Config(), writeConfig(Config{Sample: s}))
	if !errors.Is(err, fs.ErrExist) {
		return err
	}
	if err := d.checkFiles(); err != nil {
		return err
	}
	c, err := ReadConfig(d)
	if err != nil {
		return err
	}
	// What predicts is chosen once, and by the program that started the run; and
	// what was chosen by it then is no other draw.
	s.Predictor, s.Best = c.Sample.Predictor, c.Sample.Best
	return Compare(d.Config(), c.Sample, s)
}

// firstFile is how the first process to decide something of a run says what.
const firstFile = ".train.yaml"

// SetTrain says how the run is trained, if nothing says so yet, and otherwise
// reports a difference as a [Conflict]. Of several processes that start to train
// a run at once, one sets it and the others compare.
func SetTrain(d Dir, t Train) error {
	c, err := decide(d, Config{Train: &t}, func(c Config) bool { return c.Train != nil })
	if err != nil {
		return err
	}
	return Compare(d.Config(), c.Train, &t)
}

// SetBest says that the models are the k most promising candidates of each space
// and budget, unless other models were chosen or are trained, and returns what
// run.yaml says then.
func SetBest(d Dir, k int) (Config, error) {
	return decide(d, Config{Sample: Sample{Best: k}}, func(c Config) bool { return c.Train != nil || c.Sample.Best != 0 })
}

// decide completes run.yaml by a part, until it is decided.
//
// The part is first put into a file of its own that only one process can
// create, and then into run.yaml. Whoever finds that file finishes the job, so
// a process that dies between the two does no harm.
func decide(d Dir, own Config, decided func(Config) bool) (c Config, err error) {
	for range 100 { // the first part may be another process's, of something else
		if c, err = takeFirst(d, own); err != nil || decided(c) {
			return c, err
		}
	}
	return c, fmt.Errorf("%s: %s was removed: try again", d.Config(), d.join(firstFile))
}

// takeFirst puts the part of the first process, which may be this one, into
// run.yaml and returns what that says.
func takeFirst(d Dir, own Config) (Config, error) {
	first := d.join(firstFile)
	err := atomicfile.Create(first, writeConfig(own))
	switch {
	case errors.Is(err, fs.ErrPermission): // of the run, not of a file that nobody knows
		return own, fmt.Errorf("%s: the directory may not be written to: permission denied", d)
	case err != nil && !errors.Is(err, fs.ErrExist):
		return own, err
	}
	// In this order: if another process got on in between, run.yaml has its part.
	part, err := readFirst(first)
	if err != nil {
		return own, err
	}
	c, err := ReadConfig(d)
	if err != nil {
		return c, err
	}
	if c.Train == nil && (part.Train != nil || c.Sample.Best == 0 && part.Sample.Best > 0) {
		c.Train, c.Sample.Best = part.Train, cmp.Or(c.Sample.Best, part.Sample.Best)
		if err := atomicfile.Write(d.Config(), writeConfig(c)); err != nil {
			return c, err
		}
	}
	if err := os.Remove(first); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return c, err
	}
	return c, nil
}

// CheckTrain reports a difference to how the run is trained as a [Conflict], if
// something says how.
func CheckTrain(d Dir, t Train) error {
	c, err := ReadConfig(d)
	if err != nil || c.Train == nil {
		return err
	}
	return Compare(d.Config(), c.Train, &t)
}

// SetModels says how many models of each space and budget the run has.
func SetModels(d Dir, n int) error {
	c, err := ReadConfig(d)
	if err != nil {
		return err
	}
	c.Sample.N = n
	return atomicfile.Write(d.Config(), writeConfig(c))
}

// SetCluster puts the cluster part into run.yaml.
func SetCluster(d Dir, cluster Cluster) error {
	c, err := ReadConfig(d)
	if err != nil {
		return err
	}
	c.Cluster = &cluster
	return atomicfile.Write(d.Config(), writeConfig(c))
}

// readFirst reads the part of the first process, which is empty if it is gone.
func readFirst(file string) (c Config, err error) {
	data, err := ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return c, nil
	}
	if err != nil {
		return c, err
	}
	err = strictyaml.Unmarshal(file, data, &c)
	return c, err
}
