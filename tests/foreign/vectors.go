package main

// The shared vectors (tests/vectors): each case is one agreement, or the end.

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"strconv"
	"strings"
)

// tally counts agreements; the first disagreement ends the run.
type tally struct {
	dir     string
	agreed  int
	skipped []string
}

type differs struct{ what string }

// want notes one case: it agrees when ok.
func (t *tally) want(ok bool, format string, a ...any) {
	if !ok {
		panic(differs{fmt.Sprintf(format, a...)})
	}
	t.agreed++
}

// refused and accepted judge by an error. A noVerdict is never an answer.
func (t *tally) refused(err error, name string) {
	t.want(err != nil && !isNoVerdict(err), "%s: has to be refused (%v)", name, err)
}

func (t *tally) accepted(err error, name string) {
	t.want(err == nil, "%s: has to be accepted (%v)", name, err)
}

func (t *tally) load(file string, into any) {
	raw, err := os.ReadFile(filepath.Join(t.dir, file))
	if err == nil {
		err = json.Unmarshal(raw, into)
	}
	if err != nil {
		panic(differs{err.Error()})
	}
}

func unhex(s string) []byte {
	b, err := hex.DecodeString(s)
	if err != nil {
		panic(differs{err.Error()})
	}
	return b
}

func unbase64(s string) []byte {
	b, ok := parseBase64(s)
	if !ok {
		panic(differs{"base64 of a vector: " + s})
	}
	return b
}

func unbase64s(list []string) (out [][]byte) {
	for _, s := range list {
		out = append(out, unbase64(s))
	}
	return out
}

func (t *tally) vkeys(list []string) (keys []*verifyKey) {
	for _, s := range list {
		k, err := parseVkey(s)
		t.accepted(err, "vkey "+s)
		keys = append(keys, k)
	}
	return keys
}

func vectors(dir string) (code int) {
	t := &tally{dir: dir}
	group := ""
	defer func() {
		if d, ok := recover().(differs); ok {
			fmt.Printf("disagreement in %s: %s\n", group, d.what)
			code = 1
		}
	}()
	for _, g := range []struct {
		name string
		run  func()
	}{
		{"canonical-msgpack", t.msgpack}, {"rfc6962", t.rfc6962}, {"merkle-inclusion", t.inclusion},
		{"merkle-consistency", t.consistency}, {"tiles", t.tiles}, {"tile-forgery", t.forgery},
		{"ed25519-strict", t.ed25519}, {"signed-note", t.notes}, {"checkpoint", t.checkpoints},
		{"tlog-policy", t.policies}, {"tlog-proof", t.proofs}, {"malformed", t.malformed},
		{"statement", t.statements}, {"opening", t.openings},
	} {
		group = g.name
		before := t.agreed
		g.run()
		fmt.Printf("%-18s %4d\n", group, t.agreed-before)
	}
	for _, s := range t.skipped {
		fmt.Println("not run:", s)
	}
	fmt.Printf("agreed: %d\n", t.agreed)
	return 0
}

// tagged turns a vector's JSON value into ours.
func tagged(v any) any {
	switch x := v.(type) {
	case []any:
		list := []any{}
		for _, e := range x {
			list = append(list, tagged(e))
		}
		return list
	case map[string]any:
		if s, ok := x["int"].(string); ok {
			if n, err := strconv.ParseUint(s, 10, 64); err == nil {
				return n
			}
			n, err := strconv.ParseInt(s, 10, 64)
			if err != nil {
				panic(differs{err.Error()})
			}
			return n
		}
		if s, ok := x["bin"].(string); ok {
			return unhex(s)
		}
		d := &dict{}
		for _, pair := range x["map"].([]any) {
			d.keys = append(d.keys, pair.([]any)[0].(string))
			d.vals = append(d.vals, tagged(pair.([]any)[1]))
		}
		return d
	}
	return v
}

// same compares two values one by one, without writing them out.
func same(a, b any) bool {
	switch x := a.(type) {
	case []byte:
		y, ok := b.([]byte)
		return ok && bytes.Equal(x, y)
	case []any:
		y, ok := b.([]any)
		ok = ok && len(x) == len(y)
		for i := 0; ok && i < len(x); i++ {
			ok = same(x[i], y[i])
		}
		return ok
	case *dict:
		y, ok := b.(*dict)
		ok = ok && len(x.keys) == len(y.keys)
		for i := 0; ok && i < len(x.keys); i++ {
			ok = x.keys[i] == y.keys[i] && same(x.vals[i], y.vals[i])
		}
		return ok
	}
	return a == b
}

func (t *tally) msgpack() {
	type large struct {
		Name, Sha256 string
		Head         string `json:"head_hex"`
		Repeat       string `json:"repeat_hex"`
		Count        int
	}
	var f struct {
		Accept, Refuse []struct {
			Name, Hex string
			Value     any
		}
		AcceptLarge []large `json:"accept_large"`
		RefuseLarge []large `json:"refuse_large"`
	}
	t.load("canonical-msgpack.json", &f)
	for _, c := range f.Accept {
		v, err := decode(unhex(c.Hex))
		t.accepted(err, c.Name)
		want := tagged(c.Value)
		t.want(same(v, want) && hex.EncodeToString(encode(nil, want)) == c.Hex, "%s: another value", c.Name)
	}
	for _, c := range f.Refuse {
		_, err := decode(unhex(c.Hex))
		t.refused(err, c.Name)
	}
	input := func(c large) []byte {
		return append(unhex(c.Head), bytes.Repeat(unhex(c.Repeat), c.Count)...)
	}
	for _, c := range f.AcceptLarge {
		_, err := decode(input(c))
		t.accepted(err, c.Name)
		sum := sha256.Sum256(input(c))
		t.want(hex.EncodeToString(sum[:]) == c.Sha256, "%s: another input", c.Name)
	}
	for _, c := range f.RefuseLarge {
		_, err := decode(input(c))
		t.refused(err, c.Name)
	}
	t.skipped = append(t.skipped, "canonical-msgpack, encoder_must_refuse: the types of this program hold no such values")
}

func (t *tally) rfc6962() {
	var f struct {
		Tree struct {
			Leaves      []string          `json:"leaves_hex"`
			LeafHashes  []string          `json:"leaf_hashes_hex"`
			Roots       map[string]string `json:"roots_hex"`
			Inclusion   []proofCase       `json:"inclusion"`
			Consistency []proofCase       `json:"consistency"`
		} `json:"reference_tree"`
		Range struct {
			Digest string            `json:"digest_hex"`
			Roots  map[string]string `json:"spot_roots_hex"`
		} `json:"range_tree"`
	}
	t.load("rfc6962.json", &f)
	fmt.Println(f)
}

type proofCase struct{}
