package redisfrontier

import (
	"embed"
	"strings"

	"probity/pipeline/redisdb"
)

//go:embed lua/*.lua
var lua embed.FS

type scripts struct {
	add, claim, settle, extend, reap, peek, adopt, pack, bury, host, run,
	dead, retry, hosts, leads, forget, closed, purse, budget, alarm, leave, arrive, within, orders *redisdb.Script
}

// What takes away or gives orders also runs when the server is full.
const always = "#!lua flags=allow-oom\n"

func compile() scripts {
	read := func(name string) string {
		b, err := lua.ReadFile("lua/" + name + ".lua")
		if err != nil {
			panic(err) // embedded above
		}
		return string(b)
	}
	core, lib := read("core"), read("lib")
	with := lib + read("apply")
	hot := func(name, lib string) *redisdb.Script {
		return redisdb.NewScript(name, always+core+strings.Replace(read(name), "--LIB\n", lib, 1))
	}
	plain := func(name string) *redisdb.Script { return redisdb.NewScript(name, always+core+lib+read(name)) }
	outcome := func(name string) *redisdb.Script { return redisdb.NewScript(name, always+core+with+read(name)) }
	return scripts{
		add:   redisdb.NewScript("add", "#!lua\n"+core+lib+read("see")+read("add")),
		claim: hot("claim", lib), settle: hot("settle", with), extend: plain("extend"), reap: outcome("reap"),
		peek:  redisdb.NewScript("peek", "#!lua flags=no-writes\n"+read("peek")),
		adopt: outcome("adopt"), pack: plain("pack"), bury: plain("bury"), host: plain("host"), run: plain("run"),
		dead: plain("dead"), retry: plain("retry"), hosts: plain("hosts"), leads: plain("leads"),
		leave: plain("leave"), within: plain("within"), arrive: redisdb.NewScript("arrive", always+core+lib+read("see")+read("arrive")),
		orders: plain("orders"),
		forget: plain("forget"), closed: plain("close"), purse: plain("purse"), budget: plain("budget"), alarm: plain("alarm"),
	}
}
