// SPDX-License-Identifier: Apache-2.0

// full.go - what a Go program usually asks of WASI; full.expected says what it prints.
package main

import (
	"bufio"
	"bytes"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
	"time"
)

const text = "first line\nsecond line\n"

func say(what string, good bool) {
	if good {
		fmt.Println(what + ": ok")
	} else {
		fmt.Println(what + ": WRONG")
	}
}

func arguments() {
	fmt.Print("args:")
	for _, arg := range os.Args[1:] {
		fmt.Printf(" [%s]", arg)
	}
	absent := "(none)"
	if _, found := os.LookupEnv("GUEST_ABSENT"); found {
		absent = "WRONG"
	}
	fmt.Printf("\nenv: %s %s\n", os.Getenv("GUEST_COLOR"), absent)
}

func standardInput() {
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
		fmt.Println("stdin: " + lines.Text())
	}
}

// Sleeps in goroutines, so that the scheduler takes part.
func clocksAndRandom() {
	start := time.Now()
	done := make(chan bool)
	say("realtime", start.Unix() > 1700000000)
	for i := 0; i < 3; i++ {
		go func() {
			time.Sleep(30 * time.Millisecond)
			done <- true
		}()
	}
	for i := 0; i < 3; i++ {
		<-done
	}
	slept := time.Since(start).Milliseconds()
	say("sleep", slept >= 29 && slept < 5000)
	a, b := make([]byte, 16), make([]byte, 16)
	_, first := rand.Read(a)
	_, second := rand.Read(b)
	say("random", first == nil && second == nil && !bytes.Equal(a, b))
}

func writeAndRead() {
	say("write", os.WriteFile("/box/note.txt", []byte(text), 0o666) == nil)
	file, err := os.Open("/box/note.txt")
	if err != nil {
		panic(err)
	}
	back, err := io.ReadAll(file)
	say("read", err == nil && string(back) == text)
	letter := make([]byte, 1)
	file.Seek(6, io.SeekStart)
	file.Read(letter)
	at, _ := file.Seek(0, io.SeekCurrent)
	say("seek", letter[0] == 'l' && at == 7)
	file.Close()
	more, err := os.OpenFile("/box/note.txt", os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		panic(err)
	}
	more.WriteString("third")
	more.Close()
	info, err := os.Stat("/box/note.txt")
	say("stat", err == nil && info.Mode().IsRegular() && info.Size() == int64(len(text))+5 &&
		time.Since(info.ModTime()) < time.Hour)
}

func directories() {
	say("mkdir", os.Mkdir("/box/sub", 0o777) == nil)
	say("mkdir again", errors.Is(os.Mkdir("/box/sub", 0o777), fs.ErrExist))
	say("rename", os.Rename("/box/note.txt", "/box/sub/moved.txt") == nil)
	os.WriteFile("/box/sub/other.txt", nil, 0o666)
	entries, _ := os.ReadDir("/box/sub")
	names := []string{}
	for _, entry := range entries {
		names = append(names, entry.Name())
	}
	fmt.Println("readdir: " + strings.Join(names, " "))
	say("rmdir not empty", os.Remove("/box/sub") != nil)
	say("unlink", os.Remove("/box/sub/moved.txt") == nil && os.Remove("/box/sub/other.txt") == nil)
	say("rmdir", os.Remove("/box/sub") == nil)
	_, err := os.Open("/box/missing")
	say("missing", errors.Is(err, fs.ErrNotExist))
	_, first := os.Open("/box/../etc/passwd")
	_, second := os.Open("/etc/passwd")
	say("outside", first != nil && second != nil)
}

func main() {
	arguments()
	standardInput()
	clocksAndRandom()
	writeAndRead()
	directories()
	fmt.Fprintln(os.Stderr, "this goes to stderr")
	os.Exit(7)
}
