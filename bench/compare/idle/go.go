// Copyright 2026 the plait authors. Boost Software License 1.0

// What sleepers.hpp asks for, of goroutines. Their stacks begin with 2 KiB and are moved when they have to grow, so
// nothing is reserved for them.
package main

import (
	"runtime"
	"sync"
	"time"

	"../measure"
)

const longerThanTheRun = time.Hour

func main() {
	row := measure.RequestedRow("idle_rss", "idle_rss_1m")
	count := 100_000
	if row == "idle_rss_1m" {
		count = 1_000_000
	}
	runtime.GOMAXPROCS(1)

	before := measure.ResidentBytes()
	var awake sync.WaitGroup
	awake.Add(count)
	for i := 0; i < count; i++ {
		go func() {
			awake.Done()
			time.Sleep(longerThanTheRun)
		}()
	}
	awake.Wait()
	runtime.Gosched() // the last one is on its way to sleep
	measure.Report(row, "bytes", (measure.ResidentBytes()-before)/float64(count), "bytes")
}
