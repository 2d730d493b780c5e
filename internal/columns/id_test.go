package columns

import "testing"

func TestCheckID(t *testing.T) {
	for id, want := range map[string]bool{
		"": true, "m0001": true, "timm/regnetx_002": true, "a..b": true, "x.y": true, "a b": true,
		"..": false, ".": false, "../x": false, "a/../b": false, "/etc/passwd": false, `..\x`: false, `C:\x\..\y`: false,
		".hidden": false, "a/.ssh": false, "a//b": false, "a/": false, "/": false, "a\x00b": false,
	} {
		if err := CheckID(id); (err == nil) != want {
			t.Errorf("%q: %v", id, err)
		}
	}
}
