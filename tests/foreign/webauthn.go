package main

// Passkeys, `webauthn-v1` (docs/spec/suites.md): an assertion taken apart, each part as strict as the page says.

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"math/big"
	"regexp"
	"strings"
	"unicode/utf8"
)

const (
	longestClientData = 896
	longestHost       = 253
	label             = `[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?`
	space             = `[ \t\n\r]*`
	text              = `"(?:[^"\\\x00-\x1f]|\\(?:["\\/bfnrt]|u(?:[0-9abcefABCEF][0-9a-fA-F]{3}|[dD][0-7][0-9a-fA-F]{2})))*"`
	member            = space + `(` + text + `)` + space + `:` + space + `(` + text + `|true|false|null)` + space
)

var (
	siteForm   = regexp.MustCompile(`\A(?:localhost|(?:` + label + `\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?)\z`)
	originForm = regexp.MustCompile(`\A(https?)://(` + label + `(?:\.` + label + `)*)(?::[1-9][0-9]{0,4})?\z`)
	flatForm   = regexp.MustCompile(`\A` + space + `\{` + member + `(?:,` + member + `)*\}` + space + `\z`)
	memberForm = regexp.MustCompile(member)
)

// passkey is a public key: its site, and its point on P-256.
type passkey struct {
	site string
	key  *ecdsa.PublicKey
}

func parsePasskey(public []byte) *passkey {
	list := unpacked(public, 2)
	if list == nil {
		return nil
	}
	site, ok0 := list[0].(string)
	point, ok1 := list[1].([]byte)
	if !ok0 || !ok1 || len(site) > longestHost || !siteForm.MatchString(site) || len(point) != 65 || point[0] != 4 {
		return nil
	}
	x, y := new(big.Int).SetBytes(point[1:33]), new(big.Int).SetBytes(point[33:])
	if !onCurve(x, y) {
		return nil
	}
	return &passkey{site, &ecdsa.PublicKey{Curve: elliptic.P256(), X: x, Y: y}}
}

// onCurve says whether both are below p, and y² = x³ - 3x + b.
func onCurve(x, y *big.Int) bool {
	c := elliptic.P256().Params()
	if x.Cmp(c.P) >= 0 || y.Cmp(c.P) >= 0 {
		return false
	}
	right := new(big.Int).Exp(x, big.NewInt(3), nil)
	right.Sub(right, new(big.Int).Mul(x, big.NewInt(3))).Add(right, c.B)
	return right.Sub(right, new(big.Int).Mul(y, y)).Mod(right, c.P).Sign() == 0
}

func unpacked(raw []byte, size int) []any {
	v, err := decode(raw)
	if err != nil {
		return nil
	}
	if list, ok := v.([]any); ok && len(list) == size {
		return list
	}
	return nil
}

func below(host, site string) bool { return host == site || strings.HasSuffix(host, "."+site) }

// atHome says whether a key's site is the host of the ledger's origin or above it, or this machine's for a demo.
func atHome(public []byte, ledger string) bool {
	host, _, _ := strings.Cut(ledger, "/")
	host, _, _ = strings.Cut(host, ":")
	k := parsePasskey(public)
	return k != nil && (below(host, k.site) || strings.HasPrefix(host, "demo.") && k.site == "localhost")
}

func verifyPasskey(public, message, signature []byte) bool {
	k, list := parsePasskey(public), unpacked(signature, 3)
	if k == nil || list == nil {
		return false
	}
	data, ok0 := list[0].([]byte)
	client, ok1 := list[1].([]byte)
	rs, ok2 := list[2].([]byte)
	if !ok0 || !ok1 || !ok2 || len(rs) != 64 || !ofSite(data, k.site) {
		return false
	}
	challenge := sha256.Sum256(message)
	if !says(client, base64.RawURLEncoding.EncodeToString(challenge[:]), k.site) {
		return false
	}
	order := elliptic.P256().Params().N
	r, s := new(big.Int).SetBytes(rs[:32]), new(big.Int).SetBytes(rs[32:])
	if r.Sign() == 0 || s.Sign() == 0 || r.Cmp(order) >= 0 || s.Cmp(order) >= 0 {
		return false
	}
	clientHash := sha256.Sum256(client)
	digest := sha256.Sum256(append(append([]byte{}, data...), clientHash[:]...))
	return ecdsa.Verify(k.key, digest[:], r, s)
}

// ofSite judges authenticatorData: site, flags UP and UV, BE and BS as they may be, a counter that is not read.
func ofSite(data []byte, site string) bool {
	if len(data) != 37 {
		return false
	}
	hashed := sha256.Sum256([]byte(site))
	flags := data[32]
	return bytes.Equal(data[:32], hashed[:]) && flags&0x05 == 0x05 && flags&^0x1d == 0 && flags&0x18 != 0x10
}

// says judges clientDataJSON: an assertion of this challenge on a page of this site, in no other site's frame.
func says(client []byte, challenge, site string) bool {
	said := readClientData(client)
	if said["type"] != "webauthn.get" || said["challenge"] != challenge {
		return false
	}
	if crossing, there := said["crossOrigin"]; there && crossing != false {
		return false
	}
	if _, there := said["topOrigin"]; there {
		return false
	}
	origin, ok := said["origin"].(string)
	parts := originForm.FindStringSubmatch(origin)
	if !ok || parts == nil || len(parts[2]) > longestHost {
		return false
	}
	return below(parts[2], site) && (parts[1] == "https" || parts[2] == "localhost")
}

// readClientData gives the members of a flat object; nil for another form, or a name twice.
func readClientData(client []byte) map[string]any {
	if len(client) > longestClientData || !utf8.Valid(client) || !flatForm.Match(client) {
		return nil
	}
	members := map[string]any{}
	for _, found := range memberForm.FindAllSubmatch(client, -1) {
		var name string
		var value any
		if json.Unmarshal(found[1], &name) != nil || json.Unmarshal(found[2], &value) != nil {
			return nil
		}
		if _, there := members[name]; there {
			return nil
		}
		members[name] = value
	}
	return members
}
