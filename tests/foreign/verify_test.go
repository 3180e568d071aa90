package main

// A ledger of our own making, written to a folder as a mirror, and then spoilt in one place at a time. Every log here
// is signed again after it was spoilt, so that nothing but the check in question can find it.

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"testing"
)

const testOrigin = "ledger.example.org/log/440307-001/1"

func seedKey(n byte) ed25519.PrivateKey {
	return ed25519.NewKeyFromSeed(bytes.Repeat([]byte{n}, 32))
}

func public(n byte) []byte { return seedKey(n).Public().(ed25519.PublicKey) }

func vkeyOf(name string, typ, seed byte) string {
	typed := append([]byte{typ}, public(seed)...)
	sum := sha256.Sum256(append([]byte(name+"\n"), typed...))
	return fmt.Sprintf("%s+%x+%s", name, sum[:4], base64.StdEncoding.EncodeToString(typed))
}

func signNote(text, name string, seed byte) string {
	k, err := parseVkey(vkeyOf(name, typeLog, seed))
	if err != nil {
		panic(err)
	}
	blob := append(k.id[:], ed25519.Sign(seedKey(seed), []byte(text))...)
	return text + "\n\u2014 " + name + " " + base64.StdEncoding.EncodeToString(blob) + "\n"
}

// values is a statement before it is written: key to value.
type values map[string]any

func mapOf(v values) *dict {
	d := &dict{}
	for k := range v {
		d.keys = append(d.keys, k)
	}
	sort.Strings(d.keys)
	for _, k := range d.keys {
		d.vals = append(d.vals, v[k])
	}
	return d
}

func row(seed byte) *dict { return mapOf(values{"suite": "ed25519-v1", "public": public(seed)}) }

func openingBytes(salt byte, name string, v any) []byte {
	return encode(nil, []any{bytes.Repeat([]byte{salt}, 16), name, v})
}

// draft is one entry in the making.
type draft struct {
	values
	seed       byte
	suite      string
	recordedAt int64
	openings   [][]byte // those of sealed, a decoy last
	published  [][]byte
	raw        []byte                  // in place of the statement's bytes
	entry      func(list []any) []byte // in place of writing the four out
}

type spoil func(i int, d *draft)

// ledger writes size entries; spoil may change each draft before it is signed.
func ledger(size int, change spoil) (files served, openings map[string][]byte, root hash) {
	var entries [][]byte
	var tree growing
	last := map[string][]byte{}
	openings = map[string][]byte{}
	roots := []hash{emptyRoot}
	for i := 0; i < size; i++ {
		stream := fmt.Sprintf("thing/%d", i%5)
		d := &draft{seed: byte(1 + i%2), suite: "ed25519-v1", recordedAt: int64(1000 + i/2)}
		d.openings = [][]byte{openingBytes(1, fmt.Sprintf("text:%d", i), "六尺"), openingBytes(2, "", nil)}
		d.published = d.openings[:1]
		d.values = values{
			"about": nil, "at": uint64(7), "body": mapOf(values{"n": uint64(i)}), "kind": "thing-said/1", "ledger": testOrigin,
			"prev": nil, "seen": nil, "stream": stream, "until": uint64(1 << 30),
		}
		if p := last[stream]; p != nil {
			d.values["prev"] = p
		}
		if i == 0 {
			d.values["kind"] = "ledger-founded/1"
			d.values["body"] = mapOf(values{"keys": []any{row(1), row(2), mapOf(values{"suite": "other-v1", "public": public(1)})}})
		}
		if i%3 == 2 {
			d.values["seen"] = []any{uint64(i - 1), append([]byte{}, roots[i-1][:]...)}
			first := leafHash(entries[0])
			d.values["about"] = first[:]
		}
		if change != nil {
			change(i, d)
		}
		raw := d.write()
		leaf := leafHash(raw)
		if len(d.published) > 0 {
			openings[hex.EncodeToString(leaf[:])] = publish(d.published)
		}
		if s, ok := d.values["stream"].(string); ok {
			last[s] = leaf[:]
		}
		entries = append(entries, raw)
		tree.add(leaf)
		roots = append(roots, tree.root())
	}
	return serve(entries), openings, tree.root()
}

func publish(list [][]byte) []byte {
	out := []any{}
	for _, o := range list {
		out = append(out, o)
	}
	return encode(nil, out)
}

func (d *draft) write() []byte {
	if _, given := d.values["by"]; !given {
		id := keyID("ed25519-v1", public(d.seed))
		d.values["by"] = id[:]
	}
	if _, given := d.values["sealed"]; !given {
		stream, _ := d.values["stream"].(string)
		var prev *hash
		if p, ok := asHash(d.values["prev"]); ok {
			prev = &p
		}
		var digests []string
		for _, o := range d.openings {
			context := openingContext(testOrigin, stream, prev)
			sum := sha256.Sum256(joined("liuchi/opening/v1", string(context[:])+string(o)))
			digests = append(digests, string(sum[:]))
		}
		sort.Strings(digests)
		list := []any{}
		for _, s := range digests {
			list = append(list, []byte(s))
		}
		d.values["sealed"] = list
	}
	statement := encode(nil, mapOf(d.values))
	if d.raw != nil {
		statement = d.raw
	}
	signature := ed25519.Sign(seedKey(d.seed), joined("liuchi/statement/v1", string(statement)))
	four := []any{statement, d.suite, signature, uint64(d.recordedAt)}
	if d.recordedAt < 0 {
		four[3] = d.recordedAt
	}
	if d.entry != nil {
		return d.entry(four)
	}
	return encode(nil, four)
}

func put(t *testing.T, dir, path string, data []byte) {
	t.Helper()
	full := filepath.Join(dir, path)
	if err := os.MkdirAll(filepath.Dir(full), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(full, data, 0o644); err != nil {
		t.Fatal(err)
	}
}

func mirror(t *testing.T, size int, change spoil) string {
	t.Helper()
	dir := t.TempDir()
	files, openings, root := ledger(size, change)
	for path, data := range files {
		put(t, dir, path, data)
	}
	for leaf, data := range openings {
		put(t, dir, "openings/"+leaf, data)
	}
	text := fmt.Sprintf("%s\n%d\n%s\n", testOrigin, size, base64.StdEncoding.EncodeToString(root[:]))
	put(t, dir, "checkpoint", []byte(signNote(text, testOrigin, 9)))
	put(t, dir, "policy.txt", []byte("log "+vkeyOf(testOrigin, typeLog, 9)+"\nquorum none\n"))
	return dir
}

const null = -1

func expect(t *testing.T, dir, word string, firstBad int64) {
	t.Helper()
	v, err := auditMirror(dir, "")
	if err != nil {
		t.Fatalf("no verdict: %v", err)
	}
	at := int64(null)
	if v.FirstBad != nil {
		at = *v.FirstBad
	}
	if v.Verdict != word || at != firstBad {
		out, _ := json.Marshal(v)
		t.Fatalf("want %s at %d, got %s", word, firstBad, out)
	}
}

func TestGood(t *testing.T) {
	for _, size := range []int{0, 1, 2, 9, 255, 256, 257, 600} {
		expect(t, mirror(t, size, nil), "ok", null)
	}
}

// TestEntries spoils entry 6 of 9 (or the entry named).
func TestEntries(t *testing.T) {
	set := func(key string, v any) spoil {
		return func(_ int, d *draft) { d.values[key] = v }
	}
	newStream := func(stream string) spoil {
		return func(_ int, d *draft) { d.values["stream"], d.values["prev"] = stream, nil }
	}
	without := func(key string) spoil {
		return func(_ int, d *draft) {
			d.raw = encode(nil, mapOf(d.values))
			d.write()
			delete(d.values, key)
			d.raw = encode(nil, mapOf(d.values))
		}
	}
	four := func(change func([]any) []byte) spoil {
		return func(_ int, d *draft) { d.entry = change }
	}
	published := func(list ...[]byte) spoil {
		return func(_ int, d *draft) { d.published = list }
	}
	rows := func(kind, field string, v any) spoil {
		return func(_ int, d *draft) {
			d.values["kind"], d.values["body"] = kind, mapOf(values{field: v, "more": uint64(1)})
		}
	}
	badRow := mapOf(values{"suite": "ed25519-v1", "public": public(3)[:31]})
	deep := func(n int) any {
		var v any = uint64(1)
		for ; n > 0; n-- {
			v = []any{v}
		}
		return v
	}
	text, decoy := openingBytes(1, "text:6", "六尺"), openingBytes(2, "", nil)
	for name, c := range map[string]struct {
		change spoil
		ok     bool
		at     int
		alone  bool // nothing is published, so that no opening finds the fault first
	}{
		"nothing":               {change: func(int, *draft) {}, ok: true},
		"five elements":         {change: four(func(l []any) []byte { return encode(nil, append(l, nil)) })},
		"no array":              {change: four(func(l []any) []byte { return encode(nil, l[0]) })},
		"empty":                 {change: four(func(l []any) []byte { return nil })},
		"statement as text":     {change: four(func(l []any) []byte { l[0] = "x"; return encode(nil, l) })},
		"time as text":          {change: four(func(l []any) []byte { l[3] = "x"; return encode(nil, l) })},
		"time of 2^53":          {change: four(func(l []any) []byte { l[3] = uint64(1 << 53); return encode(nil, l) })},
		"byte after the entry":  {change: four(func(l []any) []byte { return append(encode(nil, l), 0) })},
		"unknown suite":         {change: func(_ int, d *draft) { d.suite = "webauthn-v2" }},
		"another known suite":   {change: func(_ int, d *draft) { d.suite = "webauthn-v1" }},
		"signature of 63 bytes": {change: four(func(l []any) []byte { l[2] = l[2].([]byte)[:63]; return encode(nil, l) })},
		"signature with one other bit": {change: four(func(l []any) []byte {
			l[2].([]byte)[40] ^= 1
			return encode(nil, l)
		})},
		"signed by another":      {change: func(_ int, d *draft) { id := keyID("ed25519-v1", public(2)); d.values["by"] = id[:] }},
		"unknown key":            {change: func(_ int, d *draft) { d.seed = 3 }},
		"unknown key, entry 0":   {change: func(_ int, d *draft) { d.seed = 3 }, at: 0},
		"entry 0 without keys":   {change: set("body", mapOf(values{"n": uint64(0)})), at: 0},
		"entry 0 of other kind":  {change: set("kind", "ledger-founded/2"), at: 0},
		"key missing":            {change: without("until")},
		"extra key":              {change: set("note", nil)},
		"by of 31 bytes":         {change: set("by", make([]byte, 31))},
		"empty kind":             {change: set("kind", "")},
		"space in kind":          {change: set("kind", "a b")},
		"body is nil":            {change: set("body", nil)},
		"at is a boolean":        {change: set("at", true)},
		"at of 2^53":             {change: set("at", uint64(1<<53))},
		"at of -(2^53-1)":        {change: set("at", int64(-(1<<53 - 1))), ok: true},
		"at of -2^53":            {change: set("at", int64(-(1 << 53)))},
		"deep integer":           {change: set("body", mapOf(values{"a": deep(2), "b": []any{uint64(1 << 53)}}))},
		"deep text":              {change: set("body", mapOf(values{"a": []any{"六"}}))},
		"deep key":               {change: set("body", mapOf(values{"a": mapOf(values{"é": nil})}))},
		"empty texts in body":    {change: set("body", mapOf(values{"": ""})), ok: true},
		"16 containers":          {change: set("body", mapOf(values{"a": deep(14)})), ok: true},
		"17 containers":          {change: set("body", mapOf(values{"a": deep(15)}))},
		"sealed is nil":          {change: set("sealed", nil)},
		"sealed twice":           {change: set("sealed", []any{make([]byte, 32), make([]byte, 32)})},
		"stream in upper case":   {change: newStream("Thing/1")},
		"stream of five":         {change: newStream("a/b/c/d/e")},
		"stream of four":         {change: newStream("a/b-/c/d0"), ok: true},
		"empty stream":           {change: newStream("")},
		"empty segment":          {change: newStream("a//b")},
		"segment of 64":          {change: newStream(strings.Repeat("a", 64)), ok: true},
		"segment of 65":          {change: newStream(strings.Repeat("a", 65))},
		"row of another suite":   {change: func(_ int, d *draft) { id := keyID("other-v1", public(1)); d.values["by"] = id[:] }},
		"deep integer below":     {change: set("body", mapOf(values{"a": int64(-(1 << 53))}))},
		"seen below 0":           {change: set("seen", []any{int64(-1), make([]byte, 32)})},
		"name in prev":           {change: set("prev", "x")},
		"stream with a dash":     {change: newStream("-a")},
		"other ledger":           {change: set("ledger", testOrigin+"0")},
		"earlier than before":    {change: func(_ int, d *draft) { d.recordedAt = 1001 }},
		"as early as before":     {change: func(_ int, d *draft) { d.recordedAt = 1002 }, ok: true},
		"entry 0 at 0":           {change: func(_ int, d *draft) { d.recordedAt = 0 }, ok: true},
		"entry 0 below 0":        {change: func(_ int, d *draft) { d.recordedAt = -1 }, at: 0},
		"at until":               {change: set("until", uint64(1003)), ok: true},
		"after until":            {change: set("until", uint64(1002))},
		"prev nil":               {change: set("prev", nil)},
		"prev of nothing":        {change: set("stream", "new")},
		"prev is another":        {change: set("prev", make([]byte, 32))},
		"about is another":       {change: set("about", make([]byte, 32))},
		"seen of 0":              {change: set("seen", []any{uint64(0), append([]byte{}, emptyRoot[:]...)}), ok: true},
		"seen of 0, other root":  {change: set("seen", []any{uint64(0), make([]byte, 32)})},
		"seen of later":          {change: set("seen", []any{uint64(7), make([]byte, 32)})},
		"seen of three":          {change: set("seen", []any{uint64(0), append([]byte{}, emptyRoot[:]...), nil})},
		"seen with another root": {change: set("seen", []any{uint64(6), make([]byte, 32)})},
		"rows":                   {change: rows("keys-admitted/1", "rows", []any{row(3)}), ok: true},
		"no rows":                {change: rows("keys-admitted/1", "rows", []any{}), ok: true},
		"rows elsewhere":         {change: rows("keys-admitted/1", "keys", []any{row(3)})},
		"rows as a map":          {change: rows("keys-admitted/1", "rows", row(3))},
		"rows with a bad one":    {change: rows("keys-admitted/1", "rows", []any{row(3), badRow})},
		"rotated":                {change: rows("key-rotated/1", "row", row(3)), ok: true},
		"rotated, no row":        {change: rows("key-rotated/1", "rows", row(3))},
		"rotated, an array":      {change: rows("key-rotated/1", "row", []any{row(3)})},
		"restored":               {change: rows("supervisor-restored/1", "row", row(3)), ok: true},
		"restored, no row":       {change: rows("supervisor-restored/1", "rows", row(3))},
		"own row":                {change: func(i int, d *draft) { rows("key-rotated/1", "row", row(3))(i, d); d.seed = 3 }},
		"none published":         {change: published(), ok: true},
		"a decoy published":      {change: published(text, decoy)},
		"one published twice":    {change: published(text, text)},
		"another published":      {change: published(openingBytes(1, "text:6", "五尺"))},
		"malformed published":    {change: published([]byte{0xc0})},
		"one name twice": {change: func(_ int, d *draft) {
			d.openings = [][]byte{text, openingBytes(3, "text:6", nil)}
			d.published = d.openings
		}},
		"nil as a value": {change: func(_ int, d *draft) {
			d.openings = [][]byte{text, openingBytes(3, "text:7", nil)}
			d.published = d.openings
		}, ok: true},
	} {
		c := c
		c.alone = !c.ok
		t.Run(name, func(t *testing.T) {
			at := 6
			if c.at == 0 && bytes.Contains([]byte(name), []byte("entry 0")) {
				at = 0
			}
			dir := mirror(t, 9, func(i int, d *draft) {
				if i != at {
					return
				}
				if c.alone {
					d.published = nil
				}
				c.change(i, d)
			})
			if c.ok {
				expect(t, dir, "ok", null)
			} else {
				expect(t, dir, "bad", int64(at))
			}
		})
	}
}

func TestRowsStandFromTheNextEntry(t *testing.T) {
	expect(t, mirror(t, 9, func(i int, d *draft) {
		if i == 4 {
			d.values["kind"], d.values["body"] = "key-rotated/1", mapOf(values{"row": row(3)})
		}
		if i > 4 {
			d.seed = 3
		}
	}), "ok", null)
}

func TestRepeatedStatement(t *testing.T) {
	// The same statement needs the same prev, so its stream has to be spoilt as well: entry 5 again as entry 6.
	var once *draft
	expect(t, mirror(t, 9, func(i int, d *draft) {
		if i == 5 {
			once = d
		}
		if i == 6 {
			d.values, d.seed, d.openings, d.published = once.values, once.seed, once.openings, nil
		}
	}), "bad", 6)
}

// TestFiles spoils the files of a good mirror of 600 entries.
func TestFiles(t *testing.T) {
	dir := mirror(t, 600, nil)
	flip := func(at int) func([]byte) []byte {
		return func(b []byte) []byte { b[at] ^= 1; return b }
	}
	cut := func(b []byte) []byte { return b[:len(b)-1] }
	more := func(b []byte) []byte { return append(b, 0) }
	gone := func([]byte) []byte { return nil }
	for _, c := range []struct {
		path   string
		change func([]byte) []byte
		at     int64
	}{
		{"tile/entries/000", gone, 0}, {"tile/entries/001", gone, 256}, {"tile/entries/002.p/88", gone, 512},
		{"tile/entries/001", cut, 256}, {"tile/entries/001", more, 256}, {"tile/entries/002.p/88", more, 512},
		{"tile/entries/001", flip(40), 256}, {"tile/0/000", flip(32 * 77), 77}, {"tile/0/002.p/88", flip(32*88 - 1), 599},
		{"tile/0/000", gone, 0}, {"tile/0/001", cut, 256}, {"tile/0/001", more, 256}, {"tile/0/002.p/88", gone, 512},
		{"tile/1/000.p/2", gone, null}, {"tile/1/000.p/2", flip(33), null}, {"tile/1/000.p/2", more, null},
		{"policy.txt", gone, null}, {"policy.txt", cut, null}, {"checkpoint", gone, null}, {"checkpoint", cut, null},
		{"checkpoint", flip(2), null}, {"checkpoint", more, null},
	} {
		t.Run(c.path, func(t *testing.T) {
			full := filepath.Join(dir, c.path)
			before, err := os.ReadFile(full)
			if err != nil {
				t.Fatal(err)
			}
			defer put(t, dir, c.path, before)
			if after := c.change(append([]byte{}, before...)); after == nil {
				if err := os.Remove(full); err != nil {
					t.Fatal(err)
				}
			} else {
				put(t, dir, c.path, after)
			}
			expect(t, dir, "bad", c.at)
		})
	}
	expect(t, dir, "ok", null)
	put(t, dir, "tile/0/000.p/7", []byte("of an earlier size"))
	put(t, dir, "notes", []byte("an extra file"))
	expect(t, dir, "ok", null)
}

func TestOpeningsFolder(t *testing.T) {
	for _, name := range []string{"x", hex.EncodeToString(make([]byte, 32))} {
		dir := mirror(t, 9, nil)
		put(t, dir, "openings/"+name, []byte{0x90})
		expect(t, dir, "bad", null)
	}
	dir := mirror(t, 9, func(_ int, d *draft) { d.published = nil })
	put(t, dir, "openings", []byte("no folder"))
	expect(t, dir, "ok", null)

	dir = mirror(t, 9, nil)
	names, err := os.ReadDir(filepath.Join(dir, "openings"))
	if err != nil {
		t.Fatal(err)
	}
	one := filepath.Join(dir, "openings", names[0].Name())
	if err := os.Remove(one); err != nil {
		t.Fatal(err)
	}
	// No regular file has that path any more: it is missing, and its name alone is as it has to be.
	if err := os.Mkdir(one, 0o755); err != nil {
		t.Fatal(err)
	}
	expect(t, dir, "ok", null)
}

func TestAnotherRoot(t *testing.T) {
	dir := mirror(t, 9, nil)
	text := testOrigin + "\n9\n" + base64.StdEncoding.EncodeToString(make([]byte, 32)) + "\n"
	put(t, dir, "checkpoint", []byte(signNote(text, testOrigin, 9)))
	expect(t, dir, "bad", null)
}

func TestNoVerdict(t *testing.T) {
	dir := mirror(t, 2, nil)
	for _, c := range [][2]string{{filepath.Join(dir, "nowhere"), ""}, {dir, filepath.Join(dir, "nowhere")}} {
		if v, err := auditMirror(c[0], c[1]); !isNoVerdict(err) {
			t.Fatalf("%v: %v, %v", c, v, err)
		}
	}
}

func TestReceipt(t *testing.T) {
	files, _, root := ledger(2, nil)
	entries, err := parseBundle(files["tile/entries/000.p/2"], 2)
	if err != nil {
		t.Fatal(err)
	}
	p, err := parsePolicy([]byte("log " + vkeyOf(testOrigin, typeLog, 9) + "\nquorum none\n"))
	if err != nil {
		t.Fatal(err)
	}
	leaf, other := leafHash(entries[1]), leafHash(entries[0])
	b64 := base64.StdEncoding.EncodeToString
	text := fmt.Sprintf("%s\n2\n%s\n", testOrigin, b64(root[:]))
	members := map[string]any{
		"index": 1, "leaf": hex.EncodeToString(leaf[:]), "entry": b64(entries[1]), "status": "witnessed",
		"proof": "c2sp.org/tlog-proof@v1\nindex 1\n" + b64(other[:]) + "\n\n" + signNote(text, testOrigin, 9),
	}
	with := func(key string, v any) []byte {
		changed := map[string]any{}
		for k, old := range members {
			changed[k] = old
		}
		changed[key] = v
		raw, err := json.Marshal(changed)
		if err != nil {
			t.Fatal(err)
		}
		return raw
	}
	plainReceipt := with("index", 1)
	for name, c := range map[string]struct {
		raw  []byte
		want string
	}{
		"as it is":       {plainReceipt, "ok"},
		"index 0":        {with("index", 0), "bad"},
		"index 1.0":      {with("index", json.Number("1.0")), "bad"},
		"index in text":  {with("index", "1"), "bad"},
		"other leaf":     {with("leaf", hex.EncodeToString(other[:])), "bad"},
		"other entry":    {with("entry", b64(entries[0])), "bad"},
		"unknown status": {with("status", "sealed"), "bad"},
		"more members":   {with("more", 1), "bad"},
		"twice":          {bytes.Replace(plainReceipt, []byte("{"), []byte(`{"index":null,`), 1), "bad"},
		"other case":     {bytes.Replace(plainReceipt, []byte("index\":"), []byte("Index\":"), 1), "bad"},
		"trailing":       {append(append([]byte{}, plainReceipt...), "{}"...), "bad"},
		"no JSON":        {[]byte("x"), "bad"},
	} {
		v, err := checkReceipt(c.raw, p)
		if err != nil || v.Verdict != c.want {
			t.Fatalf("%s: %+v, %v", name, v, err)
		}
		if v.Verdict == "ok" && (v.Status != "recorded" || *v.Index != 1) {
			t.Fatalf("%s: %+v", name, v)
		}
	}
	for text, half := range map[string]bool{
		`"\ud83d\ude00"`: false, `"\ud83d"`: true, `"\ude00"`: true, `"\ud83dx\ude00"`: true, `"\\ud83d"`: false, `"\ud83d\n"`: true,
	} {
		if halfSurrogate([]byte(text)) != half {
			t.Fatalf("%s: %v", text, !half)
		}
	}
}

// TestText: what the shared vectors do not ask about notes, policies and proofs.
func TestText(t *testing.T) {
	k, err := parseVkey(vkeyOf("a", typeLog, 9))
	if err != nil {
		t.Fatal(err)
	}
	unknown := "\u2014 b AAAAAAA=\n"
	one := signNote("x\n", "a", 9)
	for text, ok := range map[string]bool{
		signNote("x\xff\n", "a", 9): false, signNote("x\x00\n", "a", 9): false,
		one: true, one + strings.Repeat(unknown, 63): true, one + strings.Repeat(unknown, 64): false,
		one + "\u2014 \x7f\u200b AAAAAAA=\n": true, one + "\u2014 b\u00a0 AAAAAAA=\n": false, one + "\u2014 b AAAAAA==\n": false,
		one + "\u2014 b AAAAAAA= \n": false, one + "\u2014 b AAAA\nAAA=\n": false, "\n": false, "x\n\n": false,
	} {
		if _, err := openNote([]byte(text), []*verifyKey{k, k}); (err == nil) != ok {
			t.Errorf("%q: %v", text, err)
		}
	}
	other := *k
	other.text, other.public = "another", strings.Repeat("x", 32)
	if _, err := openNote([]byte(one), []*verifyKey{k, &other}); err == nil {
		t.Error("two keys with one name and id")
	}
	for _, text := range []string{"", "a", "a+", "a+00000000", "a+00000000+", "+00000000+AQ=="} {
		if _, err := parseVkey(text); err == nil {
			t.Errorf("%q is a vkey", text)
		}
	}
	line := "log " + vkeyOf("a", typeLog, 9)
	for text, ok := range map[string]bool{
		line + "\nquorum none\n": true, "\t" + line + " \t url \n\n \n #x\nquorum  none\t\n": true, line + " u v\nquorum none\n": false,
		"#\x7f\n" + line + "\nquorum none\n": false, "#\x01\n" + line + "\nquorum none\n": false, "#\xff\nquorum none\n": false,
		"": false, "\n": false, "\ufeff" + line + "\nquorum none\n": false, "#\u0085\nquorum none\n": true, "quorum none\n" + line + "\n": true,
	} {
		if _, err := parsePolicy([]byte(text)); (err == nil) != ok {
			t.Errorf("%q: %v", text, err)
		}
	}
	h := base64.StdEncoding.EncodeToString(make([]byte, 32)) + "\n"
	head := "c2sp.org/tlog-proof@v1\n"
	for text, ok := range map[string]bool{
		head + "index 0\n\n": true, head + "index 0\n" + strings.Repeat(h, 63) + "\n": true, head + "\n": false, head + "index0\n\n": false,
		head + "index 0\n" + strings.Repeat(h, 64) + "\n": false, head + "index 0\n": false, head + "Index 0\n\n": false, head + "indexes0\n\n": false,
	} {
		if _, err := parseProof([]byte(text)); (err == nil) != ok {
			t.Errorf("%q: %v", text, err)
		}
	}
	for text, ok := range map[string]bool{
		"0": true, "9223372036854775807": true, "9223372036854775808": false, "18446744073709551617": false, "": false, "00": false, "+1": false, "1_0": false,
	} {
		if _, got := parseDecimal(text); got != ok {
			t.Errorf("%q: %v", text, got)
		}
	}
}
