package doorstest

import (
	"strings"
	"time"

	"probity/api/doors"
	"probity/pipeline/evidence"
)

// StandardID is the standard of the house.
const StandardID = "SZ-ECOM-DEFAULT@2026.2"

// Codes and names of its operators; all are invented.
const (
	Company  = "深圳市云杉优选电子商务有限公司"
	Code     = "91440300MA5EXAMP1X"
	Twin     = "云杉优选（深圳）贸易有限公司"
	TwinCode = "91440300MA5EXAMP2Y"
	ShopID   = "yigou/88231"
)

// New builds the house.
func New() *House {
	h := &House{
		Dossiers: map[string]doors.Dossier{}, FactsByID: map[string]doors.Fact{}, Records: map[string]doors.Record{},
		Captures: map[string]doors.Capture{}, Marks: map[string][]doors.Mark{}, Known: map[string]string{},
	}
	h.company()
	h.others()
	h.campaigns()
	return h
}

// ID of the entity on a unified social credit code.
func ID(code string) string {
	return evidence.EntityID(evidence.Identifier{Scheme: evidence.USCC, Value: code})
}

// FactID of a fact of the company, by type and key.
func FactID(typ, key string) string { return evidence.FactID(typ, key, ID(Code)) }

// ContentOf is the content id of a page of the house, by its path.
func ContentOf(path string) string { return evidence.Digest("content", path) }

func at(day string, hour int) time.Time {
	return evidence.Date(day).Time().Add(time.Duration(hour) * time.Hour).UTC()
}

const penalties = `行政处罚信息公示 - 模拟市市场监督管理局

当事人	统一社会信用代码	决定书文号	处罚种类	罚款金额	决定日期
深圳市云杉优选电子商务有限公司	91440300MA5EXAMP1X	深市监南罚字〔2026〕118号	罚款;没收违法所得	20000.00元	2026-05-12
深圳市云杉优选电子商务有限公司	91440300MA5EXAMP1X	深市监南罚字〔2025〕907号	警告	—	2025-12-01
法定代表人 张某某

共 2 条 第 1 页
`

const ruling = `广东省深圳市南山区人民法院
民事判决书
（2026）粤0305民初4521号

原告李某某与被告深圳市云杉优选电子商务有限公司网络购物合同纠纷一案，本院受理后依法审理。
判决如下：
一、被告于本判决生效之日起十日内返还原告货款3280.00元；
二、驳回原告其他诉讼请求。
`

// company is an operator with a fact in every state.
func (h *House) company() {
	id := ID(Code)
	page, court := h.capture("/xzcf/list?page=1", "行政处罚信息公示", penalties), h.capture("/wenshu/4521", "民事判决书", ruling)
	list := h.capture("/ycml/list", "经营异常名录", "经营异常名录\n"+Company+"\t未按规定公示年度报告\t列入2024-07-10\t移出2025-02-01\n")
	d := doors.Dossier{
		Entity: evidence.Entity{
			ID: id, Anchor: evidence.Identifier{Scheme: evidence.USCC, Value: Code}, Kind: "company",
			Identifiers: []evidence.Identifier{{Scheme: evidence.USCC, Value: Code}, {Scheme: evidence.OrgCode, Value: "MA5EXAMP1"}, {Scheme: evidence.RegNo, Value: "440301112233445"}},
			Names:       []evidence.DatedName{{Name: Company, From: "2021-03-15", Registered: true}, {Name: "深圳市云杉商贸有限公司", From: "2016-08-02", To: "2021-03-15", Registered: true}},
			Areas:       []evidence.DatedArea{{Area: "440305", From: "2016-08-02"}},
			Relations: []evidence.Relation{
				{Kind: "site", To: evidence.Identifier{Scheme: evidence.Site, Value: "yunshan.example"}, From: "2022-01-05"},
				{Kind: "shop", To: evidence.Identifier{Scheme: evidence.Shop, Value: ShopID}, From: "2023-06-18"},
			},
			Held:    []evidence.HeldRecord{{Record: "held-1", Reason: "金额相差一万倍，疑为单位有误 a unit slip of 10,000"}},
			Aliases: []string{"former-id"},
		},
		Subject:    evidence.Subject{ID: id, Name: Company, Kind: "company", Area: "440305", Identifiers: []string{"uscc:" + Code}},
		Looks:      looks(),
		Evaluation: evaluation(id), Position: 412,
	}
	d.Issue = &doors.Issue{
		ID: evidence.Digest("issue", id), Date: "2026-11-02", Until: "2026-11-16", Grade: "AA", Score: "93.11", Coverage: "0.83",
		Standard: StandardID, Position: 400, Digest: evidence.Digest("e"), Seal: evidence.Digest("s"), Previous: evidence.Digest("issue", id, "0"),
	}
	d.Issues = []doors.Issue{
		{ID: evidence.Digest("issue", id, "0"), Date: "2026-06-01", Until: "2026-06-12", Withdrawn: true, Grade: "BB", Score: "81.00", Coverage: "0.83", Standard: StandardID, Position: 90}, *d.Issue,
	}
	h.Dossiers[id] = d
	h.Known["former-id"], h.Known["MA5EXAMP1"], h.Known["yunshan.example"] = id, id, id
	h.fact(id, evidence.Fact{
		Type: "penalty", Key: "深市监南|深市监南罚字〔2026〕118号", Date: "2026-05-12",
		Fields:   map[string]string{"number": "深市监南罚字〔2026〕118号", "authority": "模拟市市场监督管理局南山监管局", "date": "2026-05-12", "kinds": "没收违法所得;罚款", "amount": "20000.00", "conduct": "虚假宣传"},
		Differs:  []evidence.Difference{{Field: "amount", Values: []string{"20000.00", "2.00"}, Held: "相差一万倍，疑为单位有误 perhaps a unit slip"}},
		Presence: []evidence.Interval{{From: "2026-05-20"}},
	}, page, "深市监南罚字〔2026〕118号")
	h.fact(id, evidence.Fact{
		Type: "penalty", Key: "深市监南|深市监南罚字〔2025〕907号", Date: "2025-12-01",
		Fields:  map[string]string{"number": "深市监南罚字〔2025〕907号", "authority": "模拟市市场监督管理局南山监管局", "date": "2025-12-01", "kinds": "警告"},
		Effects: []evidence.Effect{{Kind: evidence.Repaired, From: "2026-03-01", By: "repair-1"}},
	}, page, "深市监南罚字〔2025〕907号")
	h.fact(id, evidence.Fact{
		Type: "judgment", Key: "（2026）粤0305民初4521号", Date: "2026-08-20", Disputed: true,
		Fields: map[string]string{"number": "（2026）粤0305民初4521号", "court": "广东省深圳市南山区人民法院", "cause": "网络购物合同纠纷", "outcome": "partly", "amount": "3280.00", "in_effect": "true", "category": "commercial"},
	}, court, "（2026）粤0305民初4521号")
	h.fact(id, evidence.Fact{
		Type: "abnormal_listing", Key: "经营异常名录|2024-07-10", Date: "2024-07-10", End: "2025-02-01", EndOf: "inferred",
		Fields: map[string]string{"reason": "未按规定公示年度报告", "listed": "2024-07-10", "removed": "2025-02-01"},
	}, list, "未按规定公示年度报告")
	h.fact(id, evidence.Fact{Type: "award", Key: "award", Date: "2026-04-22", Fields: map[string]string{"name": "诚信经营示范网店", "level": "municipal", "authority": "模拟市商务局"}}, "", "")
	h.fact(id, evidence.Fact{
		Type: "coercion", Key: "gone", Date: "2026-02-02", Fields: map[string]string{"number": "深市监强〔2026〕3号", "measure": "查封"},
		Presence: []evidence.Interval{{From: "2026-02-03", To: "2026-06-01"}},
	}, "", "")
}

// fact puts a fact into the company's dossier, stated by one record that
// stood where the words are on a page.
func (h *House) fact(entity string, f evidence.Fact, content, words string) {
	f.ID, f.Entity, f.Sources = FactID(f.Type, f.Key), entity, []string{"amr-penalty"}
	d := h.Dossiers[entity]
	out := doors.Fact{Fact: f, Entity: refOf(d)}
	if content != "" {
		r := evidence.Record{
			Source: "amr-penalty", View: "list", Type: f.Type, Key: f.Key, Fields: f.Fields,
			Parties: []evidence.Party{{Role: evidence.RoleSubject, Name: Company, Identifiers: []evidence.Identifier{{Scheme: evidence.USCC, Value: Code}}}},
		}
		text := h.Captures[content].Text
		start := len([]rune(text[:strings.Index(text, words)]))
		cite := evidence.Citation{Content: content, Field: "number", Original: words, Place: evidence.Place{Start: start, End: start + len([]rune(words)), Decoder: "page/1", Text: evidence.DigestBytes([]byte(text))}}
		ref := doors.FactRef{ID: f.ID, Type: f.Type, Key: f.Key, Name: f.Fields["number"], Date: f.Date, Entity: refOf(d), State: f.State(evidence.DateOf(Now()))}
		rec := doors.Record{
			ID: r.ID(), Facts: []doors.FactRef{ref}, Entities: []doors.Ref{refOf(d)},
			Versions: []doors.Version{{Record: r, First: at("2026-11-02", 10), Last: at("2026-11-08", 10), Citations: []evidence.Citation{cite}}},
		}
		h.Records[rec.ID] = rec
		out.Records, out.Fact.Records = []doors.Record{rec}, []string{rec.ID}
		h.Marks[content] = append(h.Marks[content], doors.Mark{Record: rec.ID, Type: f.Type, Citation: cite, Facts: rec.Facts, Entities: rec.Entities})
	}
	h.FactsByID[f.ID] = out
	d.Facts = append(d.Facts, out.Fact)
	d.Entity.Facts = append(d.Entity.Facts, f.ID)
	h.Dossiers[entity] = d
}

// capture keeps a page and returns its content id.
func (h *House) capture(path, title, text string) string {
	id := ContentOf(path)
	c := evidence.Capture{
		ID: "0b9a4a4e-5a52-4a5e-9c1d-" + id[:12], Run: "world-1", Attempt: 1, Content: id, Payload: evidence.DigestBytes([]byte(text)), Time: at("2026-11-02", 10),
		Lead:   evidence.Lead{Method: "GET", URL: "http://amr.example" + path, Source: "amr-penalty", View: "list", Origin: ContentOf("/")},
		Status: 200, Type: "text/html", Size: int64(len(text)), Address: "127.0.0.1:8080",
		Robots: evidence.RobotsDecision{Allowed: true, Reason: "allowed", Rule: "Allow: /"}, Charset: evidence.Charset{Name: "gb18030", By: "meta", Confidence: 1}, Crawler: "probity/0.1",
	}
	seen := evidence.Exchange{Capture: c}
	attach(&seen)
	c = seen.Capture
	h.Captures[id] = doors.Capture{Capture: c, Title: title, Text: text, Reader: "table/1", Seen: []doors.Sighting{{ID: c.ID, Run: c.Run, Time: c.Time}, {ID: "1b9a", Run: "world-2", Time: at("2026-11-03", 10)}}}
	return id
}
