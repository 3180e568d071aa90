package main

// Policies, the acceptance of a checkpoint, proof files (docs/spec/tree.md, sections 7 and 8).

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"
)

type group struct {
	name    string
	needed  int
	members []string
}

type policy struct {
	logs      []*verifyKey
	witnesses map[string]*verifyKey
	groups    []group
	quorum    string

	defined, grouped map[string]bool
}

// Names are compared with all before them: a longer file would keep its reader busy.
const maxPolicyLines = 1000

func parsePolicy(raw []byte) (*policy, error) {
	if !utf8.Valid(raw) {
		return nil, errors.New("not UTF-8")
	}
	for _, c := range raw {
		if c < 0x20 && c != '\n' && c != '\t' || c == 0x7f {
			return nil, fmt.Errorf("control character %02x", c)
		}
	}
	body := strings.TrimSuffix(string(raw), "\n")
	if body == string(raw) {
		return nil, errors.New("no line end at the end")
	}
	if strings.Count(string(raw), "\n") > maxPolicyLines {
		return nil, fmt.Errorf("more than %d lines", maxPolicyLines)
	}
	p := &policy{witnesses: map[string]*verifyKey{}, defined: map[string]bool{}, grouped: map[string]bool{}}
	for i, line := range strings.Split(body, "\n") {
		fields := strings.FieldsFunc(line, func(r rune) bool { return r == ' ' || r == '\t' })
		if len(fields) == 0 || fields[0][0] == '#' {
			continue
		}
		if err := p.line(fields[0], fields[1:]); err != nil {
			return nil, fmt.Errorf("line %d: %w", i+1, err)
		}
	}
	if p.quorum == "" {
		return nil, errors.New("no quorum line")
	}
	return p, nil
}

func (p *policy) line(word string, fields []string) error {
	n := len(fields)
	switch {
	case word == "log" && (n == 1 || n == 2):
		return p.logLine(fields[0])
	case word == "witness" && (n == 2 || n == 3):
		return p.witnessLine(fields[0], fields[1])
	case word == "group" && n >= 3:
		return p.groupLine(fields[0], fields[1], fields[2:])
	case word == "quorum" && n == 1:
		if p.quorum != "" {
			return errors.New("a second quorum")
		}
		if fields[0] != "none" && !p.defined[fields[0]] {
			return errors.New("the quorum is not defined before")
		}
		p.quorum = fields[0]
		return nil
	}
	return errors.New("not a line of a policy")
}

func (p *policy) define(name string) error {
	if name == "none" || p.defined[name] {
		return errors.New("a name is reserved or defined twice")
	}
	p.defined[name] = true
	return nil
}

func (p *policy) logLine(vkey string) error {
	k, err := parseVkey(vkey)
	if err != nil {
		return err
	}
	if k.typ == typeWitness {
		return errors.New("a log's key is of type 01 or 06")
	}
	for _, other := range p.logs {
		if other.public == k.public {
			return errors.New("a log's public key stands twice")
		}
	}
	p.logs = append(p.logs, k)
	return nil
}

func (p *policy) witnessLine(name, vkey string) error {
	k, err := parseVkey(vkey)
	if err != nil {
		return err
	}
	if k.typ == typeLog {
		return errors.New("a witness's key is of type 04 or 06")
	}
	for _, other := range p.witnesses {
		if other.public == k.public {
			return errors.New("a witness's public key stands twice")
		}
	}
	if err := p.define(name); err != nil {
		return err
	}
	p.witnesses[name] = k
	return nil
}

func (p *policy) groupLine(name, needed string, members []string) error {
	for _, m := range members {
		if !p.defined[m] || p.grouped[m] {
			return errors.New("a member is not defined before, or is a member already")
		}
		p.grouped[m] = true
	}
	g := group{name: name, members: members}
	switch needed {
	case "any":
		g.needed = 1
	case "all":
		g.needed = len(members)
	default:
		k, ok := parseDecimal(needed)
		if !ok || k < 1 || k > int64(len(members)) {
			return errors.New("the number that a group needs is misspelt or out of range")
		}
		g.needed = int(k)
	}
	p.groups = append(p.groups, g)
	return p.define(name)
}

// keys are all keys of the policy; one that is a log's and a witness's stands once.
func (p *policy) keys() []*verifyKey {
	list := append([]*verifyKey{}, p.logs...)
	for _, k := range p.witnesses {
		list = append(list, k)
	}
	return list
}

// checkable: this build can check every key of the policy.
func (p *policy) checkable() bool {
	for _, k := range p.keys() {
		if k.typ == typeMLDSA && !haveMLDSA {
			return false
		}
	}
	return true
}

// quorumSpeaks, when exactly these witnesses (by their names in the policy) do.
func (p *policy) quorumSpeaks(witnesses map[string]bool) bool {
	speaks := map[string]bool{"none": true}
	for name, yes := range witnesses {
		speaks[name] = yes
	}
	for _, g := range p.groups {
		count := 0
		for _, m := range g.members {
			if speaks[m] {
				count++
			}
		}
		speaks[g.name] = count >= g.needed
	}
	return speaks[p.quorum]
}

// accept judges a checkpoint note. The names are those of the witnesses that spoke.
func (p *policy) accept(raw []byte) (*checkpoint, map[string]bool, error) {
	n, err := openNote(raw, p.keys())
	if err != nil {
		return nil, nil, err
	}
	c, err := parseCheckpoint(n.text)
	if err != nil {
		return nil, nil, err
	}
	signed := map[string]bool{}
	for _, k := range n.by {
		signed[k.text] = true
	}
	byLog := false
	for _, k := range p.logs {
		byLog = byLog || k.name == c.origin && signed[k.text]
	}
	if !byLog {
		return nil, nil, errors.New("no signature of a log key with the name of the origin")
	}
	spoke := map[string]bool{}
	for name, k := range p.witnesses {
		if signed[k.text] {
			spoke[name] = true
		}
	}
	if !p.quorumSpeaks(spoke) {
		return nil, nil, errors.New("the quorum is not met")
	}
	return c, spoke, nil
}

// proofFile is a parsed proof; the note in it has not been judged.
type proofFile struct {
	index int64
	path  [][]byte
	note  []byte
}

func parseProof(raw []byte) (*proofFile, error) {
	split := bytes.Index(raw, []byte("\n\n"))
	if split < 0 {
		return nil, errors.New("no empty line after the head")
	}
	lines := strings.Split(string(raw[:split]), "\n")
	if lines[0] != "c2sp.org/tlog-proof@v1" {
		return nil, errors.New("another first line")
	}
	lines = lines[1:]
	if len(lines) > 0 && strings.HasPrefix(lines[0], "extra ") {
		if _, ok := parseBase64(lines[0][len("extra "):]); !ok {
			return nil, errors.New("the extra line is misspelt")
		}
		lines = lines[1:]
	}
	if len(lines) == 0 || !strings.HasPrefix(lines[0], "index ") {
		return nil, errors.New("no index line")
	}
	p := &proofFile{note: raw[split+2:]}
	var ok bool
	if p.index, ok = parseDecimal(lines[0][len("index "):]); !ok {
		return nil, errors.New("the index is misspelt")
	}
	if lines = lines[1:]; len(lines) > 63 {
		return nil, errors.New("more than 63 hashes")
	}
	for _, line := range lines {
		h, ok := parseHashText(line)
		if !ok {
			return nil, errors.New("a hash is misspelt")
		}
		p.path = append(p.path, h[:])
	}
	return p, nil
}

// verifyProof checks a proof file for an entry's bytes; it names the place and the witnesses that spoke.
func (p *policy) verifyProof(raw, entry []byte) (index int64, spoke map[string]bool, err error) {
	proof, err := parseProof(raw)
	if err != nil {
		return 0, nil, err
	}
	c, spoke, err := p.accept(proof.note)
	if err != nil {
		return 0, nil, err
	}
	leaf := leafHash(entry)
	good := verifyInclusion(leaf[:], proof.index, c.size, proof.path, c.root[:])
	if err := secondInclusion(good, leaf[:], proof.index, c.size, proof.path, c.root[:]); err != nil {
		return 0, nil, err
	}
	if !good {
		return 0, nil, errors.New("the path does not lead from the entry to the root")
	}
	return proof.index, spoke, nil
}
