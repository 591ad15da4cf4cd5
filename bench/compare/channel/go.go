// Copyright 2026 the plait authors. Boost Software License 1.0

// What transfer.hpp asks for, of two goroutines. For chan_threads Go's scheduler has two processors and places the
// goroutines itself: nailed to threads, as the threads of the other peers are, they would pay a switch of threads for
// each wake-up, and nobody writes Go so.
package main

import (
	"runtime"
	"time"

	"../measure"
)

const (
	queueDepth = 1024
	messages   = 4_000_000
)

func main() {
	row := measure.RequestedRow("chan_loop", "chan_threads")
	if row == "chan_loop" {
		runtime.GOMAXPROCS(1)
	} else {
		runtime.GOMAXPROCS(2)
	}

	started := time.Now()
	numbers := make(chan int, queueDepth)
	go func() {
		for i := 1; i <= messages; i++ {
			numbers <- i
		}
	}()
	sum := 0
	for i := 0; i < messages; i++ {
		sum += <-numbers
	}
	elapsed := time.Since(started)
	if sum != messages*(messages+1)/2 {
		measure.Fail("the queue lost or changed a message")
	}
	measure.Report(row, "ns", measure.NanosecondsEach(elapsed, messages), "ns")
}
