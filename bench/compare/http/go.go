// Copyright 2026 the plait authors. Boost Software License 1.0
//
// Go's own server, with a channel to four goroutines that work: nothing survives a worker that crashes, since there is one
// process.
package main

import (
	"io"
	"net/http"
	"os"
)

type job struct {
	body   []byte
	answer chan []byte
}

func main() {
	jobs := make(chan job, 1024)
	for i := 0; i < 4; i++ {
		go func() {
			for j := range jobs {
				j.answer <- j.body
			}
		}()
	}
	http.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return
		}
		j := job{body, make(chan []byte, 1)}
		jobs <- j
		w.Header()["Content-Type"] = []string{"application/octet-stream"}
		w.Write(<-j.answer)
	})
	panic(http.ListenAndServe("127.0.0.1:"+os.Args[1], nil))
}
