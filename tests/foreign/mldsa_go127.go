//go:build go1.27

package main

import "crypto/mldsa"

// haveMLDSA: keys of type 06 can be checked by this build.
const haveMLDSA = true

func verifyMLDSA44(public, message, signature []byte) bool {
	key, err := mldsa.NewPublicKey(mldsa.MLDSA44(), public)
	return err == nil && mldsa.Verify(key, message, signature, nil) == nil
}
