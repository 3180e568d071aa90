package main

// Receipts (docs/spec/mirror.md). The library's decoder takes a key twice, keys in another case, and half a
// surrogate pair; all three are refused here.

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"unicode/utf8"
)

type receiptVerdict struct {
	Verdict string `json:"verdict"`
	Index   *int64 `json:"index"`
	Status  string `json:"status"`
	Why     string `json:"why"`
}

// halfSurrogate finds an escape \uD800 … \uDFFF that is not one of a pair. The input is valid JSON.
func halfSurrogate(raw []byte) bool {
	high := false
	for i := 0; i < len(raw); i++ {
		step, unit := 0, uint64(0)
		if raw[i] == '\\' {
			step = 1
			if raw[i+1] == 'u' {
				step = 5
				unit, _ = strconv.ParseUint(string(raw[i+2:i+6]), 16, 32)
			}
		}
		low := unit >= 0xdc00 && unit <= 0xdfff
		if high != low {
			return true
		}
		high = unit >= 0xd800 && unit <= 0xdbff
		i += step
	}
	return high
}

// flatObject reads a JSON object of strings and numbers, each member once.
func flatObject(raw []byte) (map[string]json.Token, error) {
	if !utf8.Valid(raw) || !json.Valid(raw) || halfSurrogate(raw) {
		return nil, errors.New("not JSON in UTF-8")
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return nil, errors.New("not an object")
	}
	members := map[string]json.Token{}
	for d.More() {
		key, err := d.Token()
		if err != nil {
			return nil, err
		}
		value, err := d.Token()
		if err != nil {
			return nil, err
		}
		name, _ := key.(string)
		_, nested := value.(json.Delim)
		if _, twice := members[name]; nested || twice {
			return nil, fmt.Errorf("member %q is nested or stands twice", name)
		}
		members[name] = value
	}
	if _, err := d.Token(); err != nil {
		return nil, err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("something after the object")
	}
	return members, nil
}

func checkReceipt(raw []byte, p *policy) (*receiptVerdict, error) {
	index, status, err := readReceipt(raw, p)
	if isNoVerdict(err) {
		return nil, err
	}
	if err != nil {
		return &receiptVerdict{Verdict: "bad", Why: err.Error()}, nil
	}
	return &receiptVerdict{Verdict: "ok", Index: &index, Status: status, Why: "the entry is in the tree under the policy"}, nil
}

func readReceipt(raw []byte, p *policy) (int64, string, error) {
	members, err := flatObject(raw)
	if err != nil {
		return 0, "", err
	}
	number, ok0 := members["index"].(json.Number)
	leafText, ok1 := members["leaf"].(string)
	entryText, ok2 := members["entry"].(string)
	proof, ok3 := members["proof"].(string)
	status, ok4 := members["status"].(string)
	if len(members) != 5 || !ok0 || !ok1 || !ok2 || !ok3 || !ok4 {
		return 0, "", errors.New("not exactly the five members with their types")
	}
	index, ok := parseDecimal(number.String())
	if !ok {
		return 0, "", errors.New("the index is no decimal")
	}
	entry, ok := parseBase64(entryText)
	if !ok {
		return 0, "", errors.New("the entry is not strict base64")
	}
	if leaf := leafHash(entry); hex.EncodeToString(leaf[:]) != leafText {
		return 0, "", errors.New("leaf is not the leaf hash of entry")
	}
	if status != "recorded" && status != "witnessed" {
		return 0, "", errors.New("an unknown status")
	}
	place, _, err := p.verifyProof([]byte(proof), entry)
	if err != nil {
		return 0, "", err
	}
	if place != index {
		return 0, "", errors.New("the proof is for another index")
	}
	// The ledger's word on the status is not believed: a quorum that is none is no witness.
	if p.quorum == "none" {
		return index, "recorded", nil
	}
	return index, "witnessed", nil
}
