package words

import (
	"fmt"
	"slices"
	"strings"

	"probity/pipeline/evidence"
)

// A Line is one field of a record or fact, as a person reads it.
type Line struct{ Name, Title, Value string }

// Lines are the fields of a type that have a value, in the vocabulary's
// order; what the vocabulary lacks comes last.
func Lines(typ string, fields map[string]string) []Line {
	var lines []Line
	t, _ := evidence.TypeOf(typ)
	seen := map[string]bool{}
	for _, f := range t.Fields {
		if v := fields[f.Name]; v != "" {
			lines = append(lines, Line{f.Name, f.Title, value(f, v)})
		}
		seen[f.Name] = true
	}
	for name, v := range fields {
		if !seen[name] {
			lines = append(lines, Line{name, name, v})
		}
	}
	return lines
}

// Field is the title of a field of a type; its name where there is none.
func Field(typ, name string) string {
	switch name {
	case "":
		return "整条 whole"
	case "party.name":
		return "当事人"
	case "party.identifier":
		return "当事人代码"
	}
	t, _ := evidence.TypeOf(typ)
	if f, ok := t.Field(name); ok {
		return f.Title
	}
	return name
}

// Value writes a normalised value for a person.
func Value(typ, name, v string) string {
	t, _ := evidence.TypeOf(typ)
	f, _ := t.Field(name)
	return value(f, v)
}

func value(f evidence.Field, v string) string {
	switch f.Kind {
	case evidence.Money:
		return Thousands(v) + " 元"
	case evidence.Flag:
		return map[string]string{"true": "是", "false": "否"}[v]
	case evidence.List:
		return strings.ReplaceAll(v, ";", "、")
	case evidence.Enum:
		return enum(v)
	case evidence.Text, evidence.Day, evidence.Number, evidence.DocNo, evidence.Person:
	}
	return v
}

func enum(v string) string {
	zh := map[string]string{
		"commercial": "民商事", "ip": "知识产权", "labour": "劳动争议", "other": "其他", "1": "一审", "2": "二审", "retrial": "再审",
		"lost": "败诉", "partly": "部分败诉", "won": "胜诉", "upheld": "维持", "changed": "改判", "remitted": "发回重审", "withdrawn": "撤回",
		"full": "完整", "partial": "部分", "exempt_declared": "已声明依法免于登记", "none": "无",
		"national": "国家级", "provincial": "省级", "municipal": "市级", "made": "已作出", "performed": "已履行", "broken": "已违反",
		"ordered_to_pay": "已责令限期缴存", "court_enforced": "已申请法院强制执行", "settled": "已缴清",
		"malware": "恶意程序", "phish": "钓鱼", "minor": "一般", "major": "重大",
		"repaired": "修复", "repair_revoked": "撤销修复", "annulled": "撤销", "corrected": "更正",
		"company": "公司", "branch": "分支机构", "individual": "个体工商户", "sole": "个人独资企业", "cooperative": "合作社", "partnership": "合伙企业", "natural": "自然人",
	}[v]
	if zh == "" {
		return v
	}
	return zh
}

// Thousands groups the digits of a decimal: 20000.00 is 20,000.00.
func Thousands(v string) string {
	whole, rest, dot := strings.Cut(v, ".")
	sign := ""
	if strings.HasPrefix(whole, "-") {
		sign, whole = "-", whole[1:]
	}
	var b strings.Builder
	for i, r := range whole {
		if i > 0 && (len(whole)-i)%3 == 0 {
			b.WriteByte(',')
		}
		b.WriteRune(r)
	}
	if dot {
		return sign + b.String() + "." + rest
	}
	return sign + b.String()
}

// Name is by what a fact is called in a line: its number, name or ground.
func Name(typ string, fields map[string]string, key string) string {
	for _, f := range []string{"number", "name", "title", "reason", "review_id", "shop_name", "host", "year", "conduct"} {
		if fields[f] != "" {
			return fields[f]
		}
	}
	if typ == "registration" && fields["status"] != "" {
		return fields["status"]
	}
	return key
}

// Called is the name of a fact that is only mentioned: its name, else the last
// part of its key that says something.
func Called(name, key string) string {
	if name != "" {
		return name
	}
	parts := strings.Split(key, "|")
	for _, part := range slices.Backward(parts) {

		if kind, rest, ok := strings.Cut(part, ":"); ok && len(kind) < 3 {
			part = rest
		}
		if part != "" {
			return part
		}
	}
	return key
}

// Short is the rest of that line: what was decided by whom, in a few words.
func Short(typ string, fields map[string]string) string {
	var parts []string
	for _, f := range []string{"authority", "court", "kinds", "amount", "measure", "cause", "outcome", "stage", "level", "status", "category", "result", "balance", "stars", "text"} {
		if fields[f] != "" && len(parts) < 4 {
			parts = append(parts, Value(typ, f, fields[f]))
		}
	}
	return strings.Join(parts, " · ")
}

// Bytes writes a size.
func Bytes(n int64) string {
	switch {
	case n >= 1<<30:
		return fmt.Sprintf("%.1f GiB", float64(n)/(1<<30))
	case n >= 1<<20:
		return fmt.Sprintf("%.1f MiB", float64(n)/(1<<20))
	case n >= 1<<10:
		return fmt.Sprintf("%.1f KiB", float64(n)/(1<<10))
	}
	return fmt.Sprintf("%d B", n)
}
