package main

// Strict Ed25519 (docs/spec/suites.md): what every verifier in the field accepts, and nothing else.

import (
	"bytes"
	"crypto/ed25519"
	"encoding/hex"
	"math/big"
)

// The fourteen encodings of points of small order.
var smallOrder = func() (list [][]byte) {
	for _, h := range []string{
		"0100000000000000000000000000000000000000000000000000000000000000",
		"ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
		"0000000000000000000000000000000000000000000000000000000000000000",
		"0000000000000000000000000000000000000000000000000000000000000080",
		"26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
		"26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
		"c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
		"c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
		"0100000000000000000000000000000000000000000000000000000000000080",
		"ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
		"edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
		"edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
		"eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
		"eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
	} {
		b, err := hex.DecodeString(h)
		if err != nil {
			panic(err)
		}
		list = append(list, b)
	}
	return list
}()

var (
	fieldPrime, _ = new(big.Int).SetString("57896044618658097711785492504343953926634992332820282019728792003956564819949", 10)
	groupOrder, _ = new(big.Int).SetString("7237005577332262213973186563042994240857116359379907606001950938285454250989", 10)
)

func littleEndian(b []byte) *big.Int {
	turned := make([]byte, len(b))
	for i, x := range b {
		turned[len(b)-1-i] = x
	}
	return new(big.Int).SetBytes(turned)
}

func isSmallOrder(point []byte) bool {
	for _, s := range smallOrder {
		if bytes.Equal(s, point) {
			return true
		}
	}
	return false
}

func verifyStrict(public, message, signature []byte) bool {
	if len(public) != 32 || len(signature) != 64 {
		return false
	}
	if littleEndian(signature[32:]).Cmp(groupOrder) >= 0 {
		return false
	}
	y := append([]byte{}, public...)
	y[31] &= 0x7f
	if littleEndian(y).Cmp(fieldPrime) >= 0 {
		return false
	}
	if isSmallOrder(public) || isSmallOrder(signature[:32]) {
		return false
	}
	return ed25519.Verify(public, message, signature)
}
