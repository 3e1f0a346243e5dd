package redisqueue

import (
	"embed"
	"strings"

	"probity/pipeline/redisdb"
)

//go:embed lua/*.lua
var lua embed.FS

// scripts are what the server runs; lua/common.lua says on what.
type scripts struct {
	put, take, settle, extend, revive, count, oldest, giveUp *redisdb.Script
}

func newScripts() scripts {
	return scripts{
		put:    script("put", ""),
		revive: script("revive", ""),
		take:   script("take", frees),
		settle: script("settle", frees),
		extend: script("extend", frees),
		count:  script("count", frees),
		oldest: script("oldest", frees),
		giveUp: script("giveup", ""),
	}
}

// frees marks what a full server runs all the same; it refuses the others
// before they begin.
const frees = " flags=allow-oom"

func script(name, flags string) *redisdb.Script {
	var source strings.Builder
	source.WriteString("#!lua" + flags + "\n")
	for _, file := range []string{"common", name} {
		text, err := lua.ReadFile("lua/" + file + ".lua")
		if err != nil {
			panic(err) // embedded above
		}
		source.Write(text)
	}
	return redisdb.NewScript("queue "+name, source.String())
}
