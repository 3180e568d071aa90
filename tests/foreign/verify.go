// Verify is a second implementation of level 1 of the audit, written from docs/spec alone.
//
//	verify mirror DIR [--policy FILE]      exit code 0 ok, 1 bad
//	verify receipt FILE --policy FILE      exit code 0 ok, 1 bad
//	verify vectors DIR                     exit code 0 all agreed, 1 a disagreement
//
// Exit code 2: used wrongly. Exit code 3: no verdict, for a reason of the machine or of this program.
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
)

func main() {
	os.Exit(command(os.Args[1:]))
}

// arguments takes one path and, where it is allowed, --policy FILE, in either order.
func arguments(list []string, withPolicy bool) (path, policyFile string, ok bool) {
	for i := 0; i < len(list); i++ {
		switch {
		case withPolicy && list[i] == "--policy" && policyFile == "" && i+1 < len(list) && list[i+1] != "":
			i++
			policyFile = list[i]
		case path == "" && list[i] != "" && list[i][0] != '-':
			path = list[i]
		default:
			return "", "", false
		}
	}
	return path, policyFile, path != ""
}

func command(args []string) int {
	word := ""
	if len(args) > 0 {
		word, args = args[0], args[1:]
	}
	path, policyFile, ok := arguments(args, word != "vectors")
	switch {
	case ok && word == "mirror":
		v, err := auditMirror(path, policyFile)
		if err != nil {
			return failed(err)
		}
		return report(v, v.Verdict)
	case ok && word == "receipt" && policyFile != "":
		v, err := receiptFile(path, policyFile)
		if err != nil {
			return failed(err)
		}
		return report(v, v.Verdict)
	case ok && word == "vectors":
		return vectors(path)
	}
	fmt.Fprintln(os.Stderr, "usage: verify mirror DIR [--policy FILE] | receipt FILE --policy FILE | vectors DIR")
	return 2
}

func receiptFile(path, policyFile string) (*receiptVerdict, error) {
	p, err := loadPolicy(policyFile)
	if err != nil {
		if errors.Is(err, errMissing) {
			err = fmt.Errorf("%s: %w", policyFile, err)
		}
		return nil, &noVerdict{"policy: " + err.Error()}
	}
	raw, err := readFile(path, 0)
	if err != nil {
		return nil, &noVerdict{fmt.Sprintf("%s: %v", path, err)}
	}
	return checkReceipt(raw, p)
}

func failed(err error) int {
	fmt.Fprintln(os.Stderr, "no verdict:", err)
	return 3
}

func report(v any, word string) int {
	e := json.NewEncoder(os.Stdout)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return failed(err)
	}
	if word == "ok" {
		return 0
	}
	return 1
}
