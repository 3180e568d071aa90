package main

// Canonical MessagePack (docs/spec/bytes.md, section 1): a strict decoder and the writer.
//
// A decoded value is one of: nil, bool, uint64 (0 and above), int64 (below 0), string, []byte, []any, *dict.

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"unicode/utf8"
)

const maxDepth = 16

// dict is a map in the order of its bytes, which is the only order there is.
type dict struct {
	keys []string
	vals []any
}

func (d *dict) get(key string) (any, bool) {
	for i, k := range d.keys {
		if k == key {
			return d.vals[i], true
		}
	}
	return nil, false
}

var errCut = errors.New("the input ends inside a value")

// decode reads exactly one canonical value, writes it out again and compares.
func decode(input []byte) (any, error) {
	r := &reader{rest: input}
	v, err := r.value(0)
	if err != nil {
		return nil, err
	}
	if len(r.rest) != 0 {
		return nil, fmt.Errorf("%d bytes after the value", len(r.rest))
	}
	if string(encode(nil, v)) != string(input) {
		return nil, errors.New("written out again, the value has other bytes")
	}
	return v, nil
}

type reader struct{ rest []byte }

func (r *reader) take(n uint64) ([]byte, error) {
	if n > uint64(len(r.rest)) {
		return nil, errCut
	}
	got := r.rest[:n]
	r.rest = r.rest[n:]
	return got, nil
}

// number reads an unsigned big-endian number of 1, 2, 4 or 8 bytes.
func (r *reader) number(width uint64) (uint64, error) {
	raw, err := r.take(width)
	if err != nil {
		return 0, err
	}
	var n uint64
	for _, b := range raw {
		n = n<<8 | uint64(b)
	}
	return n, nil
}

// length reads a length field that must not have fitted a shorter one: it is at least least.
func (r *reader) length(width, least uint64) (uint64, error) {
	n, err := r.number(width)
	if err == nil && n < least {
		err = errors.New("a length is not in its shortest form")
	}
	return n, err
}

func (r *reader) value(open int) (any, error) {
	head, err := r.take(1)
	if err != nil {
		return nil, err
	}
	switch b := head[0]; {
	case b <= 0x7f:
		return uint64(b), nil
	case b <= 0x8f:
		return r.dict(uint64(b&0x0f), open)
	case b <= 0x9f:
		return r.array(uint64(b&0x0f), open)
	case b <= 0xbf:
		return r.text(uint64(b & 0x1f))
	case b >= 0xe0:
		return int64(int8(b)), nil
	case b == 0xc0:
		return nil, nil
	case b == 0xc2:
		return false, nil
	case b == 0xc3:
		return true, nil
	case b >= 0xcc && b <= 0xcf:
		return r.unsigned(b - 0xcc)
	case b >= 0xd0 && b <= 0xd3:
		return r.negative(b - 0xd0)
	default:
		return r.long(b, open)
	}
}

// long reads a value whose head byte is followed by a length field of 1, 2 or 4 bytes.
func (r *reader) long(b byte, open int) (any, error) {
	var n uint64
	var err error
	switch b {
	case 0xc4, 0xc5, 0xc6:
		least := []uint64{0, 1 << 8, 1 << 16}[b-0xc4]
		if n, err = r.length(1<<(b-0xc4), least); err != nil {
			return nil, err
		}
		raw, err := r.take(n)
		if err != nil {
			return nil, err
		}
		return append([]byte{}, raw...), nil
	case 0xd9, 0xda, 0xdb:
		least := []uint64{32, 1 << 8, 1 << 16}[b-0xd9]
		if n, err = r.length(1<<(b-0xd9), least); err != nil {
			return nil, err
		}
		return r.text(n)
	case 0xdc, 0xdd:
		least := []uint64{16, 1 << 16}[b-0xdc]
		if n, err = r.length(2<<(b-0xdc), least); err != nil {
			return nil, err
		}
		return r.array(n, open)
	case 0xde, 0xdf:
		least := []uint64{16, 1 << 16}[b-0xde]
		if n, err = r.length(2<<(b-0xde), least); err != nil {
			return nil, err
		}
		return r.dict(n, open)
	}
	return nil, fmt.Errorf("byte %02x begins no value of ours", b)
}

func (r *reader) unsigned(power byte) (any, error) {
	n, err := r.number(1 << power)
	if err != nil {
		return nil, err
	}
	if n < []uint64{1 << 7, 1 << 8, 1 << 16, 1 << 32}[power] {
		return nil, errors.New("an integer is not in its shortest form")
	}
	return n, nil
}

func (r *reader) negative(power byte) (any, error) {
	n, err := r.number(1 << power)
	if err != nil {
		return nil, err
	}
	shift := 64 - 8<<power
	signed := int64(n<<shift) >> shift
	if signed > []int64{-33, math.MinInt8 - 1, math.MinInt16 - 1, math.MinInt32 - 1}[power] {
		return nil, errors.New("an integer is not in its shortest or not in its unsigned form")
	}
	return signed, nil
}

func (r *reader) text(n uint64) (any, error) {
	raw, err := r.take(n)
	if err != nil {
		return nil, err
	}
	if !utf8.Valid(raw) {
		return nil, errors.New("a string is not UTF-8")
	}
	return string(raw), nil
}

func (r *reader) enter(n, bytesEach uint64, open int) error {
	if open >= maxDepth {
		return errors.New("more than 16 containers are open")
	}
	if n > uint64(len(r.rest))/bytesEach {
		return errCut
	}
	return nil
}

func (r *reader) array(n uint64, open int) (any, error) {
	if err := r.enter(n, 1, open); err != nil {
		return nil, err
	}
	list := []any{}
	for ; n > 0; n-- {
		v, err := r.value(open + 1)
		if err != nil {
			return nil, err
		}
		list = append(list, v)
	}
	return list, nil
}

func (r *reader) dict(n uint64, open int) (any, error) {
	if err := r.enter(n, 2, open); err != nil {
		return nil, err
	}
	d := &dict{}
	for ; n > 0; n-- {
		k, err := r.value(open + 1)
		if err != nil {
			return nil, err
		}
		key, ok := k.(string)
		if !ok {
			return nil, errors.New("a map key is no string")
		}
		if last := len(d.keys) - 1; last >= 0 && d.keys[last] >= key {
			return nil, errors.New("map keys do not ascend")
		}
		v, err := r.value(open + 1)
		if err != nil {
			return nil, err
		}
		d.keys = append(d.keys, key)
		d.vals = append(d.vals, v)
	}
	return d, nil
}

// encode appends the one spelling of v. It knows no depth and no key order: decode has judged both.
func encode(to []byte, v any) []byte {
	switch x := v.(type) {
	case nil:
		return append(to, 0xc0)
	case bool:
		if x {
			return append(to, 0xc3)
		}
		return append(to, 0xc2)
	case uint64:
		return encodeUnsigned(to, x)
	case int64:
		return encodeNegative(to, x)
	case string:
		return append(encodeHead(to, len(x), 0xa0, 32, 0xd9, 0xda, 0xdb), x...)
	case []byte:
		return append(encodeHead(to, len(x), 0, 0, 0xc4, 0xc5, 0xc6), x...)
	case []any:
		to = encodeHead(to, len(x), 0x90, 16, 0, 0xdc, 0xdd)
		for _, e := range x {
			to = encode(to, e)
		}
		return to
	case *dict:
		to = encodeHead(to, len(x.keys), 0x80, 16, 0, 0xde, 0xdf)
		for i, k := range x.keys {
			to = encode(encode(to, k), x.vals[i])
		}
		return to
	}
	panic(fmt.Sprintf("a value of type %T has no form", v))
}

// encodeHead writes a length: within the head byte below short, then in 1 (if one is given), 2 or 4 bytes.
func encodeHead(to []byte, n int, base byte, short int, one, two, four byte) []byte {
	switch {
	case n < short:
		return append(to, base+byte(n))
	case one != 0 && n < 1<<8:
		return append(to, one, byte(n))
	case n < 1<<16:
		return binary.BigEndian.AppendUint16(append(to, two), uint16(n))
	default:
		return binary.BigEndian.AppendUint32(append(to, four), uint32(n))
	}
}

func encodeUnsigned(to []byte, n uint64) []byte {
	switch {
	case n < 1<<7:
		return append(to, byte(n))
	case n < 1<<8:
		return append(to, 0xcc, byte(n))
	case n < 1<<16:
		return binary.BigEndian.AppendUint16(append(to, 0xcd), uint16(n))
	case n < 1<<32:
		return binary.BigEndian.AppendUint32(append(to, 0xce), uint32(n))
	default:
		return binary.BigEndian.AppendUint64(append(to, 0xcf), n)
	}
}

func encodeNegative(to []byte, n int64) []byte {
	switch {
	case n >= -32:
		return append(to, byte(n))
	case n >= math.MinInt8:
		return append(to, 0xd0, byte(n))
	case n >= math.MinInt16:
		return binary.BigEndian.AppendUint16(append(to, 0xd1), uint16(n))
	case n >= math.MinInt32:
		return binary.BigEndian.AppendUint32(append(to, 0xd2), uint32(n))
	default:
		return binary.BigEndian.AppendUint64(append(to, 0xd3), uint64(n))
	}
}
