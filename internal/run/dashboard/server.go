package dashboard

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	_ "embed"
	"errors"
	"fmt"
	"html/template"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"

	"designspace/internal/pagestyle"
	"designspace/internal/run/rundir"
)

//go:embed page.html
var pageText string

var page = template.Must(template.New("page").Parse(pageText))

// Limits on who asks: nobody holds a connection for long without a request, or
// keeps all of them.
const (
	readTimeout    = 10 * time.Second
	writeTimeout   = 30 * time.Second
	idleTimeout    = time.Minute
	maxHeader      = 16 << 10
	maxConnections = 100
)

// Serve serves the page of a run, or of the runs below a directory, to those who connect to l until the context is
// done, see [Handler].
func Serve(ctx context.Context, l net.Listener, dir rundir.Dir, token string) error {
	s := newServer(Handler(dir, token, l.Addr().String()))
	s.BaseContext = func(net.Listener) context.Context { return ctx }
	defer context.AfterFunc(ctx, func() { s.Close() })()
	if err := s.Serve(limit(l, maxConnections)); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

func newServer(h http.Handler) *http.Server {
	return &http.Server{Handler: h, ReadTimeout: readTimeout, WriteTimeout: writeTimeout, IdleTimeout: idleTimeout, MaxHeaderBytes: maxHeader}
}

// Address is where the page is that l serves: for all addresses of this machine,
// by its name.
func Address(l net.Listener, token string) string {
	u := url.URL{Scheme: "http", Host: l.Addr().String(), Path: "/"}
	if a, ok := l.Addr().(*net.TCPAddr); ok && a.IP.IsUnspecified() {
		if name, err := os.Hostname(); err == nil {
			u.Host = net.JoinHostPort(name, strconv.Itoa(a.Port))
		}
	}
	if token != "" {
		u.RawQuery = url.Values{"token": {token}}.Encode()
	}
	return u.String()
}

// Handler serves the page of a run at "/", its [State] as JSON at "/state" and its
// report at "/report"; of a directory that is no run, a list of the runs below it
// at "/" and each of them at "/run/PATH/". It answers requests that read, and no
// others. With a token it demands that, once as ?token=..., after which a cookie
// will do, or as a bearer; without one it answers only requests for a name of this
// machine itself, lest a page from elsewhere read along under a name of its own.
// The address is that to which the server listens.
func Handler(dir rundir.Dir, token, address string) http.Handler {
	h := routes(&reader{dir: dir}, "")
	if info, err := os.Stat(string(dir)); err == nil && info.IsDir() && !dir.Exists() {
		h = newTree(string(dir))
	}
	if token == "" {
		h = local(h)
	} else {
		h = guarded(h, token, cookieName(dir, address))
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for key, value := range map[string]string{"Cache-Control": "no-store", "Referrer-Policy": "no-referrer", "X-Content-Type-Options": "nosniff"} {
			w.Header().Set(key, value)
		}
		h.ServeHTTP(w, r)
	})
}

// routes serves a run; up leads from its page to the list that it is in, if it
// is.
func routes(r *reader, up string) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) {
		serveHTML(w, "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; connect-src 'self'; img-src data:")
		page.Execute(w, map[string]any{"Run": filepath.Base(string(r.dir)), "Up": up, "Style": pagestyle.CSS()})
	})
	mux.HandleFunc("GET /state", func(w http.ResponseWriter, _ *http.Request) {
		text, err := r.json()
		if err != nil { // a person mends it, and the page goes on
			http.Error(w, err.Error(), http.StatusServiceUnavailable)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		w.Write(text)
	})
	mux.HandleFunc("GET /report", func(w http.ResponseWriter, req *http.Request) { serveReport(w, req, r.dir) })
	return mux
}

func serveHTML(w http.ResponseWriter, policy string) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Security-Policy", policy+"; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
}

// serveReport serves the report of the run. It may have come from elsewhere with
// the run, so its scripts can reach nothing of this page.
func serveReport(w http.ResponseWriter, r *http.Request, dir rundir.Dir) {
	info, err := os.Lstat(dir.Report())
	if err != nil || !info.Mode().IsRegular() {
		http.NotFound(w, r)
		return
	}
	f, err := os.Open(dir.Report())
	if err != nil {
		http.NotFound(w, r)
		return
	}
	defer f.Close()
	serveHTML(w, "sandbox allow-scripts allow-downloads; default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:")
	io.Copy(w, f)
}

// local refuses requests for the name of another machine.
func local(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host, _, err := net.SplitHostPort(r.Host)
		if err != nil {
			host = r.Host
		}
		if ip := net.ParseIP(strings.Trim(host, "[]")); host != "localhost" && (ip == nil || !ip.IsLoopback()) {
			http.Error(w, "ask for localhost", http.StatusForbidden)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// cookieName is of this run at this address alone: a browser keeps cookies by the
// name of the machine, whatever the port.
func cookieName(dir rundir.Dir, address string) string {
	path, err := filepath.Abs(string(dir))
	if err != nil {
		path = string(dir)
	}
	return fmt.Sprintf("designspace-%.8x", sha256.Sum256([]byte(address+"\x00"+path)))
}

// guarded refuses requests without the token. The cookie holds its hash, in
// characters that any cookie may have.
func guarded(next http.Handler, token, cookie string) http.Handler {
	hash := func(s string) string { return fmt.Sprintf("%x", sha256.Sum256([]byte(s))) }
	want := hash(token)
	is := func(hash string) bool { return subtle.ConstantTimeCompare([]byte(hash), []byte(want)) == 1 }
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		bearer, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
		kept, _ := r.Cookie(cookie)
		switch {
		case is(hash(bearer)), kept != nil && is(kept.Value):
			next.ServeHTTP(w, r)
		case is(hash(r.URL.Query().Get("token"))): // out of the address, which is easily shown around
			http.SetCookie(w, &http.Cookie{Name: cookie, Value: want, Path: "/", HttpOnly: true, SameSite: http.SameSiteStrictMode})
			http.Redirect(w, r, "/", http.StatusSeeOther)
		default:
			http.Error(w, "a token is needed: open the address that designspace serve printed", http.StatusUnauthorized)
		}
	})
}

// NewToken returns a token that nobody can guess.
func NewToken() string { return rand.Text() }

// Loopback reports whether an address to listen on is reachable from this machine
// only.
func Loopback(address string) (bool, error) {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return false, errors.New("want HOST:PORT, as in localhost:8080")
	}
	if host == "localhost" {
		return true, nil
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback(), nil
}

// limit returns a listener that has at most n connections open; others wait.
func limit(l net.Listener, n int) net.Listener {
	return &limited{Listener: l, free: make(chan struct{}, n), closed: make(chan struct{})}
}

type limited struct {
	net.Listener
	free   chan struct{} // has an element for each connection
	closed chan struct{}
	once   sync.Once
}

func (l *limited) Accept() (net.Conn, error) {
	select {
	case l.free <- struct{}{}:
	case <-l.closed:
		return nil, net.ErrClosed
	}
	c, err := l.Listener.Accept()
	if err != nil {
		<-l.free
		return nil, err
	}
	return &counted{Conn: c, release: sync.OnceFunc(func() { <-l.free })}, nil
}

func (l *limited) Close() error {
	l.once.Do(func() { close(l.closed) })
	return l.Listener.Close()
}

type counted struct {
	net.Conn
	release func()
}

func (c *counted) Close() error {
	defer c.release()
	return c.Conn.Close()
}
