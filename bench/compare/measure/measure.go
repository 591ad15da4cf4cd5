// Copyright 2026 the plait authors. Boost Software License 1.0

// Package measure is measure.hpp for the programs in Go: how a program learns which row to measure, and how it hands
// the figure back.
package measure

import (
	"fmt"
	"os"
	"time"
)

// RequestedRow returns the row that the command line asks for, one of known.
func RequestedRow(known ...string) string {
	if len(os.Args) == 2 {
		for _, id := range known {
			if id == os.Args[1] {
				return id
			}
		}
	}
	fmt.Fprintln(os.Stderr, "usage:", os.Args[0], "ROW, where ROW is one of:", known)
	os.Exit(2)
	return ""
}

// Report hands one figure to the runner.
func Report(id, metric string, value float64, unit string) {
	fmt.Printf("RESULT %s %s %.6g %s\n", id, metric, value, unit)
}

// NanosecondsEach is elapsed divided among n.
func NanosecondsEach(elapsed time.Duration, n int) float64 {
	return float64(elapsed.Nanoseconds()) / float64(n)
}

// Fail ends the program with a message; the runner then fails the row.
func Fail(why string) {
	fmt.Fprintln(os.Stderr, why)
	os.Exit(1)
}

// ResidentBytes is how much of this process is in memory.
func ResidentBytes() float64 {
	statm, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		Fail(err.Error())
	}
	var total, resident float64
	if _, err := fmt.Sscan(string(statm), &total, &resident); err != nil {
		Fail("cannot read /proc/self/statm")
	}
	return resident * float64(os.Getpagesize())
}
