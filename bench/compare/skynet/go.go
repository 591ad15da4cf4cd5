// Copyright 2026 the plait authors. Boost Software License 1.0

// What tree.hpp asks for, of goroutines on one thread. A child's result travels through a channel.
package main

import (
	"runtime"
	"time"

	"../measure"
)

const (
	leaves   = 1_000_000
	children = 10
)

func giveSumOfSubtree(to chan int, first, size int) {
	if size == 1 {
		to <- first
		return
	}
	fromChildren := make(chan int)
	part := size / children
	for i := 0; i < children; i++ {
		go giveSumOfSubtree(fromChildren, first+i*part, part)
	}
	sum := 0
	for i := 0; i < children; i++ {
		sum += <-fromChildren
	}
	to <- sum
}

func main() {
	row := measure.RequestedRow("skynet")
	runtime.GOMAXPROCS(1)

	started := time.Now()
	result := make(chan int)
	go giveSumOfSubtree(result, 0, leaves)
	sum := <-result
	elapsed := time.Since(started)
	if sum != leaves*(leaves-1)/2 {
		measure.Fail("the sum is wrong")
	}
	measure.Report(row, "ms", float64(elapsed.Nanoseconds())/1e6, "ms")
}
