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
		switch d := recover().(type) {
		case nil:
		case differs:
			fmt.Printf("disagreement in %s: %s\n", group, d.what)
			code = 1
		default:
			panic(d)
		}
	}()
	for _, g := range []struct {
		name string
		run  func()
	}{
		{"canonical-msgpack", t.msgpack}, {"rfc6962", t.rfc6962}, {"merkle-inclusion", t.inclusion},
		{"merkle-consistency", t.consistency}, {"tiles", t.tiles}, {"tile-forgery", t.forgery},
		{"ed25519-strict", t.ed25519}, {"webauthn", t.passkeys}, {"signed-note", t.notes}, {"checkpoint", t.checkpoints},
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

// number reads a vector's integer; one that is out of our range reads as -1, which every check refuses.
func number(n json.Number) int64 {
	if v, ok := parseDecimal(n.String()); ok {
		return v
	}
	return -1
}

func (t *tally) checkInclusion(name string, want bool, leaf []byte, index, size int64, proof [][]byte, root []byte) {
	got := verifyInclusion(leaf, index, size, proof, root)
	t.accepted(secondInclusion(got, leaf, index, size, proof, root), name+", second opinion")
	t.want(got == want, "%s: %v", name, got)
}

func (t *tally) checkConsistency(name string, want bool, before, after int64, beforeRoot, afterRoot []byte, proof [][]byte) {
	got := verifyConsistency(before, after, beforeRoot, afterRoot, proof)
	t.accepted(secondConsistency(got, before, after, beforeRoot, afterRoot, proof), name+", second opinion")
	t.want(got == want, "%s: %v", name, got)
}

func (t *tally) rfc6962() {
	type pathCase struct {
		Size, Index, Old, New int64
		Proof                 []string `json:"proof_hex"`
	}
	var f struct {
		Tree struct {
			Leaves      []string `json:"leaves_hex"`
			LeafHashes  []string `json:"leaf_hashes_hex"`
			Roots       []string `json:"roots_hex"`
			Inclusion   []pathCase
			Consistency []pathCase
		} `json:"reference_tree"`
		Range struct {
			Digest string            `json:"digest_hex"`
			Roots  map[string]string `json:"spot_roots_hex"`
		} `json:"range_tree"`
	}
	t.load("rfc6962.json", &f)
	var g growing
	var r replay
	var leaves []hash
	for size := 0; size <= len(f.Tree.Leaves); size++ {
		if size > 0 {
			raw := unhex(f.Tree.Leaves[size-1])
			leaf := leafHash(raw)
			t.want(hex.EncodeToString(leaf[:]) == f.Tree.LeafHashes[size-1], "leaf %d", size-1)
			t.accepted(r.add(raw), "replay")
			g.add(leaf)
			leaves = append(leaves, leaf)
		}
		root := g.root()
		t.want(hex.EncodeToString(root[:]) == f.Tree.Roots[size] && root == rootOf(leaves), "root of %d", size)
		t.accepted(r.agreeRoot(int64(size), root), "root, second opinion")
	}
	unhexs := func(list []string) (out [][]byte) {
		for _, s := range list {
			out = append(out, unhex(s))
		}
		return out
	}
	for _, c := range f.Tree.Inclusion {
		name := fmt.Sprintf("inclusion of %d in %d", c.Index, c.Size)
		t.checkInclusion(name, true, leaves[c.Index][:], c.Index, c.Size, unhexs(c.Proof), unhex(f.Tree.Roots[c.Size]))
	}
	for _, c := range f.Tree.Consistency {
		name := fmt.Sprintf("consistency of %d with %d", c.Old, c.New)
		t.checkConsistency(name, true, c.Old, c.New, unhex(f.Tree.Roots[c.Old]), unhex(f.Tree.Roots[c.New]), unhexs(c.Proof))
	}
	digest := sha256.New()
	var grown growing
	for n := 0; n <= 256; n++ {
		root := grown.root()
		digest.Write(root[:])
		if want, there := f.Range.Roots[fmt.Sprint(n)]; there {
			t.want(hex.EncodeToString(root[:]) == want, "range root %d", n)
		}
		grown.add(leafHash([]byte{byte(n)}))
	}
	t.want(hex.EncodeToString(digest.Sum(nil)) == f.Range.Digest, "range digest")
}

func (t *tally) inclusion() {
	type c struct {
		Case, Name, Root string
		Index            json.Number `json:"leafIdx"`
		Size             json.Number `json:"treeSize"`
		Leaf             string      `json:"leafHash"`
		Proof            []string
		WantErr          bool `json:"our_want_err"`
	}
	var f struct {
		Cases []c
		Own   []c `json:"own_cases"`
	}
	t.load("merkle-inclusion.json", &f)
	for _, c := range append(f.Cases, f.Own...) {
		t.checkInclusion(c.Case+c.Name, !c.WantErr, unbase64(c.Leaf), number(c.Index), number(c.Size), unbase64s(c.Proof), unbase64(c.Root))
	}
}

func (t *tally) consistency() {
	type c struct {
		Case, Name   string
		Root1, Root2 string
		Size1, Size2 json.Number
		Proof        []string
		WantErr      bool `json:"our_want_err"`
	}
	var f struct {
		Cases []c
		Own   []c `json:"own_cases"`
	}
	t.load("merkle-consistency.json", &f)
	for _, c := range append(f.Cases, f.Own...) {
		t.checkConsistency(c.Case+c.Name, !c.WantErr, number(c.Size1), number(c.Size2), unbase64(c.Root1), unbase64(c.Root2), unbase64s(c.Proof))
	}
}

// served is what a server offers, by path.
type served map[string][]byte

func serve(entries [][]byte) served {
	s := served{}
	var leaves []hash
	for _, e := range entries {
		leaves = append(leaves, leafHash(e))
	}
	for t, data := range allTiles(leaves) {
		s[t.path()] = data
	}
	for n := 0; n*tileWidth < len(entries); n++ {
		b := tileAt(-1, int64(n), int64(len(entries)))
		var data []byte
		for _, e := range entries[n*tileWidth:][:b.width] {
			data = append(append(data, byte(len(e)>>8), byte(len(e))), e...)
		}
		s[b.path()] = data
	}
	return s
}

// rebuild replays everything that is served and compares it with the signed root.
func (s served) rebuild(size int64, root hash) error {
	var entries [][]byte
	var r replay
	for n := int64(0); n*tileWidth < size; n++ {
		b := tileAt(-1, n, size)
		part, err := parseBundle(s[b.path()], b.width)
		if err != nil {
			return err
		}
		entries = append(entries, part...)
	}
	var g growing
	for _, e := range entries {
		g.add(leafHash(e))
		if err := r.add(e); err != nil {
			return err
		}
	}
	for path, data := range serve(entries) {
		if !bytes.Equal(s[path], data) {
			return fmt.Errorf("%s is not the recomputed one", path)
		}
	}
	if g.root() != root {
		return errors.New("another root")
	}
	return r.agreeRoot(size, root)
}

func entries300() (list [][]byte) {
	for i := 0; i < 300; i++ {
		list = append(list, []byte(fmt.Sprintf("entry %d", i)))
	}
	return list
}

func (t *tally) tiles() {
	var f struct {
		Paths []struct {
			Level, Width int
			Index        int64
			Path         string
		}
		Layouts map[string][]struct {
			Level, Full  int
			PartialWidth int `json:"partial_width"`
		}
		HelloWorld struct {
			Entries []string          `json:"entries_utf8"`
			Root    string            `json:"root_hex"`
			Files   map[string]string `json:"files_hex"`
		} `json:"hello_world"`
		Entries300 struct {
			Root  string `json:"root_hex"`
			Files []struct {
				Path, Sha256 string
				Bytes        int
			}
			Roots map[string]string `json:"roots_hex"`
		} `json:"entries_300"`
		Empty struct {
			Entries []string `json:"entries_hex"`
			Bundle  string   `json:"bundle_hex"`
			Root    string   `json:"root_hex"`
		} `json:"empty_entry"`
	}
	t.load("tiles.json", &f)
	for _, c := range f.Paths {
		want := tile{c.Level, c.Index, c.Width}
		got, err := parseTilePath(c.Path)
		t.want(err == nil && got == want && want.path() == c.Path, "path %s", c.Path)
	}
	for size, levels := range f.Layouts {
		n, err := strconv.ParseInt(size, 10, 64)
		t.accepted(err, size)
		var want []tile
		for _, l := range levels {
			want = append(want, layoutOf(l.Level, int64(l.Full*tileWidth+l.PartialWidth))...)
		}
		t.want(fmt.Sprint(layout(n)) == fmt.Sprint(want), "layout of %s", size)
	}
	var two [][]byte
	for _, e := range f.HelloWorld.Entries {
		two = append(two, []byte(e))
	}
	files := serve(two)
	t.want(len(files) == len(f.HelloWorld.Files), "number of files of two entries")
	for path, data := range f.HelloWorld.Files {
		t.want(hex.EncodeToString(files[path]) == data, "%s of two entries", path)
	}
	t.accepted(files.rebuild(2, toHash(unhex(f.HelloWorld.Root))), "two entries")

	files = serve(entries300())
	t.want(len(files) == len(f.Entries300.Files), "number of files of 300 entries")
	for _, c := range f.Entries300.Files {
		sum := sha256.Sum256(files[c.Path])
		t.want(len(files[c.Path]) == c.Bytes && hex.EncodeToString(sum[:]) == c.Sha256, "%s of 300 entries", c.Path)
	}
	t.accepted(files.rebuild(300, toHash(unhex(f.Entries300.Root))), "300 entries")
	var g growing
	for _, e := range entries300() {
		g.add(leafHash(e))
		if want, there := f.Entries300.Roots[fmt.Sprint(g.size)]; there {
			root := g.root()
			t.want(hex.EncodeToString(root[:]) == want, "root of the first %d of 300 entries", g.size)
		}
	}
	empty, err := parseBundle(unhex(f.Empty.Bundle), len(f.Empty.Entries))
	t.accepted(err, "bundle with an empty entry")
	t.accepted(serve(empty).rebuild(2, toHash(unhex(f.Empty.Root))), "tree with an empty entry")
}

func (t *tally) forgery() {
	var f struct {
		Root    string `json:"signed_root_hex"`
		Size    int64  `json:"signed_size"`
		Index   int
		Forged  string `json:"forged_entry"`
		Replace map[string]struct{ Sha256 string }
		More    []struct {
			Name, By string
			ByHex    string `json:"by_hex"`
			ByText   string `json:"by_utf8"`
			Hash     string `json:"replace_hash"`
			Entry    string `json:"replace_entry"`
		}
	}
	t.load("tile-forgery.json", &f)
	root := toHash(unhex(f.Root))
	fresh := func() served { return serve(entries300()) }
	// forge changes one entry with its bundle and its level-0 hash, and leaves the rest as it was.
	forge := func(index int) served {
		list, s := entries300(), fresh()
		list[index] = []byte(f.Forged)
		all := serve(list)
		for _, level := range []int{-1, 0} {
			path := tileAt(level, int64(index/tileWidth), f.Size).path()
			s[path] = all[path]
		}
		return s
	}
	t.accepted(fresh().rebuild(f.Size, root), "the true files")
	s := forge(f.Index)
	for path, c := range f.Replace {
		sum := sha256.Sum256(s[path])
		t.want(hex.EncodeToString(sum[:]) == c.Sha256, "forged %s", path)
	}
	for _, index := range []int{f.Index, 0, 255, 256, 299} {
		t.refused(forge(index).rebuild(f.Size, root), fmt.Sprintf("forged entry %d", index))
	}
	for _, c := range f.More {
		s := fresh()
		if c.Hash != "" {
			path, at, _ := strings.Cut(c.Hash, " hash ")
			n, err := strconv.Atoi(at)
			t.accepted(err, c.Hash)
			copy(s[path][32*n:], unhex(c.ByHex))
		} else {
			path, at, _ := strings.Cut(c.Entry, " entry ")
			n, err := strconv.Atoi(at)
			t.accepted(err, c.Entry)
			list := entries300()
			list[n] = []byte(c.ByText)
			s[path] = serve(list)[path]
		}
		t.refused(s.rebuild(f.Size, root), c.Name)
	}
}

func (t *tally) ed25519() {
	var f struct {
		Cases []struct {
			Case, Strict string
			Public       string `json:"public_key_hex"`
			Message      string `json:"message_hex"`
			Signature    string `json:"signature_hex"`
		}
	}
	t.load("ed25519-strict.json", &f)
	for _, c := range f.Cases {
		got := verifyStrict(unhex(c.Public), unhex(c.Message), unhex(c.Signature))
		t.want(got == (c.Strict == "accept"), "%s: %v", c.Case, got)
	}
}

func (t *tally) passkeys() {
	var f struct {
		Signatures []struct {
			Case, Verdict string
			Public        string `json:"public_key_hex"`
			Message       string `json:"message_hex"`
			Signature     string `json:"signature_hex"`
		}
		Keys []struct {
			Case, Ledger string
			Public       string `json:"public_key_hex"`
			Admissible   bool
			AtHome       bool `json:"at_home"`
		}
	}
	t.load("webauthn.json", &f)
	for _, c := range f.Signatures {
		got := verifyPasskey(unhex(c.Public), unhex(c.Message), unhex(c.Signature))
		t.want(got == (c.Verdict == "accept"), "%s: %v", c.Case, got)
	}
	for _, c := range f.Keys {
		public := unhex(c.Public)
		t.want((parsePasskey(public) != nil) == c.Admissible, "%s: admissible", c.Case)
		t.want(atHome(public, c.Ledger) == c.AtHome, "%s: at home", c.Case)
	}
}

func (t *tally) notes() {
	var f struct {
		Keys []struct {
			Name, Vkey string
			Type       byte
			Public     string `json:"public_hex"`
			KeyID      string `json:"key_id_hex"`
		}
		Accept []struct {
			Name, Note, Text string
			Trusted          []string `json:"trusted_vkeys"`
			Verified         []string `json:"verified_names"`
		}
	}
	t.load("signed-note.json", &f)
	for _, c := range f.Keys {
		k, err := parseVkey(c.Vkey)
		t.want(err == nil && k.name == c.Name && k.typ == c.Type && k.public == string(unhex(c.Public)) &&
			hex.EncodeToString(k.id[:]) == c.KeyID, "vkey %s", c.Vkey)
	}
	for _, c := range f.Accept {
		n, err := openNote([]byte(c.Note), t.vkeys(c.Trusted))
		t.accepted(err, c.Name)
		t.want(string(n.text) == c.Text && namesOf(n.by) == strings.Join(c.Verified, " "), "%s: another text or other keys", c.Name)
	}
}

func namesOf(keys []*verifyKey) string {
	var names []string
	for _, k := range keys {
		names = append(names, k.name)
	}
	return strings.Join(names, " ")
}

type vectorKey struct {
	Role, Name, Vkey string
	Type             byte
}

// checkpointPolicy trusts the log and, in any number, the witnesses of checkpoint.json that this build can check.
func (t *tally) checkpointPolicy(keys []vectorKey, needed string) *policy {
	text, members := "", ""
	for i, k := range keys {
		switch {
		case k.Role == "log":
			text += "log " + k.Vkey + "\n"
		case strings.HasPrefix(k.Role, "witness") && (k.Type != typeMLDSA || haveMLDSA):
			text += fmt.Sprintf("witness w%d %s\n", i, k.Vkey)
			members += fmt.Sprintf(" w%d", i)
		}
	}
	p, err := parsePolicy([]byte(text + "group g any" + members + "\nquorum " + needed + "\n"))
	t.accepted(err, "policy of the checkpoints' keys")
	return p
}

func (t *tally) checkpoints() {
	var f struct {
		Keys  []vectorKey
		Cases []struct {
			Name, Origin, Text, Note string
			Size                     int64
			Root                     string `json:"root_hex"`
			Cosignatures             []struct {
				Name      string
				Type      byte
				Timestamp uint64
				Message   string `json:"signed_message_hex"`
				Blob      string `json:"blob_hex"`
			}
		}
	}
	t.load("checkpoint.json", &f)
	p := t.checkpointPolicy(f.Keys, "none")
	for _, c := range f.Cases {
		got, err := parseCheckpoint([]byte(c.Text))
		t.accepted(err, c.Name)
		t.want(*got == checkpoint{c.Origin, c.Size, toHash(unhex(c.Root))}, "%s: another checkpoint", c.Name)
		_, spoke, err := p.accept([]byte(c.Note))
		t.accepted(err, c.Name)
		_, lines, err := parseNote([]byte(c.Note))
		t.accepted(err, c.Name)
		count := 0
		for _, co := range c.Cosignatures {
			if co.Type == typeMLDSA && !haveMLDSA {
				t.skipped = append(t.skipped, "checkpoint, "+c.Name+": this build has no ML-DSA-44")
				continue
			}
			count++
			for name := range spoke {
				k := p.witnesses[name]
				if k.name != co.Name {
					continue
				}
				for _, line := range lines {
					if line.name != k.name {
						continue
					}
					message, _, ok := cosigned(k, []byte(c.Text), line.blob)
					t.want(ok && (co.Message == "" || hex.EncodeToString(message) == co.Message) &&
						(co.Blob == "" || hex.EncodeToString(append(k.id[:], line.blob...)) == co.Blob) &&
						strings.Contains(fmt.Sprintf(" %x", line.blob[:8]), fmt.Sprintf(" %016x", co.Timestamp)),
						"%s: cosignature of %s", c.Name, k.name)
				}
			}
		}
		t.want(len(spoke) == count, "%s: %d cosignatures", c.Name, len(spoke))
	}
}

func (t *tally) policies() {
	var f struct {
		Accept []struct {
			Name, Policy string
			Questions    []struct {
				By    []string `json:"cosigned_by"`
				Valid bool
			}
		}
	}
	t.load("tlog-policy.json", &f)
	for _, c := range f.Accept {
		p, err := parsePolicy([]byte(c.Policy))
		t.accepted(err, c.Name)
		for _, q := range c.Questions {
			by := map[string]bool{}
			for _, name := range q.By {
				by[name] = true
			}
			t.want(p.quorumSpeaks(by) == q.Valid, "%s: cosigned by %v", c.Name, q.By)
		}
	}
}

func (t *tally) proofs() {
	var f struct {
		Keys  []vectorKey
		Cases []struct {
			Name, Proof string
			Entry       string `json:"entry_utf8"`
			Leaf        string `json:"leaf_hash_hex"`
			Index       int64
			Witnesses   []string `json:"verified_witnesses"`
		}
	}
	t.load("tlog-proof.json", &f)
	p := t.checkpointPolicy(f.Keys, "g")
	known := map[string]bool{}
	for _, k := range p.witnesses {
		known[k.name] = true
	}
	for _, c := range f.Cases {
		leaf := leafHash([]byte(c.Entry))
		t.want(hex.EncodeToString(leaf[:]) == c.Leaf, "%s: another leaf", c.Name)
		index, spoke, err := p.verifyProof([]byte(c.Proof), []byte(c.Entry))
		t.accepted(err, c.Name)
		var got, want []string
		for name := range spoke {
			got = append(got, p.witnesses[name].name)
		}
		for _, name := range c.Witnesses {
			if known[name] {
				want = append(want, name)
			}
		}
		sort.Strings(got)
		sort.Strings(want)
		t.want(index == c.Index && fmt.Sprint(got) == fmt.Sprint(want), "%s: index %d, witnesses %v", c.Name, index, got)
		_, _, err = p.verifyProof([]byte(c.Proof), []byte(c.Entry+"x"))
		t.refused(err, c.Name+", of another entry")
	}
}

type badInput struct {
	Name, Text, Hex string
}

func (b badInput) bytes() []byte {
	if b.Hex != "" {
		return unhex(b.Hex)
	}
	return []byte(b.Text)
}

func (t *tally) malformed() {
	var f struct {
		Trusted        map[string][]string `json:"trusted_vkeys"`
		Notes          []badInput          `json:"signed_note"`
		Vkeys          []badInput          `json:"vkey"`
		Checkpoints    []badInput          `json:"checkpoint_text"`
		Cosigned       []badInput          `json:"cosignature_note"`
		Proofs         []badInput          `json:"tlog_proof"`
		WitnessRequest []badInput          `json:"witness_request"`
		Paths          []badInput          `json:"tile_path"`
		Bundles        []badInput          `json:"entry_bundle_width_2"`
		Tiles          []badInput          `json:"tile_width_2"`
		Policies       []badInput          `json:"tlog_policy"`
	}
	t.load("malformed.json", &f)
	each := func(group string, list []badInput, try func([]byte) error) {
		t.want(len(list) > 0, "%s: no cases", group)
		for _, c := range list {
			t.refused(try(c.bytes()), group+": "+c.Name)
		}
	}
	opener := func(group string) func([]byte) error {
		keys := t.vkeys(f.Trusted[group])
		return func(b []byte) error { _, err := openNote(b, keys); return err }
	}
	each("signed_note", f.Notes, opener("signed_note"))
	each("cosignature_note", f.Cosigned, opener("cosignature_note"))
	each("vkey", f.Vkeys, func(b []byte) error { _, err := parseVkey(string(b)); return err })
	each("checkpoint_text", f.Checkpoints, func(b []byte) error { _, err := parseCheckpoint(b); return err })
	vkeys := f.Trusted["tlog_proof"]
	p, err := parsePolicy([]byte("log " + vkeys[0] + "\nwitness w " + vkeys[1] + "\nquorum w\n"))
	t.accepted(err, "policy of the proofs")
	each("tlog_proof", f.Proofs, func(b []byte) error { _, _, err := p.verifyProof(b, []byte("world")); return err })
	each("tile_path", f.Paths, func(b []byte) error { _, err := parseTilePath(string(b)); return err })
	each("entry_bundle", f.Bundles, func(b []byte) error { _, err := parseBundle(b, 2); return err })
	each("tile", f.Tiles, func(b []byte) error { _, err := parseTile(b, 2); return err })
	each("tlog_policy", f.Policies, func(b []byte) error { _, err := parsePolicy(b); return err })
	t.skipped = append(t.skipped, fmt.Sprintf("malformed, witness_request (%d): a server's question, not an auditor's", len(f.WitnessRequest)))
}

func (t *tally) statements() {
	var f struct {
		Accept []struct {
			Case          string
			Suite         string
			Public        string `json:"public_key_hex"`
			KeyID         string `json:"key_id_hex"`
			Statement     any
			StatementHex  string   `json:"statement_hex"`
			StatementHash string   `json:"statement_hash_hex"`
			Signature     string   `json:"signature_hex"`
			Openings      []string `json:"openings_hex"`
			Submission    string   `json:"submission_hex"`
			RecordedAt    string   `json:"recorded_at"`
			Entry         string   `json:"entry_hex"`
			Leaf          string   `json:"leaf_hash_hex"`
		}
		Roots            []string `json:"roots_hex"`
		RefuseStatements []struct {
			Case string
			Hex  string `json:"statement_hex"`
		} `json:"refuse_statements"`
		RefuseEntries []struct {
			Case string
			Hex  string `json:"entry_hex"`
		} `json:"refuse_entries"`
	}
	t.load("statement.json", &f)
	r := newRun("", &checkpoint{origin: "ledger.example.org/log/440307-001/1"})
	for _, c := range f.Accept {
		id := keyID(c.Suite, unhex(c.Public))
		t.want(hex.EncodeToString(id[:]) == c.KeyID, "%s: key id", c.Case)
		r.keys[id] = keyRow{c.Suite, unhex(c.Public)}
	}
	for i, c := range f.Accept {
		raw := unhex(c.Entry)
		e, err := parseEntry(raw)
		t.accepted(err, c.Case)
		s := e.statement
		bare := s.signed[len("liuchi/statement/v1")+1:]
		t.want(hex.EncodeToString(bare) == c.StatementHex && bytes.Equal(encode(nil, tagged(c.Statement)), bare), "%s: statement", c.Case)
		t.want(hex.EncodeToString(s.statementHash[:]) == c.StatementHash, "%s: statement hash", c.Case)
		t.want(hex.EncodeToString(e.signature) == c.Signature && fmt.Sprint(e.recordedAt) == c.RecordedAt, "%s: entry", c.Case)
		t.accepted(r.placed(int64(i), e), c.Case)
		t.accepted(r.signed(1, e, nil), c.Case)
		var list [][]byte
		for _, o := range c.Openings {
			list = append(list, unhex(o))
		}
		t.accepted(admitOpenings(list, s), c.Case+", openings")
		t.want(bytes.Equal(encode(nil, submission(list, e, bare)), unhex(c.Submission)), "%s: submission", c.Case)
		leaf := leafHash(raw)
		t.want(hex.EncodeToString(leaf[:]) == c.Leaf, "%s: leaf", c.Case)
		t.accepted(r.extend(raw, leaf, e, nil), c.Case)
		root := r.tree.root()
		t.want(hex.EncodeToString(root[:]) == f.Roots[i], "%s: root", c.Case)
	}
	for _, c := range f.RefuseStatements {
		_, err := parseStatement(unhex(c.Hex))
		t.refused(err, c.Case)
	}
	for _, c := range f.RefuseEntries {
		e, err := parseEntry(unhex(c.Hex))
		if err == nil && e.recordedAt > e.statement.until {
			err = errors.New("recorded after until")
		}
		if err == nil {
			err = r.signed(1, e, nil)
		}
		t.refused(err, c.Case)
	}
}

func submission(openings [][]byte, e *entry, statement []byte) *dict {
	list := []any{}
	for _, o := range openings {
		list = append(list, o)
	}
	return &dict{[]string{"openings", "signature", "statement", "suite"}, []any{list, e.signature, statement, e.suite}}
}

// admitOpenings judges the openings of a submission: opening i is that of digest i, none is missing, the set is good.
func admitOpenings(list [][]byte, s *statement) error {
	if len(list) != len(s.sealed) {
		return errors.New("not one opening for each digest")
	}
	found, err := checkOpenings(list, s)
	if err != nil {
		return err
	}
	for i, o := range found {
		if o.digest != s.sealed[i] {
			return errors.New("another order")
		}
	}
	return nil
}

func (t *tally) openings() {
	type place struct {
		Case, Code, Ledger, Stream string
		Prev                       *string  `json:"prev_hex"`
		Sealed                     []string `json:"sealed_hex"`
		Openings                   []string `json:"openings_hex"`
		Required, Optional         []string
		Count                      int
	}
	var f struct {
		Digests []struct {
			place
			Salt    string `json:"salt_hex"`
			Name    string
			Value   any
			Context string `json:"context_hex"`
			Opening string `json:"opening_hex"`
			Digest  string `json:"digest_hex"`
		}
		Accept, Refuse []place
	}
	t.load("opening.json", &f)
	prev := func(h *string) *hash {
		if h == nil {
			return nil
		}
		p := toHash(unhex(*h))
		return &p
	}
	for _, c := range f.Digests {
		context := openingContext(c.Ledger, c.Stream, prev(c.Prev))
		raw := encode(nil, []any{unhex(c.Salt), c.Name, tagged(c.Value)})
		o, err := parseOpening(raw, context)
		t.accepted(err, c.Case)
		t.want(hex.EncodeToString(context[:]) == c.Context && hex.EncodeToString(raw) == c.Opening &&
			hex.EncodeToString(o.digest[:]) == c.Digest && o.name == c.Name && same(o.value, tagged(c.Value)), "%s: digest", c.Case)
	}
	// A submission is judged as at admission; the form of sealed and the names are the vector's own questions.
	admit := func(c place) error {
		s := &statement{ledger: c.Ledger, stream: c.Stream, prev: prev(c.Prev)}
		values := []any{}
		for _, h := range c.Sealed {
			values = append(values, unhex(h))
		}
		form := &fields{from: &dict{[]string{"sealed"}, []any{values}}}
		if s.sealed = form.sealed(); form.err != nil || len(s.sealed) != c.Count {
			return errors.New("sealed is not ascending or of another count")
		}
		var list [][]byte
		for _, h := range c.Openings {
			list = append(list, unhex(h))
		}
		if err := admitOpenings(list, s); err != nil {
			return err
		}
		found, _ := checkOpenings(list, s)
		names := map[string]bool{}
		for _, o := range found {
			names[o.name] = true
		}
		allowed := map[string]bool{"": true}
		for _, n := range append(append([]string{}, c.Required...), c.Optional...) {
			allowed[n] = true
		}
		for _, n := range c.Required {
			if !names[n] {
				return errors.New("a required name is missing")
			}
		}
		for n := range names {
			if !allowed[n] {
				return errors.New("an unknown name")
			}
		}
		return nil
	}
	for _, c := range f.Accept {
		t.accepted(admit(c), c.Case)
	}
	for _, c := range f.Refuse {
		t.refused(admit(c), c.Case)
		if c.Code == "opening-malformed" {
			malformed := false
			for _, h := range c.Openings {
				_, err := parseOpening(unhex(h), hash{})
				malformed = malformed || err != nil
			}
			t.want(malformed, "%s: an opening has to be malformed", c.Case)
		}
	}
}
