// Copyright 2026 the plait authors. Boost Software License 1.0

// What batches.hpp asks for, of goroutines on one thread. The WaitGroup that joins them is also what they count on.
// Stacks come from the pool that Go's runtime keeps.
package main

import (
	"runtime"
	"sync"
	"time"

	"../measure"
)

const (
	batch         = 1000
	batches       = 1000
	warmUpBatches = 20
)

func main() {
	row := measure.RequestedRow("spawn_join")
	runtime.GOMAXPROCS(1)

	var running sync.WaitGroup
	spawnAndJoinBatch := func() {
		running.Add(batch)
		for i := 0; i < batch; i++ {
			go running.Done()
		}
		running.Wait()
	}
	for i := 0; i < warmUpBatches; i++ {
		spawnAndJoinBatch()
	}
	started := time.Now()
	for i := 0; i < batches; i++ {
		spawnAndJoinBatch()
	}
	measure.Report(row, "ns", measure.NanosecondsEach(time.Since(started), batch*batches), "ns")
}
