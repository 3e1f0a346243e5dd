package evaluator_test

import (
	"slices"
	"strconv"

	"probity/evaluator/standard"
	"probity/pipeline/evidence"
)

// spread are small inputs beside the goldens, one for each value that a rule
// tells apart: a status, a way to show a licence, a level, a kind of penalty,
// a source without its look.
func spread(std *standard.Standard) []evidence.Inputs {
	all := looked(std, nil)
	out := slices.Concat(spreadBasic(all), spreadPenalties(all), spreadAges(all), spreadSums(all), spreadNetwork(all), spreadLooks(std, all), ladder(all))
	return append(out, of(looked(std, only("1.1")), f("serious_listing", "listed", "2026-01-01")))
}

func of(looks []evidence.Look, facts ...evidence.Fact) evidence.Inputs {
	return evidence.Inputs{Subject: company(), Facts: facts, Looks: looks, AsOf: today}
}

func spreadBasic(all []evidence.Look) (out []evidence.Inputs) {
	for _, s := range []string{"存续", "在业", "开业", "正常", "迁出", "歇业", "清算", "吊销", "撤销"} {
		out = append(out, of(all, f("registration", "status", s)))
	}
	for _, d := range []string{"full", "partial", "exempt_declared", "none"} {
		out = append(out, of(all, f("shop", "licence_display", d)))
	}
	for _, shown := range []string{"shown_name", "shown_uscc", "shown_address"} {
		x := clean()
		for i := range x {
			if x[i].Type == "site_probe" {
				x[i].Fields[shown], x[i].Fields["icp_number"] = "别处", "粤ICP备1号"
			}
		}
		out = append(out, of(all, x...))
	}
	return append(out,
		of(all, f("award", "date", "2026-10-01", "level", "provincial", "opted_out", "true"), f("news", "date", "2026-10-01", "severity", "major")),
		of(all, f("commitment", "status", "performed")),
		of(all, f("abnormal_listing", "listed", "2025-01-01", "removed", "2026-01-01")),
		of(all, f("fund_arrears", "stage", "ordered_to_pay"), f("consumption_limit", "number", "1"), f("security_finding", "kind", "phish")))
}

func spreadPenalties(all []evidence.Look) (out []evidence.Inputs) {
	for _, kind := range []string{
		"警告", "通报批评", "没收违法所得", "没收非法财物", "暂扣许可证件", "责令停产停业", "责令关闭", "限制开展生产经营活动",
		"限制从业", "降低资质等级", "吊销许可证件", "吊销营业执照", "列入严重违法失信名单", "其他", "罚款",
	} {
		out = append(out, of(all, f("penalty", "kinds", kind, "date", "2026-06-10"), f("penalty", "kinds", kind, "date", "2026-09-20")))
	}
	for _, fine := range []string{"2999", "3000", "3001", "3010", "999999", "1000000", "1000001", "1005000"} {
		out = append(out, of(all, f("penalty", "kinds", "罚款", "amount", fine, "date", "2026-06-10")))
	}
	return append(out, of(all, repaired(generalPenalty())),
		of(all, f("penalty", "procedure", "简易", "date", "2026-10-01", "kinds", "警告;没收违法所得"), f("penalty", "procedure", "简易", "date", "2026-10-01")))
}

func spreadAges(all []evidence.Look) (out []evidence.Inputs) {
	for months := range 37 {
		d := string(today.AddMonths(-months))
		out = append(out, of(all, f("penalty", "date", d, "kinds", "责令关闭"), f("coercion", "date", d), f("news", "date", d, "severity", "minor"),
			f("labour_violation", "date", d), f("spot_check", "date", d, "result", "不合格"), f("award", "date", d, "level", "municipal"),
			f("judgment", "date", d, "in_effect", "true", "category", "commercial", "outcome", "partly", "amount", "10050"),
			f("judgment", "date", d, "in_effect", "true", "category", "ip", "outcome", "lost"), f("labour_award", "date", d, "outcome", "lost"),
			f("review", "date", d, "stars", "4"), f("complaint", "date", d, "resolved", "true")),
			of(all, f("penalty", "date", d, "kinds", "没收违法所得"), f("penalty", "date", d, "kinds", "警告")))
	}
	return out
}

func spreadSums(all []evidence.Look) (out []evidence.Inputs) {
	for _, sum := range []string{"9000", "9950", "10050", "500100", "504000"} {
		out = append(out, of(all, f("judgment", "date", "2026-10-01", "in_effect", "true", "category", "commercial", "outcome", "lost", "amount", sum)))
	}
	for _, sum := range []string{"0.50", "49900", "50000", "50100", "0", "199900", "200100", "1999999", "2000001", "2010000"} {
		out = append(out, of(all, f("tax_arrears", "balance", sum)))
	}
	return out
}

func spreadNetwork(all []evidence.Look) (out []evidence.Inputs) {
	for checks := range 5 {
		out = append(out, of(all, f("availability", "checks", "1000", "successes", strconv.Itoa(988+checks)),
			f("shop", "latest_goods", string(today.AddDays(-29-checks)), "absolute_terms", "1"),
			f("site_probe", "latest_content", string(today.AddDays(-29-checks)))))
	}
	for good := range 20 {
		out = append(out, of(all, f("review", "count", "1000", "positive", strconv.Itoa(795+good*10), "date", "2026-10-01")))
	}
	return append(out, of(all, f("review", "date", "2026-10-01", "stars", "2")),
		of(all, f("shop", "orders", "100"), f("complaint", "date", "2026-10-01"), f("complaint", "date", "2026-10-02")))
}

func spreadLooks(std *standard.Standard, all []evidence.Look) (out []evidence.Inputs) {
	for _, missing := range all {
		out = append(out, of(slices.DeleteFunc(slices.Clone(all), func(l evidence.Look) bool { return l.Kind == missing.Kind }), clean()...))
	}
	for _, trait := range []string{"platform_shop", "natural_person_shop", "no_license_required"} {
		in := of(all, clean()...)
		in.Subject.Traits = []string{trait}
		out = append(out, in)
	}
	for i := range 20 {
		var ids []string
		for _, in := range std.Indicators[:i] {
			ids = append(ids, in.ID)
		}
		out = append(out, of(looked(std, not(ids...)), clean()...))
	}
	return out
}

// ladder are operators with every score that complaints and reviews can make
// between the letters.
func ladder(all []evidence.Look) []evidence.Inputs {
	var out []evidence.Inputs
	facts := clean()
	worse := []evidence.Fact{
		f("penalty", "number", "1", "date", "2023-12-01", "kinds", "责令关闭"), f("abnormal_listing", "listed", "2026-01-01"),
		f("tax_arrears", "balance", "3000000"), f("fund_arrears", "stage", "court_enforced"), f("insurance_arrears", "stage", "court_enforced"),
		f("wage_listing", "listed", "2026-01-01"), f("enforcement", "number", "1"), f("enforcement", "number", "2"), f("consumption_limit", "number", "3"),
		f("judgment", "number", "4", "category", "commercial", "outcome", "lost", "in_effect", "true", "date", "2026-01-01", "amount", "600000"),
		f("judgment", "number", "5", "category", "commercial", "outcome", "lost", "in_effect", "true", "date", "2026-01-01", "amount", "600000"),
		f("judgment", "number", "6", "category", "commercial", "outcome", "lost", "in_effect", "true", "date", "2026-01-01", "amount", "600000"),
		f("judgment", "number", "7", "category", "ip", "outcome", "lost", "in_effect", "true", "date", "2026-01-01"),
		f("judgment", "number", "8", "category", "ip", "outcome", "lost", "in_effect", "true", "date", "2026-01-01"),
		f("coercion", "number", "9", "date", "2026-10-01"), f("coercion", "number", "10", "date", "2026-10-01"), f("security_finding", "kind", "phish"),
		f("penalty", "number", "13", "date", "2026-10-01", "kinds", "责令关闭"), f("penalty", "number", "14", "date", "2026-10-01", "kinds", "责令关闭"),
		f("commitment", "number", "15", "status", "broken"), f("commitment", "number", "16", "status", "broken"),
		f("commitment", "number", "17", "status", "broken"), f("commitment", "number", "18", "status", "broken"),
		f("commitment", "number", "19", "status", "broken"), f("commitment", "number", "20", "status", "broken"),
		f("news", "number", "11", "date", "2026-10-01", "severity", "major"), f("news", "number", "12", "date", "2026-10-01", "severity", "major"),
	}
	for _, skip := range []string{"registration", "site_probe", "licence", "availability", "review", "annual_report"} {
		out = append(out, of(all, slices.Clone(facts)...))
		facts = without(facts, skip)
	}
	for i, x := range worse {
		facts = append(facts, x)
		for bad := range 4 {
			fs := slices.Clone(facts)
			for j := range bad {
				fs = append(fs, f("complaint", "number", strconv.Itoa(j), "date", "2026-10-01", "resolved", strconv.FormatBool(j%2 == i%2)))
			}
			out = append(out, of(all, fs...))
		}
	}
	return out
}
