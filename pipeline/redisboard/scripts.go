package redisboard

import (
	"embed"

	"probity/pipeline/redisdb"
)

//go:embed lua/*.lua
var lua embed.FS

// script returns one that a full server runs all the same: what is here is
// small, and a fleet without a leader or with no orders does not drain.
func script(name string) *redisdb.Script {
	text, err := lua.ReadFile("lua/" + name + ".lua")
	if err != nil {
		panic(err) // embedded above
	}
	return redisdb.NewScript("board "+name, "#!lua flags=allow-oom\n"+string(text))
}
