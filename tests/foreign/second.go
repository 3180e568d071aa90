package main

// The second opinion: golang.org/x/mod/sumdb/note and tlog, written by others. It never decides. Where our own code
// says yes, theirs has to agree; if it does not, one of the two is wrong and there is no verdict at all.
//
// Not used: TileHashReader (before x/mod 0.40 it leaves tiles unauthenticated), ParseTree, TreeHash(0).

import (
	"encoding/binary"
	"fmt"

	sumnote "golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// noVerdict is a reason of the machine (or of this program), not of the mirror.
type noVerdict struct{ why string }

func (e *noVerdict) Error() string { return e.why }

func disagreement(format string, a ...any) error {
	return &noVerdict{"the two implementations in this program disagree: " + fmt.Sprintf(format, a...)}
}

// ours is a key in the shape that the library's Open expects, for the types that the library does not know.
type ours struct{ *verifyKey }

func (o ours) Name() string                 { return o.name }
func (o ours) KeyHash() uint32              { return binary.BigEndian.Uint32(o.id[:]) }
func (o ours) Verify(text, sig []byte) bool { return o.verified(text, sig) }

// secondOpen: a note that we opened opens with the library too, with the same text and by the same keys.
func secondOpen(raw []byte, n *note, known map[place]*verifyKey) error {
	var list []sumnote.Verifier
	for _, k := range known {
		if k.typ != typeLog {
			list = append(list, ours{k})
			continue
		}
		v, err := sumnote.NewVerifier(k.text)
		if err != nil {
			return disagreement("vkey of %s: %v", k.name, err)
		}
		list = append(list, v)
	}
	theirs, err := sumnote.Open(raw, sumnote.VerifierList(list...))
	if err != nil {
		return disagreement("note: %v", err)
	}
	// Open is content with one good signature: count and compare them all.
	if theirs.Text != string(n.text) || len(theirs.Sigs) != len(n.by) {
		return disagreement("text or number of signatures of a note")
	}
	for i, s := range theirs.Sigs {
		if k := n.by[i]; s.Name != k.name || s.Hash != (ours{k}).KeyHash() {
			return disagreement("signature %d of a note", i)
		}
	}
	return nil
}

func theirHashes(list [][]byte) (theirs []tlog.Hash) {
	for _, h := range list {
		theirs = append(theirs, toHash(h))
	}
	return theirs
}

func secondInclusion(good bool, leaf []byte, index, size int64, proof [][]byte, root []byte) error {
	if index < 0 || index >= size || !isHashes(leaf, root) || !isHashes(proof...) {
		return nil
	}
	err := tlog.CheckRecord(theirHashes(proof), size, toHash(root), index, toHash(leaf))
	if good != (err == nil) {
		return disagreement("inclusion of %d in %d: %v, %v", index, size, good, err)
	}
	return nil
}

func secondConsistency(good bool, before, after int64, beforeRoot, afterRoot []byte, proof [][]byte) error {
	if before < 1 || before > after || !isHashes(beforeRoot, afterRoot) || !isHashes(proof...) {
		return nil
	}
	err := tlog.CheckTree(theirHashes(proof), after, toHash(afterRoot), before, toHash(beforeRoot))
	if good != (err == nil) {
		return disagreement("consistency of %d with %d: %v, %v", before, after, good, err)
	}
	return nil
}

// replay is the library's tree, built from the entries' bytes.
type replay struct {
	size   int64
	stored []tlog.Hash
}

func (r *replay) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	list := make([]tlog.Hash, len(indexes))
	for i, at := range indexes {
		if at < 0 || at >= int64(len(r.stored)) {
			return nil, fmt.Errorf("hash %d is not stored", at)
		}
		list[i] = r.stored[at]
	}
	return list, nil
}

func (r *replay) add(entry []byte) error {
	list, err := tlog.StoredHashes(r.size, entry, r)
	if err != nil {
		return disagreement("entry %d: %v", r.size, err)
	}
	r.stored = append(r.stored, list...)
	r.size++
	return nil
}

// agreeRoot compares the root of the first size entries. The library has no true root for size 0.
func (r *replay) agreeRoot(size int64, root hash) error {
	if size == 0 {
		return nil
	}
	theirs, err := tlog.TreeHash(size, r)
	if err != nil || theirs != root {
		return disagreement("root of %d entries: %v", size, err)
	}
	return nil
}

// agreeTiles compares every computed tile, byte by byte.
func (r *replay) agreeTiles(files map[tile][]byte) error {
	for t, data := range files {
		theirs, err := tlog.ReadTileData(tlog.Tile{H: 8, L: t.level, N: t.number, W: t.width}, r)
		if err != nil || string(theirs) != string(data) {
			return disagreement("%s: %v", t.path(), err)
		}
	}
	return nil
}
