// Copyright 2026 the plait authors. Boost Software License 1.0

// What client.hpp asks for, of goroutines on one thread. Go raises the limit of open files by itself, and turns Nagle's
// algorithm off.
package main

import (
	"io"
	"net"
	"os"
	"runtime"
	"sync"
	"syscall"
	"time"

	"../measure"
)

const (
	connections  = 10_000
	messageBytes = 16
)

func ask(address string) {
	connection, err := net.Dial("tcp4", address)
	if err != nil {
		measure.Fail(err.Error())
	}
	defer connection.Close()
	message := make([]byte, messageBytes)
	if _, err := connection.Write(message); err != nil {
		measure.Fail(err.Error())
	}
	if _, err := io.ReadFull(connection, message); err != nil {
		measure.Fail(err.Error())
	}
}

func main() {
	if len(os.Args) != 3 {
		measure.Fail("usage: connections_go ROW PORT")
	}
	runtime.GOMAXPROCS(1)
	address := "127.0.0.1:" + os.Args[2]

	before := measure.ResidentBytes()
	started := time.Now()
	var running sync.WaitGroup
	running.Add(connections)
	for i := 0; i < connections; i++ {
		go func() {
			ask(address)
			running.Done()
		}()
	}
	running.Wait()
	elapsed := time.Since(started)

	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		measure.Fail(err.Error())
	}
	peak := float64(usage.Maxrss) * 1024
	measure.Report(os.Args[1], "ms", float64(elapsed.Nanoseconds())/1e6, "ms")
	measure.Report(os.Args[1], "bytes", (peak-before)/connections, "bytes")
}
