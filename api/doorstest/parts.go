package doorstest

import (
	"context"
	"encoding/json"
	"fmt"

	"probity/api/doors"
	"probity/pipeline/evidence"
)

func looks() []evidence.Look {
	look := func(source, kind, result, reason string, undecided int, indicators ...string) evidence.Look {
		return evidence.Look{
			ID: evidence.Digest("look", source), Run: "world-1", Source: source, Kind: kind, Indicators: indicators, Result: result, Reason: reason,
			Time: at("2026-11-02", 10), MaxAgeDays: 30, Undecided: undecided, Scope: evidence.Scope{Areas: []string{"4403"}},
		}
	}
	return []evidence.Look{
		look("amr-penalty", "cf_penalty", evidence.Complete, "", 0, "2.1"),
		look("amr-register", "gsxt", evidence.Complete, "", 0, "1.1", "1.6", "2.3"),
		look("court", "wenshu", evidence.Complete, "", 2, "3.1", "3.2"),
		look("tax", "tax_arrears", evidence.Failed, "timeout ×3", 0, "2.4"),
	}
}

// evaluation shows every state of an indicator once or more.
func evaluation(entity string) evidence.Evaluation {
	age := 5
	penalty, judgment, award := FactID("penalty", "深市监南|深市监南罚字〔2026〕118号"), FactID("judgment", "（2026）粤0305民初4521号"), FactID("award", "award")
	repaired := FactID("penalty", "深市监南|深市监南罚字〔2025〕907号")
	look := evidence.Digest("look", "amr-penalty")
	return evidence.Evaluation{
		Entity: entity, Name: Company, Standard: StandardID, Tables: map[string]string{"licences": evidence.Digest("t1"), "readings": evidence.Digest("t2")},
		AsOf: "2026-11-02", KnownAt: 400, Inputs: evidence.Digest("in"), Score: "93.11", Coverage: "0.83", Grade: "AA", Class: "A",
		Dimensions: []evidence.DimensionResult{
			{ID: "D1", Name: "基本信息", Full: "20.00", Got: "20.00"},
			{ID: "D2", Name: "监管信息", Full: "35.00", Got: "30.61"},
			{ID: "D3", Name: "涉诉涉裁信息", Full: "20.00", Got: "19.50"},
			{ID: "D4", Name: "网络活动信息", Full: "25.00"},
		},
		Indicators: []evidence.IndicatorResult{
			{ID: "1.1", Name: "主体登记状态", State: evidence.Covered, Full: "5.00", Got: "5.00", Looks: []string{evidence.Digest("look", "amr-register")}},
			{ID: "1.4", Name: "经营所需行政许可公示且有效", State: evidence.NotApplicable, Full: "4.00", Note: "无须许可 no licence required"},
			{ID: "2.1", Name: "行政处罚", State: evidence.Covered, Full: "15.00", Got: "10.67", Looks: []string{look}, Basis: []string{repaired}, Deductions: []evidence.Deduction{
				{Fact: penalty, Rule: "general", Points: "4.33", Severity: "general", Age: &age, Weight: "13/12", Sources: []string{"amr-penalty"}},
				{Fact: repaired, Rule: "light", Points: "0.00", Severity: "light", Weight: "0", Note: "已修复 repaired"},
			}},
			{ID: "2.4", Name: "欠缴税款（公告在期）", State: evidence.LookFailed, Full: "4.00", Missing: []string{"tax_arrears"}},
			{ID: "3.1", Name: "败诉民商事裁判（消费、合同、产品责任）", State: evidence.Covered, Full: "6.00", Got: "5.75", Deductions: []evidence.Deduction{
				{Fact: judgment, Rule: "amount_lt_10k", Points: "0.25", Weight: "1", Sources: []string{"court"}},
			}},
			{ID: "3.2", Name: "知识产权/不正当竞争侵权败诉", State: evidence.Undecided, Full: "3.00", Looks: []string{evidence.Digest("look", "court")}, Note: "2 条仅有姓名的记录可能与之有关 mentions might concern it"},
			{ID: "4.1", Name: "消费者评价（去刷单后的平滑好评率）", State: evidence.NotLooked, Full: "8.00", Missing: []string{"reviews"}},
		},
		Adjusted: []evidence.Deduction{{Fact: award, Rule: "5.1", Points: "-1.00"}},
		Caps: []evidence.Cap{
			{Rule: "coverage", Cap: "AAA", Reason: "覆盖率不低于 0.80", Without: "AAA"},
			{Rule: "V5b", Cap: "AA", Facts: []string{penalty}, Reason: "公示期内的一般违法记录 a general adverse record inside its publicity period", Without: "AAA"},
		},
		Shown: []string{repaired}, NextChange: "2026-12-12",
	}
}

// others are a company of like name without issue, and a natural person's shop.
func (h *House) others() {
	twin := ID(TwinCode)
	h.Dossiers[twin] = doors.Dossier{
		Entity: evidence.Entity{
			ID: twin, Anchor: evidence.Identifier{Scheme: evidence.USCC, Value: TwinCode}, Kind: "company",
			Identifiers: []evidence.Identifier{{Scheme: evidence.USCC, Value: TwinCode}}, Names: []evidence.DatedName{{Name: Twin}},
		},
		Subject:    evidence.Subject{ID: twin, Name: Twin, Kind: "company", Area: "440304"},
		Evaluation: evidence.Evaluation{Entity: twin, Name: Twin, Standard: StandardID, Tables: map[string]string{}, AsOf: "2026-11-02", Coverage: "0.20", Grade: "NR", Reason: "not_looked"},
	}
	anchor := evidence.Identifier{Scheme: evidence.Shop, Value: ShopID}
	shop := evidence.EntityID(anchor)
	h.Dossiers[shop] = doors.Dossier{
		Entity:  evidence.Entity{ID: shop, Anchor: anchor, Kind: "natural", Identifiers: []evidence.Identifier{anchor}, Names: []evidence.DatedName{{Name: "小满手作"}}},
		Subject: evidence.Subject{ID: shop, Name: "小满手作", Kind: "natural", OutOfScope: "登记地不在深圳 area outside"}, Evaluation: evidence.Evaluation{
			Entity: shop, Name: "小满手作", Standard: StandardID, AsOf: "2026-11-02", Coverage: "0.00", Grade: "NR", Reason: "out_of_scope",
		},
	}
}

func (h *House) campaigns() {
	h.All = []doors.Campaign{
		{Campaign: evidence.Campaign{ID: "daily", Title: "每日监管信息", Sources: []string{"amr-penalty", "court"}, Schedule: "0 2 * * *", Budget: evidence.Budget{Requests: 5000}}, State: doors.Planned},
		{Campaign: evidence.Campaign{ID: "world", Title: "模拟网络全量", Sources: []string{"amr-penalty", "amr-register", "court", "tax"}}, State: doors.Running, Runs: []doors.RunOf{
			{ID: "world-2", State: doors.Running, Who: "operator", Opened: at("2026-11-09", 9)},
			{ID: "world-1", State: doors.Closed, Who: "demo", Opened: at("2026-11-02", 9), Closed: at("2026-11-02", 10)},
		}},
	}
	h.Steps = []doors.Progress{{Run: "world-2", State: doors.Running, Open: 120, Done: 300, Failed: 4, Captures: 296, Unread: 3, Records: 811, Bytes: 7 << 20, Seconds: 12, Rate: 25.3, Left: 4.7}}
}

// Report is that of the closed run.
func (h *House) Report(_ context.Context, run string) (doors.Report, error) {
	if run != "world-1" {
		return doors.Report{}, fmt.Errorf("report %s: %w", run, evidence.ErrNotFound)
	}
	return doors.Report{
		Run: run, Campaign: "world", Who: "demo", Opened: at("2026-11-02", 9), Closed: at("2026-11-02", 10), Changes: doors.Changes{New: 811}, FactsNew: 402, Entities: 203, Issued: 203,
		Figures: doors.Figures{Asked: 44, Fetched: 41, Failed: map[string]int{"timeout": 3}, Kinds: map[string]int{"penalty": 320}, Bytes: 4 << 20, Seconds: 3600},
		Before: &doors.Before{Run: "world-0", Closed: at("2026-10-26", 10), Pages: doors.PagesDiff{New: 2, Changed: 3, Same: 36, Gone: 1}, Figures: doors.Figures{
			Asked: 40, Fetched: 40, Kinds: map[string]int{"penalty": 311}, Bytes: 3 << 20, Seconds: 3500,
		}},
		Sources: []doors.SourceReport{
			{ID: "amr-penalty", Title: "行政处罚公示", Result: evidence.Complete, Asked: 41, Fetched: 41, Records: 320, Changes: doors.Changes{New: 320}, Unread: map[string]int{"备注": 320}, Passed: map[string]int{"scope_host": 7}, Flagged: map[string]int{"amr.example: robots.txt 要求间隔 1h0m0s，实际按 1m0s 执行 asks for a crawl-delay of 1h0m0s; 1m0s is kept": 41}},
			{ID: "tax", Title: "欠税公告", Result: evidence.Failed, Reason: "timeout ×3", Asked: 3, Refused: 0, Failed: map[string]int{"timeout": 3}, Why: []string{"GET http://tax.example/: deadline exceeded"}},
		},
	}, h.Fail
}

// Sources are two, one of them never looked at.
func (h *House) Sources(context.Context) ([]doors.Source, error) {
	return []doors.Source{
		{Source: evidence.Source{ID: "amr-penalty", Title: "行政处罚公示", Publisher: "模拟市市场监督管理局", Class: 2, Kind: "cf_penalty", LegalBasis: "政府信息公开条例 第二十条", Purpose: "第三方信用评价", Impact: "每秒至多一次请求，预计日均 40 页", Retention: 36, List: "events", Missing: "unpublished", Schedule: "0 2 * * *", Hosts: []string{"amr.example"}, Covers: evidence.Covers{Indicators: []string{"2.1"}, MaxAge: 30, Scope: evidence.Scope{Areas: []string{"4403"}}}}, Looked: at("2026-11-02", 10), Result: evidence.Complete},
		{Source: evidence.Source{ID: "tax", Title: "欠税公告", Publisher: "模拟市税务局", Class: 2, Kind: "tax_arrears", LegalBasis: "欠税公告办法", Purpose: "第三方信用评价", Impact: "每月三页", Retention: 36, List: "standings", Missing: "ends"}},
	}, h.Fail
}

// Standard is a short one.
func (h *House) Standard(_ context.Context, id string) (doors.Standard, error) {
	if id != "" && id != StandardID {
		return doors.Standard{}, fmt.Errorf("standard %s: %w", id, evidence.ErrNotFound)
	}
	return doors.Standard{ID: StandardID, Digest: evidence.Digest("standard"), Body: json.RawMessage(standardJSON), Tables: map[string]string{"licences": evidence.Digest("t1")}}, h.Fail
}

// Stats counts.
func (h *House) Stats(ctx context.Context) (doors.Stats, error) {
	if h.Stuck {
		<-ctx.Done()
		return doors.Stats{}, fmt.Errorf("count: %w", ctx.Err())
	}
	return doors.Stats{Captures: 296, Records: 811, Facts: 402, Entities: 203, Evaluations: 203, Looks: 31, Mentions: 6, Held: 1, Position: 412, Grades: map[string]int{"AAA": 90, "AA": 60, "BB": 30, "NR": 23}}, h.Fail
}

const standardJSON = `{"id":"SZ-ECOM-DEFAULT","version":"2026.2","effective_from":"2026-11-01","expires":"2028-10-19",
"status":"default, made by this project; not a published standard",
"score_scale":{"min":0,"max":100,"rounding":"half_up","decimals":2},
"dimensions":[{"id":"D1","name":"基本信息","full":20,"article10":"10(1)"},{"id":"D2","name":"监管信息","full":35,"article10":"10(2)"}],
"indicators":[{"id":"1.1","name":"主体登记状态","article10":"10(1)","full":5,"method":"map","rule":{"存续":5,"注销":0},"sources":["gsxt"],"not_applicable_to":[],"window_months":null,"needs":"any"},
{"id":"2.1","name":"行政处罚","article10":"10(2)","full":15,"method":"deduct","rule":{"light":1,"general":4,"severe":10,"decay":"severity"},"sources":["cf_penalty","gsxt"],"not_applicable_to":[],"window_months":36,"needs":"any"}],
"adjustments":{"article10":"10(5)","bonus_cap":5,"items":[{"id":"5.1","name":"表彰奖励","points":{"municipal":1},"valid_months":36}]},
"severity":{"light":{"min_publicity_months":0,"max_publicity_months":3,"match":["警告"]},"general":{"min_publicity_months":3,"max_publicity_months":12,"match":["罚款>3000元"]}},
"decay":{"severity":"w=1 up to min_publicity, then linear to 0"},
"missing_data":{"coverage":"covered / applicable","coverage_grade_cap":[[0.8,"AAA"],[0.6,"AA"],[0.4,"A"],[0.0,"NR"]]},
"grades":[[90,"AAA"],[80,"AA"],[0,"D"]],"supervision_class":{"A":["AAA","AA"],"D":["D"]},
"vetoes":[{"id":"V1","when":"registration_status in 吊销,撤销","cap":"D","decisive":true}],
"workflow":{"publicity_working_days":10,"objection_review_working_days":5,"max_update_interval_months":6},
"inspection":{"sample_rate":{"A":0.01,"D":1.0}},"arithmetic":{"age":"completed months"},"counting":{"unit":"fact"}}`
