// Copyright 2026 the plait authors. Boost Software License 1.0

// What server.hpp asks for, of goroutines on one thread. Go turns Nagle's algorithm off by itself, and takes its backlog
// from the system's net.core.somaxconn.
package main

import (
	"fmt"
	"net"
	"runtime"

	"../measure"
)

const bufferBytes = 4096

func serve(connection net.Conn) {
	defer connection.Close()
	buffer := make([]byte, bufferBytes)
	for {
		bytes, err := connection.Read(buffer)
		if err != nil {
			return
		}
		if _, err := connection.Write(buffer[:bytes]); err != nil {
			return
		}
	}
}

func main() {
	runtime.GOMAXPROCS(1)
	listener, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		measure.Fail(err.Error())
	}
	fmt.Printf("LISTENING %d\n", listener.Addr().(*net.TCPAddr).Port)
	for {
		connection, err := listener.Accept()
		if err != nil {
			measure.Fail(err.Error())
		}
		go serve(connection)
	}
}
