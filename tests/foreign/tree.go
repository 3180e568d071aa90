package main

// Tree, proofs, tiles, bundles (docs/spec/tree.md, sections 1 to 3).

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"math/bits"
	"strings"
)

const tileWidth = 256

type hash = [32]byte

var emptyRoot = hash(sha256.Sum256(nil))

func leafHash(entry []byte) hash {
	h := sha256.New()
	h.Write([]byte{0})
	h.Write(entry)
	return toHash(h.Sum(nil))
}

func nodeHash(left, right hash) hash {
	var b [65]byte
	b[0] = 1
	copy(b[1:], left[:])
	copy(b[33:], right[:])
	return sha256.Sum256(b[:])
}

func toHash(b []byte) (h hash) {
	if len(b) != len(h) {
		panic("a hash has 32 bytes")
	}
	copy(h[:], b)
	return h
}

// rootOf is the definition, read aloud.
func rootOf(leaves []hash) hash {
	switch n := len(leaves); n {
	case 0:
		return emptyRoot
	case 1:
		return leaves[0]
	default:
		k := 1 << (bits.Len(uint(n-1)) - 1)
		return nodeHash(rootOf(leaves[:k]), rootOf(leaves[k:]))
	}
}

// growing is a tree that only grows: the roots of its complete subtrees, largest first.
type growing struct {
	size  uint64
	peaks []hash
}

func (g *growing) add(leaf hash) {
	h := leaf
	for n := g.size; n&1 == 1; n >>= 1 {
		last := len(g.peaks) - 1
		h = nodeHash(g.peaks[last], h)
		g.peaks = g.peaks[:last]
	}
	g.peaks = append(g.peaks, h)
	g.size++
}

func (g *growing) root() hash {
	if g.size == 0 {
		return emptyRoot
	}
	last := len(g.peaks) - 1
	r := g.peaks[last]
	for i := last - 1; i >= 0; i-- {
		r = nodeHash(g.peaks[i], r)
	}
	return r
}

func isHashes(list ...[]byte) bool {
	for _, h := range list {
		if len(h) != sha256.Size {
			return false
		}
	}
	return true
}

func verifyInclusion(leaf []byte, index, size int64, proof [][]byte, root []byte) bool {
	if index < 0 || index >= size || !isHashes(leaf, root) || !isHashes(proof...) {
		return false
	}
	fn, sn, r := uint64(index), uint64(size-1), toHash(leaf)
	for _, raw := range proof {
		p := toHash(raw)
		if sn == 0 {
			return false
		}
		if fn&1 == 1 || fn == sn {
			r = nodeHash(p, r)
			for fn&1 == 0 && fn != 0 {
				fn >>= 1
				sn >>= 1
			}
		} else {
			r = nodeHash(r, p)
		}
		fn >>= 1
		sn >>= 1
	}
	return sn == 0 && r == toHash(root)
}

func verifyConsistency(before, after int64, beforeRoot, afterRoot []byte, proof [][]byte) bool {
	if before < 0 || before > after || !isHashes(beforeRoot, afterRoot) || !isHashes(proof...) {
		return false
	}
	a, b := toHash(beforeRoot), toHash(afterRoot)
	if after == 0 && b != emptyRoot {
		return false
	}
	if before == 0 {
		return len(proof) == 0 && a == emptyRoot
	}
	if before == after {
		return len(proof) == 0 && a == b
	}
	path := proof
	if before&(before-1) == 0 {
		path = append([][]byte{beforeRoot}, proof...)
	}
	if len(path) == 0 {
		return false
	}
	fn, sn := uint64(before-1), uint64(after-1)
	for fn&1 == 1 {
		fn >>= 1
		sn >>= 1
	}
	fr, sr := toHash(path[0]), toHash(path[0])
	for _, raw := range path[1:] {
		p := toHash(raw)
		if sn == 0 {
			return false
		}
		if fn&1 == 1 || fn == sn {
			fr, sr = nodeHash(p, fr), nodeHash(p, sr)
			for fn&1 == 0 && fn != 0 {
				fn >>= 1
				sn >>= 1
			}
		} else {
			sr = nodeHash(sr, p)
		}
		fn >>= 1
		sn >>= 1
	}
	return sn == 0 && fr == a && sr == b
}

// tile names one file of the tree: a tile of hashes, or a bundle (level -1). The width of a full one is 256.
type tile struct {
	level  int
	number int64
	width  int
}

func (t tile) path() string {
	last := fmt.Sprintf("%03d", t.number%1000)
	for n := t.number / 1000; n > 0; n /= 1000 {
		last = fmt.Sprintf("x%03d/", n%1000) + last
	}
	level := "entries"
	if t.level >= 0 {
		level = fmt.Sprint(t.level)
	}
	if t.width != tileWidth {
		last += fmt.Sprintf(".p/%d", t.width)
	}
	return "tile/" + level + "/" + last
}

// parseTilePath reads a path and refuses what path would not write.
func parseTilePath(s string) (tile, error) {
	bad := fmt.Errorf("%q is no path of a tile or a bundle", s)
	rest, found := cutPrefix(s, "tile/")
	level, number, more := strings.Cut(rest, "/")
	if !found || !more {
		return tile{}, bad
	}
	t := tile{level: -1, width: tileWidth}
	if level != "entries" {
		l, ok := parseDecimal(level)
		if !ok || l > 63 {
			return tile{}, bad
		}
		t.level = int(l)
	}
	if before, width, partial := strings.Cut(number, ".p/"); partial {
		w, ok := parseDecimal(width)
		if !ok || w < 1 || w >= tileWidth {
			return tile{}, bad
		}
		number, t.width = before, int(w)
	}
	digits := strings.TrimLeft(strings.NewReplacer("/", "", "x", "").Replace(number), "0")
	if digits == "" {
		digits = "0"
	}
	n, ok := parseDecimal(digits)
	if t.number = n; !ok || t.path() != s {
		return tile{}, bad
	}
	return t, nil
}

func cutPrefix(s, prefix string) (string, bool) {
	return strings.TrimPrefix(s, prefix), strings.HasPrefix(s, prefix)
}

// layout lists the hash tiles that a tree of this size needs, level by level.
func layout(size int64) (list []tile) {
	for level, n := 0, size; n > 0; level, n = level+1, n/tileWidth {
		list = append(list, layoutOf(level, n)...)
	}
	return list
}

func layoutOf(level int, hashes int64) (list []tile) {
	for i := int64(0); i < hashes/tileWidth; i++ {
		list = append(list, tile{level, i, tileWidth})
	}
	if w := hashes % tileWidth; w != 0 {
		list = append(list, tile{level, hashes / tileWidth, int(w)})
	}
	return list
}

// tileAt is the tile (or bundle, level -1) number n of the leaves' level of a tree of this size.
func tileAt(level int, number, size int64) tile {
	width := size - number*tileWidth
	if width > tileWidth {
		width = tileWidth
	}
	return tile{level, number, int(width)}
}

// allTiles computes the bytes of every hash tile from the leaf hashes.
func allTiles(leaves []hash) map[tile][]byte {
	files := map[tile][]byte{}
	for level := 0; len(leaves) > 0; level++ {
		var above []hash
		for _, t := range layoutOf(level, int64(len(leaves))) {
			part := leaves[t.number*tileWidth:][:t.width]
			var data []byte
			for _, h := range part {
				data = append(data, h[:]...)
			}
			files[t] = data
			if t.width == tileWidth {
				above = append(above, rootOf(part))
			}
		}
		leaves = above
	}
	return files
}

// parseTile cuts a tile into its hashes.
func parseTile(data []byte, width int) ([]hash, error) {
	if width < 1 || len(data) != 32*width {
		return nil, fmt.Errorf("a tile of width %d has %d bytes", width, len(data))
	}
	list := make([]hash, width)
	for i := range list {
		list[i] = toHash(data[32*i : 32*i+32])
	}
	return list, nil
}

// parseBundle cuts a bundle into its entries.
func parseBundle(data []byte, width int) ([][]byte, error) {
	var list [][]byte
	for len(data) > 0 {
		if len(list) == width {
			return nil, fmt.Errorf("bytes after entry %d of the bundle", width)
		}
		if len(data) < 2 {
			return nil, errors.New("the bundle ends inside a length")
		}
		n := int(binary.BigEndian.Uint16(data))
		if data = data[2:]; len(data) < n {
			return nil, errors.New("the bundle ends inside an entry")
		}
		list = append(list, data[:n])
		data = data[n:]
	}
	if len(list) != width {
		return nil, fmt.Errorf("the bundle holds %d of %d entries", len(list), width)
	}
	return list, nil
}
