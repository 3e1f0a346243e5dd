// Package words says in Chinese and English what the house writes in codes:
// states, grades' reasons, kinds, results. Where a person reads, Chinese
// stands first and English beside it. It translates codes, never evidence.
package words

import (
	"strings"

	"probity/pipeline/evidence"
)

// A Word is the same thing in two languages.
type Word struct{ Zh, En string }

// String joins both.
func (w Word) String() string { return strings.TrimSpace(w.Zh + " " + w.En) }

// Of returns the word for a code in a list; the code itself where the list
// lacks it, so that nothing is shown blank.
func Of(list, code string) Word {
	if w, ok := table(list)[code]; ok {
		return w
	}
	return Word{Zh: code}
}

func table(list string) map[string]Word {
	switch list {
	case "fact":
		return factStates()
	case "indicator":
		return indicatorStates()
	case "issue":
		return issueStates()
	case "nr":
		return reasons()
	case "diff":
		return diffs()
	case "robots":
		return robots()
	case "kind":
		return kinds()
	case "class":
		return classes()
	case "look":
		return results()
	case "run":
		return runs()
	case "severity":
		return severities()
	case "scheme":
		return schemes()
	case "relation":
		return relations()
	case "effect":
		return effects()
	case "doc":
		return docs()
	case "facet":
		return facets()
	case "trait":
		return traits()
	case "asked":
		return asked()
	case "dateof":
		return map[string]Word{"first seen": {"首次见到之日", "first seen"}, "inferred": {"推定", "inferred"}}
	case "due":
		return dues()
	case "schedule":
		return schedules()
	case "gap":
		return map[string]Word{"declared": {"声明", "declared"}, "ordered": {"指令", "ordered"}, "slow": {"应答慢或 robots 要求", "slow answers, or robots.txt"}}
	case "refusal":
		return refusals()
	case "disk":
		return map[string]Word{"archive": {"网页存档", "archive"}, "ledger": {"账本", "ledger"}, "probity.db": {"数据库", "database"}}
	case "supervision":
		return supervision()
	case "passed":
		return passed()
	}
	return nil
}

func factStates() map[string]Word {
	return map[string]Word{
		evidence.InForce: {"有效", "in force"}, evidence.Repaired: {"已修复", "repaired"}, evidence.Annulled: {"已撤销", "annulled"},
		evidence.Expired: {"已过期", "ended"}, evidence.Unpublished: {"来源已不再公示", "unpublished by its source, reason unknown"},
		evidence.Superseded: {"已被取代", "superseded"}, evidence.NotYet: {"当日尚未发生", "not yet on that day"},
		"disputed": {"有异议", "disputed"}, "sealed": {"已封存", "sealed"}, "provisional": {"暂定", "provisional"}, "stated": {"已核定", "stated"}, "mention": {"仅有名称", "a mention only"}, "held": {"待人判断", "waits for a person"}, "contested": {"归属有争议", "contested"}, "absent": {"来源已不再列示", "no longer shown by its source"},
	}
}

// The five things that never look or read alike (MODEL 4), and the sixth,
// looked and something found.
func indicatorStates() map[string]Word {
	return map[string]Word{
		"found": {"已查询，有事项", "looked, something found"}, "clean": {"已查询，未发现", "looked, nothing found"},
		"points":           {"已查询，据实计分", "looked, scored by what was found"},
		evidence.Undecided: {"已查询，未能判定", "looked, undecided"}, evidence.NotLooked: {"从未查询", "never looked"},
		evidence.LookFailed: {"查询过，失败", "looked, failed"}, evidence.NotApplicable: {"不适用", "not applicable"},
	}
}

func issueStates() map[string]Word {
	return map[string]Word{
		"computed": {"已计算，未公开", "computed"}, "noticed": {"已告知", "noticed"}, "in_publicity": {"公示中", "in publicity"},
		"standing": {"已生效", "standing"}, "withdrawn": {"已撤回", "withdrawn"},
	}
}

func reasons() map[string]Word {
	return map[string]Word{
		"not_looked": {"未查询：覆盖率不足，不作评价", "not looked: too little was looked at to say anything"}, "out_of_scope": {"不在范围：不属本区域经营者", "out of scope: not an operator of the configured area"},
		"terminated": {"主体已终止：已注销", "terminated: the operator is deregistered"},
	}
}

func kinds() map[string]Word {
	return map[string]Word{
		"company": {"公司", "company"}, "branch": {"分支机构", "branch"}, "individual": {"个体工商户", "individual business"}, "sole": {"个人独资企业", "sole proprietorship"},
		"cooperative": {"合作社", "cooperative"}, "partnership": {"合伙企业", "partnership"}, "natural": {"自然人网店", "natural person"}, "": {"类型不明", "kind not known"},
	}
}

func classes() map[string]Word {
	return map[string]Word{
		"1": {"基本信息", "basic"}, "2": {"监管信息", "supervision"}, "3": {"涉诉涉裁信息", "litigation and arbitration"},
		"4": {"网络活动信息", "online activity"}, "5": {"其他信息", "other"},
	}
}

func results() map[string]Word {
	return map[string]Word{
		evidence.Complete: {"完整", "complete"}, evidence.Partial: {"部分", "partial"}, evidence.Refused: {"被拒绝", "refused"}, evidence.Failed: {"失败", "failed"}, "": {"从未查询", "never looked"},
	}
}

func runs() map[string]Word {
	return map[string]Word{
		"planned": {"待运行", "planned"}, "running": {"运行中", "running"}, "paused": {"已暂停", "paused"}, "closing": {"收尾中", "closing"}, "closed": {"已结束", "closed"},
	}
}

func severities() map[string]Word {
	return map[string]Word{"light": {"轻微", "light"}, "general": {"一般", "general"}, "severe": {"严重", "severe"}}
}

func schemes() map[string]Word {
	return map[string]Word{
		"uscc": {"统一社会信用代码", "USCC"}, "org": {"组织机构代码", "organisation code"}, "reg": {"注册号", "registration number"},
		"shop": {"网店", "shop"}, "site": {"网站", "site"},
	}
}

func relations() map[string]Word {
	return map[string]Word{
		"site": {"网站", "site"}, "shop": {"网店", "shop"}, "parent": {"隶属企业", "parent"}, "branch": {"分支机构", "branch"},
		"predecessor": {"前身", "predecessor"}, "successor": {"承继者", "successor"},
	}
}

func effects() map[string]Word {
	return map[string]Word{
		"repaired": {"修复", "repaired"}, "annulled": {"撤销", "annulled"}, "corrected": {"更正", "corrected"}, "superseded": {"被取代", "superseded"},
	}
}

// Traits of an operator that make indicators not applicable.
func traits() map[string]Word {
	return map[string]Word{
		"platform_shop": {"平台内网店", "a shop on a platform"}, "natural_person_shop": {"自然人网店", "a natural person's shop"},
		"no_license_required": {"所营业务无须许可", "no licence required"},
	}
}

// Kinds of sources, as standards name them.
func asked() map[string]Word {
	return map[string]Word{
		"gsxt": {"企业登记与公示", "company register"}, "shop_site": {"经营者网站", "the operator's site"}, "ebs_badge": {"亮照标识", "licence badge"},
		"xk_license": {"行政许可", "licences"}, "miit": {"ICP备案", "ICP register"}, "beian": {"公安联网备案", "public-security register"},
		"cf_penalty": {"行政处罚", "penalties"}, "creditchina": {"信用中国", "Credit China"}, "gov_notice": {"政府公告", "notices"}, "tax_arrears": {"欠税公告", "tax arrears"},
		"gjj_notice": {"公积金公告", "housing fund"}, "hrss_notice": {"人社公告", "labour and social insurance"}, "sampling_notice": {"监督抽查", "spot checks"},
		"wenshu": {"裁判文书", "judgments"}, "zxgk": {"执行信息公开", "enforcement"}, "labour_award": {"劳动仲裁", "labour awards"}, "reviews": {"消费者评价", "reviews"},
		"12315": {"12315投诉", "complaints"}, "platform": {"平台投诉", "platform"}, "security_feed": {"网络安全通报", "security feed"}, "probe": {"可用性监测", "availability"}, "news": {"网络舆情", "news"},
	}
}

func docs() map[string]Word {
	return map[string]Word{
		"record": {"记录", "record"}, "content": {"网页", "page"}, "fact": {"事项", "fact"}, "entity": {"主体", "entity"}, "evaluation": {"评价", "evaluation"},
	}
}

func facets() map[string]Word {
	return map[string]Word{
		"source": {"来源", "source"}, "class": {"第十条类别", "class"}, "type": {"类型", "type"}, "grade": {"等级", "grade"},
		"entity": {"主体", "entity"}, "state": {"状态", "state"}, "fact": {"事项", "fact"},
	}
}

func supervision() map[string]Word {
	return map[string]Word{
		"A": {"A 类·信用好", "class A"}, "B": {"B 类·信用较好", "class B"}, "C": {"C 类·信用一般", "class C"}, "D": {"D 类·信用差", "class D"},
	}
}

// Type is the word for a record type.
func Type(name string) Word {
	if t, ok := evidence.TypeOf(name); ok {
		return Word{t.Title, strings.ReplaceAll(name, "_", " ")}
	}
	return Word{Zh: name}
}

// Indicator is the state of an indicator as a person reads it: covered ones
// are told apart by what was found.
func Indicator(i evidence.IndicatorResult) string {
	switch {
	case i.State != evidence.Covered:
		return i.State
	case len(i.Deductions) > 0:
		return "found"
	case len(i.Basis) > 0:
		return "points"
	}
	return "clean"
}
