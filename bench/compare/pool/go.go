// Copyright 2026 the plait authors. Boost Software License 1.0

// What work.hpp asks for, with a goroutine for each task and each fork.
package main

import (
	"runtime"
	"sync"
	"time"

	"../measure"
)

const (
	threads     = 2
	emptyTasks  = 1_000_000
	fibOf       = 27
	fibResult   = 196_418
	singleTasks = 20_000
)

func fib(n int) int {
	if n < 2 {
		return n
	}
	var a int
	var forked sync.WaitGroup
	forked.Add(1)
	go func() {
		a = fib(n - 1)
		forked.Done()
	}()
	b := fib(n - 2)
	forked.Wait()
	return a + b
}

func main() {
	row := measure.RequestedRow("pool_empty", "pool_fib", "pool_one")
	runtime.GOMAXPROCS(threads)
	switch row {
	case "pool_empty":
		started := time.Now()
		var all sync.WaitGroup
		all.Add(emptyTasks)
		for i := 0; i < emptyTasks; i++ {
			go all.Done()
		}
		all.Wait()
		measure.Report(row, "tasks_per_s", emptyTasks/time.Since(started).Seconds(), "tasks/s")
	case "pool_fib":
		fib(20)
		started := time.Now()
		result := fib(fibOf)
		elapsed := time.Since(started)
		if result != fibResult {
			measure.Fail("fib(27) is wrong")
		}
		measure.Report(row, "ms", float64(elapsed.Nanoseconds())/1e6, "ms")
	default:
		started := time.Now()
		for i := 0; i < singleTasks; i++ {
			done := make(chan struct{})
			go close(done)
			<-done
		}
		measure.Report(row, "ns", measure.NanosecondsEach(time.Since(started), singleTasks), "ns")
	}
}
