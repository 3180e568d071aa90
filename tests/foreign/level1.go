package main

// Level 1 of the audit of a mirror (docs/spec/audit.md).

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"syscall"
)

type verdict struct {
	Level    int    `json:"level"`
	Verdict  string `json:"verdict"`
	FirstBad *int64 `json:"first_bad"`
	Why      string `json:"why"`
}

func good(format string, a ...any) *verdict {
	return &verdict{Level: 1, Verdict: "ok", Why: fmt.Sprintf(format, a...)}
}

func bad(format string, a ...any) *verdict {
	return &verdict{Level: 1, Verdict: "bad", Why: fmt.Sprintf(format, a...)}
}

func badAt(i int64, why error) *verdict {
	v := bad("%v", why)
	v.FirstBad = &i
	return v
}

func isMissing(err error) bool {
	return errors.Is(err, os.ErrNotExist) || errors.Is(err, syscall.ENOTDIR) ||
		errors.Is(err, syscall.ELOOP) || errors.Is(err, syscall.ENAMETOOLONG)
}

// isFile tells a regular file from a missing one. Every other failure is the machine's.
func isFile(path string) (bool, error) {
	info, err := os.Stat(path)
	switch {
	case err == nil:
		return info.Mode().IsRegular(), nil
	case isMissing(err):
		return false, nil
	default:
		return false, &noVerdict{err.Error()}
	}
}

var errMissing = errors.New("missing")

// readFile reads a file of at most limit bytes (0: any number), or one byte more, so that the length tells.
func readFile(path string, limit int64) ([]byte, error) {
	there, err := isFile(path)
	if err != nil {
		return nil, err
	}
	if !there {
		return nil, errMissing
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, &noVerdict{err.Error()}
	}
	defer f.Close()
	var from io.Reader = f
	if limit > 0 {
		from = io.LimitReader(f, limit+1)
	}
	data, err := io.ReadAll(from)
	if err != nil {
		return nil, &noVerdict{err.Error()}
	}
	return data, nil
}

func isNoVerdict(err error) bool {
	var machine *noVerdict
	return errors.As(err, &machine)
}

// loadPolicy reads and parses a policy. An error is a noVerdict, or says what is wrong with the policy.
func loadPolicy(path string) (*policy, error) {
	raw, err := readFile(path, 0)
	if err != nil {
		return nil, err
	}
	p, err := parsePolicy(raw)
	if err != nil {
		return nil, err
	}
	if !p.checkable() {
		return nil, &noVerdict{"this build cannot check the policy's key of type 06"}
	}
	return p, nil
}

// run is the state of one audit: what the entries so far have laid down.
type run struct {
	dir    string
	origin string
	size   int64

	leaves     []hash
	roots      []hash // roots[n]: of the first n leaves
	tree       growing
	second     replay
	index      map[hash]int64
	statements map[hash]bool
	keys       map[hash]keyRow
	streams    map[string]hash
	recordedAt int64
}

// auditMirror gives a verdict, or an error when there can be none.
func auditMirror(dir, policyFile string) (*verdict, error) {
	if info, err := os.Stat(dir); err != nil || !info.IsDir() {
		return nil, &noVerdict{fmt.Sprintf("%s is not a folder that can be read", dir)}
	}
	note := "under the given policy"
	if policyFile == "" {
		policyFile, note = filepath.Join(dir, "policy.txt"), "under the copy's own policy, not anchored"
	} else if there, err := isFile(policyFile); err != nil || !there {
		return nil, &noVerdict{fmt.Sprintf("%s is not a file that can be read", policyFile)}
	}
	p, err := loadPolicy(policyFile)
	if isNoVerdict(err) {
		return nil, err
	}
	if err != nil {
		return bad("policy: %v", err), nil
	}
	raw, err := readFile(filepath.Join(dir, "checkpoint"), 0)
	if err == nil {
		var c *checkpoint
		if c, _, err = p.accept(raw); err == nil {
			return newRun(dir, c).audit(c, note)
		}
	}
	if isNoVerdict(err) {
		return nil, err
	}
	return bad("checkpoint: %v", err), nil
}

func newRun(dir string, c *checkpoint) *run {
	return &run{
		dir: dir, origin: c.origin, size: c.size, roots: []hash{emptyRoot},
		index: map[hash]int64{}, statements: map[hash]bool{}, keys: map[hash]keyRow{}, streams: map[string]hash{},
	}
}

func (r *run) audit(c *checkpoint, note string) (*verdict, error) {
	for n := int64(0); n <= (r.size-1)/tileWidth && r.size > 0; n++ {
		if v, err := r.bundle(n); v != nil || err != nil {
			return v, err
		}
	}
	if err := r.whole(c.root); err != nil {
		if isNoVerdict(err) {
			return nil, err
		}
		return bad("%v", err), nil
	}
	return good("%d entries, root %x, %s", r.size, c.root, note), nil
}

// bundle checks the entries of bundle n, each completely before the next.
func (r *run) bundle(n int64) (*verdict, error) {
	first := n * tileWidth
	b, t := tileAt(-1, n, r.size), tileAt(0, n, r.size)
	var entries [][]byte
	var hashes []hash
	data, err := readFile(filepath.Join(r.dir, b.path()), int64(b.width)*(2+65535))
	if err == nil {
		entries, err = parseBundle(data, b.width)
	}
	if err == nil {
		if data, err = readFile(filepath.Join(r.dir, t.path()), int64(32*t.width)); err == nil {
			hashes, err = parseTile(data, t.width)
		}
	}
	if isNoVerdict(err) {
		return nil, err
	}
	if err != nil {
		return badAt(first, fmt.Errorf("bundle or tile %d: %w", n, err)), nil
	}
	for j, raw := range entries {
		i := first + int64(j)
		err := errors.New("the leaf hash is not the tile's")
		if leaf := leafHash(raw); leaf == hashes[j] {
			err = r.entry(i, raw, leaf)
		}
		if isNoVerdict(err) {
			return nil, err
		}
		if err != nil {
			return badAt(i, fmt.Errorf("entry %d: %w", i, err)), nil
		}
	}
	return nil, nil
}

// entry makes checks 2 to 12 on entry i.
func (r *run) entry(i int64, raw []byte, leaf hash) error {
	e, err := parseEntry(raw)
	if err != nil {
		return err
	}
	s := e.statement
	rows, err := s.carried()
	if err != nil {
		return err
	}
	if err := r.placed(i, e); err != nil {
		return err
	}
	if err := r.signed(i, e, rows); err != nil {
		return err
	}
	if err := r.published(leaf, s); err != nil {
		return err
	}
	return r.extend(raw, leaf, e, rows)
}

// extend adds a good entry to what later entries may refer to.
func (r *run) extend(raw []byte, leaf hash, e *entry, rows map[hash]keyRow) error {
	for id, row := range rows {
		r.keys[id] = row
	}
	r.statements[e.statement.statementHash] = true
	r.streams[e.statement.stream] = leaf
	r.index[leaf] = int64(len(r.leaves))
	r.recordedAt = e.recordedAt
	r.leaves = append(r.leaves, leaf)
	r.tree.add(leaf)
	r.roots = append(r.roots, r.tree.root())
	return r.second.add(raw)
}

// placed makes checks 4 to 6 and 9 to 11.
func (r *run) placed(i int64, e *entry) error {
	s := e.statement
	if s.ledger != r.origin {
		return errors.New("another ledger")
	}
	if r.statements[s.statementHash] {
		return errors.New("the statement stands before")
	}
	if e.recordedAt < r.recordedAt || e.recordedAt > s.until { // before entry 0 stands 0
		return errors.New("recorded before the entry before (entry 0: before 0), or after until")
	}
	last, open := r.streams[s.stream]
	if open != (s.prev != nil) || open && *s.prev != last {
		return errors.New("prev is not the stream's last entry")
	}
	if s.about != nil {
		if _, there := r.index[*s.about]; !there {
			return errors.New("about is no earlier entry")
		}
	}
	if s.seen != nil {
		if s.seen.size > i || r.roots[s.seen.size] != s.seen.root {
			return errors.New("seen is no earlier tree of this log")
		}
		return r.second.agreeRoot(s.seen.size, s.seen.root)
	}
	return nil
}

// signed makes checks 7 and 8.
func (r *run) signed(i int64, e *entry, own map[hash]keyRow) error {
	rows := r.keys
	if i == 0 {
		rows = own
	}
	row, there := rows[e.statement.by]
	if !there || row.suite != e.suite {
		return errors.New("the key is in no earlier entry, or of another suite")
	}
	if !suites[e.suite].verify(row.public, e.statement.signed, e.signature) {
		return errors.New("the signature does not verify")
	}
	return nil
}

// published makes check 12.
func (r *run) published(leaf hash, s *statement) error {
	file, err := readFile(filepath.Join(r.dir, "openings", hex.EncodeToString(leaf[:])), 0)
	if errors.Is(err, errMissing) {
		return nil
	}
	if err != nil {
		return err
	}
	return checkPublished(file, s)
}

// whole makes the checks of part D.
func (r *run) whole(root hash) error {
	files := allTiles(r.leaves)
	for _, t := range layout(r.size) {
		data, err := readFile(filepath.Join(r.dir, t.path()), int64(32*t.width))
		if isNoVerdict(err) {
			return err
		}
		if err != nil || !bytes.Equal(data, files[t]) {
			return fmt.Errorf("%s is missing or not the recomputed one", t.path())
		}
	}
	mine := r.tree.root()
	if mine != rootOf(r.leaves) {
		return disagreement("two ways to one root")
	}
	if err := r.second.agreeRoot(r.size, mine); err != nil {
		return err
	}
	if err := r.second.agreeTiles(files); err != nil {
		return err
	}
	if mine != root {
		return errors.New("the recomputed root is not the checkpoint's")
	}
	return r.openingNames()
}

func (r *run) openingNames() error {
	folder := filepath.Join(r.dir, "openings")
	info, err := os.Stat(folder)
	if isMissing(err) || err == nil && !info.IsDir() {
		return nil
	}
	names, err := os.ReadDir(folder)
	if err != nil {
		return &noVerdict{err.Error()}
	}
	for _, item := range names {
		raw, err := hex.DecodeString(item.Name())
		if err != nil || len(raw) != 32 || hex.EncodeToString(raw) != item.Name() {
			return fmt.Errorf("openings/%q is no leaf hash", item.Name())
		}
		if _, there := r.index[toHash(raw)]; !there {
			return fmt.Errorf("openings/%s is of no entry", item.Name())
		}
	}
	return nil
}
