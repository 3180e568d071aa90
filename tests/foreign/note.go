package main

// Text, keys, signed notes, checkpoints, cosignatures (docs/spec/tree.md, sections 0 and 4 to 6).

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"
)

// parseDecimal accepts 0 or [1-9][0-9]* up to 2^63-1. The library's own parsers also take signs and underscores.
func parseDecimal(s string) (int64, bool) {
	if s == "" || len(s) > 19 || (s[0] == '0' && s != "0") {
		return 0, false
	}
	var n uint64
	for i := 0; i < len(s); i++ {
		if s[i] < '0' || s[i] > '9' {
			return 0, false
		}
		n = n*10 + uint64(s[i]-'0')
	}
	return int64(n), n < 1<<63
}

// parseBase64 accepts one spelling; the library's decoder skips line ends and, unless told, ignores trailing bits.
func parseBase64(s string) ([]byte, bool) {
	b, err := base64.StdEncoding.Strict().DecodeString(s)
	return b, err == nil && base64.StdEncoding.EncodeToString(b) == s
}

func parseHashText(s string) (hash, bool) {
	b, ok := parseBase64(s)
	if !ok || len(b) != sha256.Size {
		return hash{}, false
	}
	return toHash(b), true
}

// checkText refuses what is not UTF-8, and the control characters other than the line end.
func checkText(b []byte) error {
	if !utf8.Valid(b) {
		return errors.New("not UTF-8")
	}
	for _, c := range b {
		if c < 0x20 && c != '\n' {
			return fmt.Errorf("control character %02x", c)
		}
	}
	return nil
}

func validName(s string) bool {
	if s == "" || !utf8.ValidString(s) {
		return false
	}
	for _, r := range s {
		switch {
		case r == '+', r <= 0x20, r == 0x85, r == 0xa0, r == 0x1680, r >= 0x2000 && r <= 0x200a,
			r == 0x2028, r == 0x2029, r == 0x202f, r == 0x205f, r == 0x3000:
			return false
		}
	}
	return true
}

const (
	typeLog     = 0x01
	typeWitness = 0x04
	typeMLDSA   = 0x06
)

var publicLength = map[byte]int{typeLog: 32, typeWitness: 32, typeMLDSA: 1312}

// verifyKey is a trusted key, from its vkey.
type verifyKey struct {
	name   string
	id     [4]byte
	typ    byte
	public string
	text   string
}

func parseVkey(s string) (*verifyKey, error) {
	parts := strings.SplitN(s, "+", 3)
	if len(parts) != 3 || !validName(parts[0]) {
		return nil, errors.New("a vkey is name+id+key")
	}
	typed, ok := parseBase64(parts[2])
	if !ok || len(typed) == 0 {
		return nil, errors.New("the key of a vkey is not strict base64")
	}
	if want, known := publicLength[typed[0]]; !known || len(typed)-1 != want {
		return nil, errors.New("the type or the length of a vkey's key is not known")
	}
	sum := sha256.Sum256(append([]byte(parts[0]+"\n"), typed...))
	if parts[1] != hex.EncodeToString(sum[:4]) {
		return nil, errors.New("the key id of a vkey is not that of its key")
	}
	k := &verifyKey{name: parts[0], typ: typed[0], public: string(typed[1:]), text: s}
	copy(k.id[:], sum[:4])
	return k, nil
}

// verified reports whether the bytes after the key id are this key's signature over the text of a note.
func (k *verifyKey) verified(text, blob []byte) bool {
	public := []byte(k.public)
	if k.typ == typeLog {
		return verifyStrict(public, text, blob)
	}
	message, signature, ok := cosigned(k, text, blob)
	switch {
	case !ok:
		return false
	case k.typ == typeWitness:
		return verifyStrict(public, message, signature)
	default:
		return verifyMLDSA44(public, message, signature)
	}
}

// cosigned gives the bytes that a cosignature of type 04 or 06 signs, and the signature.
func cosigned(k *verifyKey, text, blob []byte) (message, signature []byte, ok bool) {
	if want := map[byte]int{typeWitness: 72, typeMLDSA: 2428}[k.typ]; len(blob) != want {
		return nil, nil, false
	}
	time := binary.BigEndian.Uint64(blob)
	if time < 1 || time >= 1<<63 {
		return nil, nil, false
	}
	if k.typ == typeWitness {
		return append([]byte(fmt.Sprintf("cosignature/v1\ntime %d\n", time)), text...), blob[8:], true
	}
	c, err := parseCheckpoint(text)
	if err != nil || len(k.name) > 255 || len(c.origin) > 255 {
		return nil, nil, false
	}
	m := append([]byte("subtree/v1\n\x00"), byte(len(k.name)))
	m = append(m, k.name...)
	m = append(m, blob[:8]...)
	m = append(append(m, byte(len(c.origin))), c.origin...)
	m = binary.BigEndian.AppendUint64(m, 0)
	m = binary.BigEndian.AppendUint64(m, uint64(c.size))
	return append(m, c.root[:]...), blob[8:], true
}

// note is an opened note: its text and the trusted keys that signed it.
type note struct {
	text []byte
	by   []*verifyKey
}

// place is what a signature line says of its key.
type place struct {
	name string
	id   [4]byte
}

type signatureLine struct {
	place
	blob []byte
}

// parseNote checks the form of a whole note.
func parseNote(raw []byte) (text []byte, lines []signatureLine, err error) {
	if err := checkText(raw); err != nil {
		return nil, nil, err
	}
	split := bytes.LastIndex(raw, []byte("\n\n"))
	if split < 0 || raw[len(raw)-1] != '\n' {
		return nil, nil, errors.New("no empty line, or no line end at the end")
	}
	text = raw[:split+1]
	rest := string(raw[split+2:])
	if rest == "" {
		return nil, nil, errors.New("no signature line")
	}
	for _, line := range strings.Split(strings.TrimSuffix(rest, "\n"), "\n") {
		after, found := cutPrefix(line, "\u2014 ")
		name, coded, more := strings.Cut(after, " ")
		blob, ok := parseBase64(coded)
		if !found || !more || !ok || !validName(name) || len(blob) < 5 {
			return nil, nil, errors.New("a malformed signature line")
		}
		s := signatureLine{place{name: name}, blob[4:]}
		copy(s.id[:], blob)
		lines = append(lines, s)
	}
	if len(lines) > 64 {
		return nil, nil, errors.New("more than 64 signature lines")
	}
	return text, lines, nil
}

// openNote: every line of a trusted key verifies, and there is one.
func openNote(raw []byte, trusted []*verifyKey) (*note, error) {
	known := map[place]*verifyKey{}
	for _, k := range trusted {
		if other := known[place{k.name, k.id}]; other != nil && other.text != k.text {
			return nil, errors.New("two trusted keys have one name and key id")
		}
		known[place{k.name, k.id}] = k
	}
	text, lines, err := parseNote(raw)
	if err != nil {
		return nil, err
	}
	n := &note{text: text}
	counted := map[*verifyKey]bool{}
	for _, line := range lines {
		k := known[line.place]
		if k == nil {
			continue
		}
		if !k.verified(text, line.blob) {
			return nil, fmt.Errorf("a signature of %s does not verify", k.name)
		}
		if !counted[k] {
			counted[k] = true
			n.by = append(n.by, k)
		}
	}
	if len(n.by) == 0 {
		return nil, errors.New("no signature of a trusted key")
	}
	if err := secondOpen(raw, n, known); err != nil {
		return nil, err
	}
	return n, nil
}

type checkpoint struct {
	origin string
	size   int64
	root   hash
}

func parseCheckpoint(text []byte) (*checkpoint, error) {
	if err := checkText(text); err != nil {
		return nil, err
	}
	body := strings.TrimSuffix(string(text), "\n")
	lines := strings.Split(body, "\n")
	if body == string(text) || len(lines) < 3 {
		return nil, errors.New("a checkpoint has three lines or more, each with its line end")
	}
	for _, line := range lines {
		if line == "" {
			return nil, errors.New("an empty line in a checkpoint")
		}
	}
	size, ok := parseDecimal(lines[1])
	root, okRoot := parseHashText(lines[2])
	if !ok || !okRoot {
		return nil, errors.New("the size or the root of a checkpoint is misspelt")
	}
	if size == 0 && root != emptyRoot {
		return nil, errors.New("size 0 with another root than the empty tree's")
	}
	return &checkpoint{lines[0], size, root}, nil
}
