// Copyright 2026 the plait authors. Boost Software License 1.0

// What turns.hpp asks for, of goroutines on one thread: one processor of Go's scheduler (GOMAXPROCS).
package main

import (
	"runtime"
	"sync"
	"time"

	"../measure"
)

const (
	totalYields  = 4_000_000
	warmUpRounds = 100
)

func main() {
	row := measure.RequestedRow("yield2", "yield1000")
	goroutines := 2
	if row == "yield1000" {
		goroutines = 1000
	}
	rounds := totalYields / goroutines

	runtime.GOMAXPROCS(1)
	var elapsed time.Duration
	var running sync.WaitGroup
	running.Add(goroutines)
	for i := 0; i < goroutines; i++ {
		go func(index int) {
			defer running.Done()
			for i := 0; i < warmUpRounds; i++ {
				runtime.Gosched()
			}
			started := time.Now()
			for i := 0; i < rounds; i++ {
				runtime.Gosched()
			}
			if index == 0 {
				elapsed = time.Since(started)
			}
		}(i)
	}
	running.Wait()
	measure.Report(row, "ns", measure.NanosecondsEach(elapsed, rounds*goroutines), "ns")
}
