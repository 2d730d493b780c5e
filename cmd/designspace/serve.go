package main

import (
	"fmt"
	"net"
	"os"
	"path/filepath"

	"github.com/urfave/cli/v2"

	"designspace/internal/run/dashboard"
	"designspace/internal/run/pipeline"
	"designspace/internal/run/rundir"
)

func serveCommand() *cli.Command {
	return &cli.Command{
		Name:      "serve",
		Usage:     "show the progress of runs in a browser",
		UsageText: "designspace serve RUN|DIR [flags]",
		Description: `Serves a live page with progress, workers, outcomes, the error distributions so
far, the time left and failures, and at the end the report. Of a directory that is
no run it serves all runs below, with their states. It only reads. By default it listens on this machine only; on any other address it
requires a token, which it generates and prints unless --token gives one.

Example:
  designspace serve runs/first
  designspace serve runs`,
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "listen", Value: "localhost:8377", Usage: "listen on `HOST:PORT`; port 0 takes any free port"},
			&cli.StringFlag{Name: "token", DefaultText: "random, where one is required", Usage: "require `TOKEN` of the browser"},
		},
		Action: serve,
	}
}

func serve(c *cli.Context) error {
	dir, err := served(c)
	if err != nil {
		return err
	}
	token := c.String("token")
	here, err := dashboard.Loopback(c.String("listen"))
	if err != nil {
		return badFlag(fmt.Errorf("listen %s: %w", c.String("listen"), err))
	}
	if !here && token == "" {
		token = dashboard.NewToken()
	}
	l, err := net.Listen("tcp", c.String("listen"))
	if err != nil {
		return fmt.Errorf("--listen %s: %w: choose another port, or 0 for any that is free", c.String("listen"), err)
	}
	fmt.Fprintf(c.App.ErrWriter, "serving %s at %s; stop with Ctrl-C\n", dir, dashboard.Address(l, token))
	return dashboard.Serve(c.Context, l, dir, token)
}

// served returns the run that is to be served, or a directory of runs.
func served(c *cli.Context) (rundir.Dir, error) {
	path := c.Args().First()
	if info, err := os.Stat(path); c.NArg() == 1 && err == nil && info.IsDir() && !rundir.Dir(path).Exists() {
		runs, err := pipeline.List(c.Context, path)
		if err != nil {
			return "", err
		}
		if len(runs) > 0 {
			return rundir.Dir(filepath.Clean(path)), nil
		}
	}
	dir, err := runArgument(c)
	if err != nil {
		return "", err
	}
	_, err = rundir.ReadConfig(dir)
	return dir, err
}
