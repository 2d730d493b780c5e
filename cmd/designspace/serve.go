package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/urfave/cli/v2"

	"designspace/internal/run/dashboard"
	"designspace/internal/run/rundir"
)

func serveCommand() *cli.Command {
	return &cli.Command{
		Name:      "serve",
		Usage:     "show in a browser how a run goes on",
		UsageText: "designspace serve RUN [flags]",
		Description: `Serves a page that shows progress, workers, outcomes as they come, the error
distributions so far, the time left and failures. It reads the run directory
and changes nothing. It listens on this machine only; on any other address it
demands a token, which it makes and prints unless --token gives one.

Example:
  designspace serve runs/a`,
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "listen", Value: "localhost:8377", Usage: "`HOST:PORT` to listen on; port 0 is any free one"},
			&cli.StringFlag{Name: "token", DefaultText: "made at random where it is needed", Usage: "`TOKEN` that a browser must know"},
		},
		Action: serve,
	}
}

func serve(c *cli.Context) error {
	run, err := only(c, "run directory")
	if err != nil {
		return err
	}
	dir := rundir.Dir(run)
	if _, err := rundir.ReadConfig(dir); err != nil {
		return err
	}
	token := c.String("token")
	here, err := dashboard.Loopback(c.String("listen"))
	if err != nil {
		return usageError{fmt.Errorf("--listen %s: %w", c.String("listen"), err)}
	}
	if !here && token == "" {
		token = dashboard.NewToken()
	}
	l, err := net.Listen("tcp", c.String("listen"))
	if err != nil {
		return err
	}
	address := "http://" + l.Addr().String() + "/"
	if token != "" {
		address += "?token=" + token
	}
	fmt.Fprintf(c.App.ErrWriter, "serving %s at %s; Ctrl-C ends it\n", dir, address)
	server := &http.Server{Handler: dashboard.Handler(dir, token), ReadHeaderTimeout: 10 * time.Second, BaseContext: func(net.Listener) context.Context { return c.Context }}
	context.AfterFunc(c.Context, func() { server.Close() })
	if err := server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}
