package dashboard

import (
	"crypto/rand"
	"crypto/subtle"
	_ "embed"
	"errors"
	"html/template"
	"net"
	"net/http"
	"path/filepath"
	"strings"

	"designspace/internal/pagestyle"
	"designspace/internal/run/rundir"
)

//go:embed page.html
var pageText string

var page = template.Must(template.New("page").Parse(pageText))

// Handler serves the page of a run at "/" and its [State] as JSON at "/state". It
// answers requests that read, and no others. With a token it demands that, once as
// ?token=..., after which a cookie will do, or as a bearer; without one it answers
// only requests for a name of this machine itself, lest a page from elsewhere
// read along under a name of its own.
func Handler(dir rundir.Dir, token string) http.Handler {
	r := &reader{dir: dir}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
		page.Execute(w, map[string]any{"Run": filepath.Base(string(dir)), "Style": pagestyle.CSS()})
	})
	mux.HandleFunc("GET /state", func(w http.ResponseWriter, _ *http.Request) {
		text, err := r.json()
		if err != nil { // a person mends it, and the page goes on
			http.Error(w, err.Error(), http.StatusServiceUnavailable)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Cache-Control", "no-store")
		w.Write(text)
	})
	if token == "" {
		return local(mux)
	}
	return guarded(mux, token)
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

const cookie = "designspace"

// guarded refuses requests without the token.
func guarded(next http.Handler, token string) http.Handler {
	is := func(s string) bool { return subtle.ConstantTimeCompare([]byte(s), []byte(token)) == 1 }
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		bearer, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
		kept, _ := r.Cookie(cookie)
		switch {
		case is(bearer), kept != nil && is(kept.Value):
			next.ServeHTTP(w, r)
		case is(r.URL.Query().Get("token")): // out of the address, which is easily shown around
			http.SetCookie(w, &http.Cookie{Name: cookie, Value: token, Path: "/", HttpOnly: true, SameSite: http.SameSiteStrictMode})
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
