package main

// Statements, entries, openings: their form and their hashes (docs/spec/bytes.md, sections 2, 3 and 5).

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"strings"
)

const maxSafe = 1<<53 - 1

// suiteForm is one row of the table of suites: the lengths of a public key and a signature (0: its check says), and the check.
type suiteForm struct {
	public, signature int
	verify            func(public, message, signature []byte) bool
}

var suites = map[string]suiteForm{
	"ed25519-v1":  {32, 64, verifyStrict},
	"webauthn-v1": {0, 0, verifyPasskey},
}

// lengthOfKey is that of its suite; a suite that is not known may be nobody's yet, and has 32 bytes.
func lengthOfKey(suite string, public []byte) bool {
	form, known := suites[suite]
	return len(public) == 32 || known && form.public == 0
}

type seen struct {
	size int64
	root hash
}

type statement struct {
	about, prev   *hash
	by            hash
	at, until     int64
	body          *dict
	kind, ledger  string
	stream        string
	sealed        []hash
	seen          *seen
	signed        []byte
	statementHash hash
}

type entry struct {
	statement  *statement
	suite      string
	signature  []byte
	recordedAt int64
}

func joined(parts ...string) []byte { return []byte(strings.Join(parts, "\x00")) }

func keyID(suite string, public []byte) hash {
	return sha256.Sum256(joined(suite, string(public)))
}

func printable(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] < 0x21 || s[i] > 0x7e {
			return false
		}
	}
	return true
}

// plain checks the integers and the strings of a statement at every depth.
func plain(v any) error {
	switch x := v.(type) {
	case uint64:
		if x > maxSafe {
			return errors.New("an integer above 2^53-1")
		}
	case int64:
		if x < -maxSafe {
			return errors.New("an integer below -(2^53-1)")
		}
	case string:
		if !printable(x) {
			return errors.New("a string that is not printable ASCII")
		}
	case []any:
		for _, e := range x {
			if err := plain(e); err != nil {
				return err
			}
		}
	case *dict:
		for i, k := range x.keys {
			if !printable(k) {
				return errors.New("a key that is not printable ASCII")
			}
			if err := plain(x.vals[i]); err != nil {
				return err
			}
		}
	}
	return nil
}

func validStream(s string) bool {
	segments := strings.Split(s, "/")
	if len(segments) > 4 {
		return false
	}
	for _, seg := range segments {
		if seg == "" || len(seg) > 64 || seg[0] == '-' {
			return false
		}
		for _, c := range []byte(seg) {
			if !(c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '-') {
				return false
			}
		}
	}
	return true
}

// fields takes values out of a statement and remembers the first that is not of its type.
type fields struct {
	from *dict
	err  error
}

func (f *fields) any(key string) any {
	v, _ := f.from.get(key)
	return v
}

func (f *fields) bad(key string) {
	if f.err == nil {
		f.err = fmt.Errorf("%s has not its type", key)
	}
}

func asInteger(v any) (int64, bool) {
	switch x := v.(type) {
	case uint64:
		return int64(x), x <= maxSafe
	case int64:
		return x, x >= -maxSafe
	}
	return 0, false
}

func asHash(v any) (hash, bool) {
	if b, ok := v.([]byte); ok && len(b) == sha256.Size {
		return toHash(b), true
	}
	return hash{}, false
}

func (f *fields) integer(key string) int64 {
	n, ok := asInteger(f.any(key))
	if !ok {
		f.bad(key)
	}
	return n
}

func (f *fields) hash(key string) hash {
	h, ok := asHash(f.any(key))
	if !ok {
		f.bad(key)
	}
	return h
}

func (f *fields) hashOrNil(key string) *hash {
	if f.any(key) == nil {
		return nil
	}
	h := f.hash(key)
	return &h
}

func (f *fields) name(key string) string {
	s, ok := f.any(key).(string)
	if !ok || s == "" {
		f.bad(key)
	}
	return s
}

func (f *fields) sealed() (list []hash) {
	values, ok := f.any("sealed").([]any)
	if !ok {
		f.bad("sealed")
	}
	for i, v := range values {
		h, ok := asHash(v)
		if !ok || i > 0 && bytes.Compare(list[i-1][:], h[:]) >= 0 {
			f.bad("sealed")
			return nil
		}
		list = append(list, h)
	}
	return list
}

func (f *fields) seen() *seen {
	v := f.any("seen")
	if v == nil {
		return nil
	}
	pair, ok := v.([]any)
	if !ok || len(pair) != 2 {
		f.bad("seen")
		return nil
	}
	size, okSize := asInteger(pair[0])
	root, okRoot := asHash(pair[1])
	if !okSize || !okRoot || size < 0 {
		f.bad("seen")
	}
	return &seen{size, root}
}

var statementKeys = []string{"about", "at", "body", "by", "kind", "ledger", "prev", "sealed", "seen", "stream", "until"}

func parseStatement(raw []byte) (*statement, error) {
	v, err := decode(raw)
	if err != nil {
		return nil, err
	}
	d, ok := v.(*dict)
	if !ok {
		return nil, errors.New("not a map")
	}
	if strings.Join(d.keys, " ") != strings.Join(statementKeys, " ") {
		return nil, errors.New("not exactly the eleven keys")
	}
	if err := plain(d); err != nil {
		return nil, err
	}
	f := &fields{from: d}
	s := &statement{
		about: f.hashOrNil("about"), prev: f.hashOrNil("prev"), by: f.hash("by"),
		at: f.integer("at"), until: f.integer("until"),
		kind: f.name("kind"), ledger: f.name("ledger"), stream: f.name("stream"),
		sealed: f.sealed(), seen: f.seen(),
	}
	if s.body, ok = f.any("body").(*dict); !ok {
		f.bad("body")
	}
	if !validStream(s.stream) {
		f.bad("stream")
	}
	s.signed = joined("liuchi/statement/v1", string(raw))
	s.statementHash = sha256.Sum256(s.signed)
	return s, f.err
}

func parseEntry(raw []byte) (*entry, error) {
	if len(raw) > 65535 {
		return nil, errors.New("an entry of more than 65,535 bytes")
	}
	v, err := decode(raw)
	if err != nil {
		return nil, fmt.Errorf("entry: %w", err)
	}
	list, ok := v.([]any)
	if !ok || len(list) != 4 {
		return nil, errors.New("entry: not an array of four")
	}
	inner, ok0 := list[0].([]byte)
	suite, ok1 := list[1].(string)
	signature, ok2 := list[2].([]byte)
	recordedAt, ok3 := asInteger(list[3])
	if !ok0 || !ok1 || !ok2 || !ok3 {
		return nil, errors.New("entry: an element has not its type")
	}
	form, known := suites[suite]
	if !known || form.signature != 0 && len(signature) != form.signature {
		return nil, errors.New("entry: an unknown suite, or a signature of another length")
	}
	s, err := parseStatement(inner)
	if err != nil {
		return nil, fmt.Errorf("statement: %w", err)
	}
	return &entry{s, suite, signature, recordedAt}, nil
}

// carried gives the key rows of an entry's body, by their key ids. Four kinds have some.
func (s *statement) carried() (map[hash]keyRow, error) {
	var rows []any
	ok := true
	switch s.kind {
	case "ledger-founded/1":
		v, _ := s.body.get("keys")
		rows, ok = v.([]any)
	case "keys-admitted/1":
		v, _ := s.body.get("rows")
		rows, ok = v.([]any)
	case "key-rotated/1", "supervisor-restored/1":
		v, there := s.body.get("row")
		rows, ok = []any{v}, there
	}
	if !ok {
		return nil, errors.New("the field with the key rows is not there, or no array")
	}
	found := map[hash]keyRow{}
	for _, v := range rows {
		row, ok := v.(*dict)
		if !ok {
			return nil, errors.New("a key row is no map")
		}
		suiteValue, _ := row.get("suite")
		publicValue, _ := row.get("public")
		suite, ok1 := suiteValue.(string)
		public, ok2 := publicValue.([]byte)
		if !ok1 || !ok2 || !lengthOfKey(suite, public) {
			return nil, errors.New("a key row without suite and public key")
		}
		found[keyID(suite, public)] = keyRow{suite, public}
	}
	return found, nil
}

type keyRow struct {
	suite  string
	public []byte
}

type opening struct {
	name   string
	value  any
	digest hash
}

func openingContext(ledger, stream string, prev *hash) hash {
	p := "-"
	if prev != nil {
		p = string(prev[:])
	}
	return sha256.Sum256(joined(ledger, stream, p))
}

// parseOpening checks that one opening is well-formed and computes its digest in this place.
func parseOpening(raw []byte, context hash) (*opening, error) {
	v, err := decode(raw)
	if err != nil {
		return nil, fmt.Errorf("opening: %w", err)
	}
	list, ok := v.([]any)
	if !ok || len(list) != 3 {
		return nil, errors.New("opening: not an array of three")
	}
	salt, ok0 := list[0].([]byte)
	name, ok1 := list[1].(string)
	if !ok0 || !ok1 || len(salt) != 16 || name == "" && list[2] != nil {
		return nil, errors.New("opening: the salt, the name or a decoy's value is not what it has to be")
	}
	return &opening{name, list[2], sha256.Sum256(joined("liuchi/opening/v1", string(context[:])+string(raw)))}, nil
}

// checkOpenings judges a set of openings of one statement: none opens nothing, nothing is opened two ways.
func checkOpenings(list [][]byte, s *statement) ([]*opening, error) {
	sealed := map[hash]bool{}
	for _, h := range s.sealed {
		sealed[h] = true
	}
	context := openingContext(s.ledger, s.stream, s.prev)
	digests, names := map[hash]bool{}, map[string]bool{}
	var found []*opening
	for _, raw := range list {
		o, err := parseOpening(raw, context)
		switch {
		case err != nil:
			return nil, err
		case !sealed[o.digest]:
			return nil, errors.New("opening: its digest is not sealed here")
		case digests[o.digest]:
			return nil, errors.New("opening: one digest twice")
		case o.name != "" && names[o.name]:
			return nil, errors.New("opening: one name twice")
		}
		digests[o.digest], names[o.name] = true, true
		found = append(found, o)
	}
	return found, nil
}

// checkPublished judges the file of an entry's published openings.
func checkPublished(file []byte, s *statement) error {
	v, err := decode(file)
	if err != nil {
		return fmt.Errorf("openings: %w", err)
	}
	values, ok := v.([]any)
	if !ok {
		return errors.New("openings: not an array")
	}
	var list [][]byte
	for _, v := range values {
		raw, ok := v.([]byte)
		if !ok {
			return errors.New("openings: an element is no binary")
		}
		list = append(list, raw)
	}
	found, err := checkOpenings(list, s)
	if err != nil {
		return err
	}
	for _, o := range found {
		if o.name == "" {
			return errors.New("openings: a decoy is published")
		}
	}
	return nil
}
