package words

// dues are how a time of a schedule stands, and why.
func dues() map[string]Word {
	return map[string]Word{
		"open": {"按时开始", "begins"}, "blocked": {"不在采集时段", "blocked"}, "overlap": {"上次可能尚未结束", "may overlap"}, "waiting": {"等待开始", "waiting"},
		"window": {"采集时段之外", "outside its window"}, "closed": {"不采集时段", "closed hours"}, "blackout": {"停采日", "blackout"}, "downtime": {"停机", "downtime"},
	}
}

// schedules are what becomes of a time that has come.
func schedules() map[string]Word {
	return map[string]Word{
		"skip": {"略过", "skipped"}, "queue": {"排队", "queued"}, "allow": {"同时进行", "side by side"}, "once": {"补一次", "caught up once"}, "none": {"不补", "not caught up"},
	}
}

// refusals are reasons for which a page is not asked for.
func refusals() map[string]Word {
	return map[string]Word{
		"robots_disallowed": {"robots.txt 不允许", "robots.txt says no"}, "robots_unreadable": {"robots.txt 无法读取", "robots.txt cannot be read"},
		"scope_host": {"主机不在范围", "host out of scope"}, "scope_exclude": {"声明排除", "excluded"}, "scope_include": {"声明未包括", "not included"}, "scope_depth": {"太深", "too deep"},
		"hop_scope_host": {"跳转到范围之外", "redirect out of scope"}, "hop_scope_loop": {"循环跳转", "redirect loop"}, "source_unknown": {"来源已不再声明", "source no longer declared"},
	}
}

// diffs are what became of something between two captures.
func diffs() map[string]Word {
	return map[string]Word{"added": {"新增", "added"}, "removed": {"删去", "removed"}, "changed": {"改动", "changed"}, "same": {"相同", "the same"}}
}

// robots are the grounds of a robots decision, see evidence.RobotsDecision.
func robots() map[string]Word {
	return map[string]Word{
		"no file": {"没有该文件", "no file"}, "allowed": {"规则允许", "by rule"}, "disallowed": {"规则不允许", "by rule"},
		"unreadable": {"文件无法读取", "unreadable"}, "unavailable": {"文件暂不可得", "unavailable"}, "not asked": {"不适用", "not asked"},
	}
}
