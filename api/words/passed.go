package words

// passed says why a link or an entry was not followed: rules of scope, robots,
// traps and documents that are none.
func passed() map[string]Word {
	return map[string]Word{
		"scope_host": {"其他主机", "another host"}, "scope_exclude": {"声明排除", "excluded by declaration"}, "scope_include": {"不在声明的范围内", "not included by declaration"},
		"scope_view": {"没有对应的页面种类", "no view reads it"}, "scope_depth": {"超过声明的深度", "deeper than declared"}, "scope_type": {"不采集此类文件", "a type of file that is not declared"},
		"scope_url": {"地址无效", "no address"}, "scope_method": {"请求方法不许", "a method that is not allowed"}, "scope_source": {"来源未声明", "the source is not declared"},
		"scope_trap": {"路径自我重复（陷阱）", "its path repeats itself (a trap)"}, "scope_trap_query": {"查询越来越长（陷阱）", "its query grows from page to page (a trap)"}, "scope_trap_calendar": {"无尽日历（陷阱）", "a calendar without end (a trap)"},
		"session_id_left_out": {"已去掉会话编号", "its session id was left out"}, "no_address": {"不是地址", "no address"}, "links_beyond_limit": {"一页链接过多", "too many links on a page"},
		"sitemap_too_deep": {"站点地图层次过深", "a sitemap too deep"}, "no_sitemap": {"不是站点地图", "no sitemap"}, "no_feed": {"不是订阅源", "no feed"},
		"date_unreadable": {"日期无法识别", "a date that cannot be read"}, "beyond_50000_entries": {"超过五万条", "beyond 50,000 entries"}, "beyond_50_mb": {"超过 50 MB", "beyond 50 MB"}, "broken_off": {"文件中断", "the document breaks off"},
		"robots_disallowed": {"robots 禁止", "robots.txt says no"}, "hop_scope_host": {"跳转到其他主机", "redirects to another host"}, "hop_scope_exclude": {"跳转到排除之处", "redirects to what is excluded"},
		"hop_scope_hops": {"跳转过多", "too many redirects"}, "hop_scope_loop": {"跳转回自身", "redirects to itself"}, "near_duplicate": {"与已读页面几乎相同（陷阱）", "nearly a page that was read (a trap)"},
	}
}
