package extractors_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/text/encoding/simplifiedchinese"

	"probity/extractors"
	"probity/extractors/mask"
	"probity/extractors/papertest"
	"probity/extractors/pdf"
	"probity/pipeline/evidence"
)

func settings(views ...evidence.View) extractors.Settings {
	return extractors.Settings{PersonKey: []byte("secret"), PDF: pdfs, Source: evidence.Source{ID: "s", Views: views}}
}

// pdfs is compiled once, since that takes seconds.
var pdfs = &pdf.Engine{Cache: pdf.UserCache()}

func penalties() evidence.View {
	return evidence.View{
		Name: "list", Match: `^/list`, Read: "table", Record: "penalty", Key: []string{"authority", "number", "party"}, Empty: "暂无相关信息",
		Fields: []evidence.Label{
			{Label: "文号", Field: "number", Need: true},
			{Label: "当事人", Field: "party.name", Need: true},
			{Label: "代码", Field: "party.identifier"},
			{Label: "法定代表人", Field: "legal_representative"},
			{Label: "违法事实", Field: "facts"},
			{Label: "日期", Field: "date", Need: true},
			{Label: "机关", Field: "authority", Need: true},
			{Label: "证件号码", Ignore: "个人信息"},
		},
		Skip: []evidence.SkipRule{{Label: "文号", Match: "^合计", Reason: "合计行"}},
	}
}

func exchange(url, media, charset string, body []byte) evidence.Exchange {
	return evidence.Exchange{Body: body, Capture: evidence.Capture{
		Status: 200, Type: media, Content: "c", Charset: evidence.Charset{Name: charset}, Lead: evidence.Lead{Method: "GET", URL: url},
	}}
}

func TestAPageThatIsNotWhatTheSourceSaysIsRefusedByName(t *testing.T) {
	head := "文号,当事人,代码,法定代表人,违法事实,日期,机关,证件号码\n"
	for _, tc := range []struct {
		name, url, media string
		body             []byte
		want             []string // in the message
	}{
		{
			"renamed column", "http://a.example/list.csv", "text/csv", []byte(strings.Replace(head, "文号", "编号", 1) + "1,2,3,4,5,6,7,8\n"),
			[]string{"http://a.example/list.csv", "column 文号 is missing", "编号、当事人、代码"},
		},
		{"column twice", "http://a.example/list.csv", "text/csv", []byte(strings.Replace(head, "代码", "文号", 1)), []string{"column 文号 stands there twice"}},
		{
			"an error page with status 200 for a list", "http://a.example/list.csv", "text/csv", []byte("<html><title>出错了</title>请稍后再试</html>"),
			[]string{"no table at table", "出错了", "请稍后再试"},
		},
		{"an empty table", "http://a.example/list.csv", "text/csv", []byte(head), []string{"no rows", "暂无相关信息"}},
		{"an empty body", "http://a.example/list.csv", "text/csv", nil, []string{"column 文号 is missing", "no row"}},
		{"half a workbook", "http://a.example/list.xlsx", "application/octet-stream", workbook(t, "## a\n"+strings.ReplaceAll(head, ",", "\t"))[:900], []string{"read workbook", "list.xlsx"}},
		{"an old workbook", "http://a.example/list.xls", "application/vnd.ms-excel", []byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1rest"), []string{".xls", "ask for XLSX"}},
		{"a workbook without the sheet's columns", "http://a.example/list.xlsx", "", workbook(t, "## 甲\n一\t二\n## 乙\n三\t四\n"), []string{"column 文号 is missing", "sheet 甲"}},
		{"JSON that breaks off", "http://a.example/list.json", "application/json", []byte(`{"list":[`), []string{"parse JSON"}},
		{"a picture", "http://a.example/list.png", "image/png", []byte("\x89PNG"), []string{"image/png", "nothing that can be read"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			x := exchange(tc.url, tc.media, "", tc.body)
			if strings.HasSuffix(tc.url, ".csv") {
				x.Capture.Charset.Name = "utf-8"
			}
			r, err := extractors.Read(settings(penalties()), "", x)
			if !errors.Is(err, evidence.ErrInvalid) || len(r.Records) > 0 {
				t.Fatalf("error %v, %d records", err, len(r.Records))
			}
			for _, part := range append(tc.want, "source s, view list") {
				if !strings.Contains(err.Error(), part) {
					t.Errorf("%q does not say %q", err, part)
				}
			}
		})
	}
}

func TestAViewIsFoundByNameThenByAddress(t *testing.T) {
	other := penalties()
	other.Name, other.Match = "other", `\.csv$`
	s := settings(penalties(), other)
	for _, tc := range []struct{ view, leadView, url, want string }{
		{"", "", "http://a.example/list?x", `view list`},
		{"", "", "http://a.example/x.csv", `view other`},
		{"", "other", "http://a.example/list", `view other`},
		{"list", "other", "http://a.example/x.csv", `view list`},
		{"", "", "http://a.example/x", `no view reads this address`},
		{"none", "", "http://a.example/x", `no view "none"`},
	} {
		x := exchange(tc.url, "text/html", "utf-8", []byte("<p>x</p>"))
		x.Capture.Lead.View = tc.leadView
		if _, err := extractors.Read(s, tc.view, x); err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%+v: %v", tc, err)
		}
	}
	x := exchange("http://a.example/list", "text/html", "utf-8", []byte("<p>x</p>"))
	x.Capture.Status = 500
	if _, err := extractors.Read(s, "", x); !errors.Is(err, evidence.ErrInvalid) || !strings.Contains(err.Error(), "500") {
		t.Errorf("status 500 is no page: %v", err)
	}
	s.PersonKey = nil
	if _, err := extractors.Read(s, "", exchange("http://a.example/list", "", "", nil)); !errors.Is(err, evidence.ErrInvalid) {
		t.Errorf("without a person key nothing is read: %v", err)
	}
}

func TestAFaultOfTheDeclarationSaysSo(t *testing.T) {
	for want, spoil := range map[string]func(*evidence.View){
		`no field "nothing"`:          func(v *evidence.View) { v.Fields[0].Field = "nothing" },
		`no record type "thing"`:      func(v *evidence.View) { v.Record = "thing" },
		`"文 号" is declared twice`:     func(v *evidence.View) { v.Fields[1].Label = "x|文 号" },
		`no CSS selector`:             func(v *evidence.View) { v.Rows = "table[" },
		`no reader "magic"`:           func(v *evidence.View) { v.Read = "magic" },
		`is not a date in its canoni`: func(v *evidence.View) { v.Fields = v.Fields[:5]; v.Set = map[string]string{"date": "2020年"} },
	} {
		v := penalties()
		spoil(&v)
		x := exchange("http://a.example/list", "text/html", "utf-8", []byte("<table><tr><td>文号<td>当事人<td>代码<td>法定代表人<td>违法事实<tr><td>1<td>甲公司<td><td><td></table>"))
		v.Skip = nil
		if _, err := extractors.Read(settings(v), "", x); !errors.Is(err, evidence.ErrInvalid) || !strings.Contains(err.Error(), want) {
			t.Errorf("want %q: %v", want, err)
		}
		if want == "no CSS selector" {
			continue // rows may be a path or a sheet's name, too
		}
		if err := extractors.Check(settings(v).Source); !errors.Is(err, evidence.ErrInvalid) || !strings.Contains(err.Error(), want) {
			t.Errorf("before any page, want %q: %v", want, err)
		}
	}
}

func TestUndecodableBytesAreQuarantinedWhereTheyMatterAndMarkedElsewhere(t *testing.T) {
	body := "文号,当事人,代码,法定代表人,违法事实,日期,机关,证件号码\n" +
		"x,甲\xff公司,,,,2018-03-01,局,\ny,乙公司,,,事\xff实,2018-03-01,局,\n"
	r, err := extractors.Read(settings(penalties()), "", exchange("http://a.example/list.csv", "text/csv", "utf-8", []byte(body)))
	if err != nil || len(r.Records) != 1 || len(r.Quarantined) != 1 {
		t.Fatalf("%d records, %v, %v", len(r.Records), r.Quarantined, err)
	}
	if q := r.Quarantined[0]; !strings.Contains(q.Reason, "列「当事人」有无法解码的字节") || q.Text != "x,甲\ufffd公司,,,,2018-03-01,局," {
		t.Errorf("%+v", q)
	}
	if rec := r.Records[0]; rec.Fields["facts"] != "事\ufffd实" || !strings.Contains(rec.Marks["facts"], "无法解码") {
		t.Errorf("%+v", rec)
	}
}

// residents are valid numbers; names are of persons and operators.
var (
	residents = []string{"360426199101010071", "11010519491231002X", "44011320141005001X"}
	operators = []string{"深圳某电子商务有限公司", "深圳别家贸易有限公司", "张三小吃店", "", "无"}
	codes     = []string{"91440300192317458F", "440301103097413", "19231745-8", "91440300192317458X", "", "360426199101010071", "1101082953931"}
)

// randomRows makes rows such as publishers write, some of them wrong.
func randomRows(r *rand.Rand, n int) [][]string {
	pick := func(from ...string) string { return from[r.IntN(len(from))] }
	rows := [][]string{{"文号", "当事人", "代码", "法定代表人", "违法事实", "日期", "机关", "证件号码"}}
	for range n {
		person := pick("李四", "欧阳小明")
		party, code := pick(operators...), pick(codes...)
		if r.IntN(3) == 0 {
			party, code = person, pick("", residents[0])
		}
		row := []string{
			pick("深市监罚字〔2018〕1号", "深市监罚字[2018]2 号", "", "合计", "x", "深市监罚字〔2018〕"+strconv.Itoa(r.IntN(50))+"号"),
			party, code, person, pick(person+"称不知情，电话13812345678", "身份证"+pick(residents...), "经查", "", "\"引号\"；分号"),
			pick("2018-03-01", "2018年3月2日", "20180303", "昨天", ""), pick("深圳市市场监督管理局", "罗湖分局", ""), pick(residents...),
		}
		rows = append(rows, row)
	}
	return rows
}

// forms writes rows as every form that a table has.
func forms(t *testing.T, rows [][]string) map[string]evidence.Exchange {
	t.Helper()
	var c, h, s strings.Builder
	s.WriteString("## 表\n")
	h.WriteString("<title>表 360426199101010071</title><table>")
	objects := []map[string]string{}
	for i, row := range rows {
		h.WriteString("<tr>")
		object := map[string]string{}
		for j, v := range row {
			if j > 0 {
				c.WriteString(",")
				s.WriteString("\t")
			}
			c.WriteString(`"` + strings.ReplaceAll(v, `"`, `""`) + `"`)
			h.WriteString("<td>" + v + "</td>")
			s.WriteString(v)
			object[rows[0][j]] = v
		}
		c.WriteString("\r\n")
		s.WriteString("\n")
		h.WriteString("</tr>")
		if i > 0 {
			objects = append(objects, object)
		}
	}
	j, err := json.Marshal(objects)
	if err != nil {
		t.Fatal(err)
	}
	gb, err := simplifiedchinese.GB18030.NewEncoder().Bytes([]byte(c.String()))
	if err != nil {
		t.Fatal(err)
	}
	return map[string]evidence.Exchange{
		"CSV":  exchange("http://a.example/list.csv", "text/csv", "gb2312", gb),
		"HTML": exchange("http://a.example/list", "text/html", "utf-8", []byte(h.String())),
		"JSON": exchange("http://a.example/list.json", "application/json", "utf-8", j),
		"XLSX": exchange("http://a.example/list.xlsx", "", "", workbook(t, s.String())),
		"DOCX": exchange("http://a.example/list.docx", "", "", papertest.DOCX(papertest.Para("表 "+residents[0])+papertest.Cells(rows))),
		"PDF": exchange("http://a.example/list.pdf", "application/octet-stream", "", papertest.Table(papertest.Layout{
			Title: "表 " + residents[0], Widths: []float64{70, 70, 70, 50, 90, 60, 60, 45}, Height: 300, Ruled: true, Tear: true, Number: true, Head: len(rows)%2 == 0,
		}, rows)),
	}
}

func TestRowsAreRecordsOrQuarantinedOrSkippedAndNothingPersonalLeaves(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 7))
	for round := range 40 {
		rows := randomRows(r, 1+r.IntN(12))
		all := forms(t, rows)
		first := ""
		for _, name := range []string{"CSV", "HTML", "JSON", "XLSX", "DOCX", "PDF"} {
			if name == "PDF" && round%5 > 0 {
				continue // one takes as long as all other forms together
			}
			body := readTwice(t, all[name], len(rows)-1)
			if first == "" {
				first = body
			}
			if body != first {
				t.Errorf("the forms differ: CSV %s\n%s %s", first, name, body)
			}
			if t.Failed() {
				t.Fatalf("round %d, %s", round, name)
			}
		}
	}
}

// readTwice holds what is true of every reading of a list of so many rows, and
// returns what it states, places left out.
func readTwice(t *testing.T, x evidence.Exchange, rows int) string {
	t.Helper()
	reading, err := extractors.Read(settings(penalties()), "", x)
	if err != nil {
		t.Fatal(err)
	}
	checkReading(t, reading)
	if reading.Rows != rows {
		t.Errorf("%d rows, want %d", reading.Rows, rows)
	}
	all := everything(t, reading)
	for _, personal := range append(residents, "13812345678", "欧阳小明", "李四") {
		if strings.Contains(all, personal) {
			t.Errorf("%s leaves the room in\n%s", personal, all)
		}
	}
	again, err := extractors.Read(settings(penalties()), "", x)
	if err != nil || everything(t, again) != all {
		t.Error("the same capture reads differently")
	}
	for i := range reading.Records {
		reading.Records[i].Citations = nil
	}
	return fmt.Sprint(everything(t, evidence.Reading{Records: reading.Records}), len(reading.Quarantined), reading.Skipped)
}

// everything is a reading with its citations, which JSON leaves out.
func everything(t *testing.T, r evidence.Reading) string {
	t.Helper()
	b, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	for _, rec := range r.Records {
		b = fmt.Append(b, rec.Citations)
	}
	return string(b)
}

func TestMaskingMakesNoTwoPersonsOne(t *testing.T) {
	body := "文号,当事人,代码,法定代表人,违法事实,日期,机关,证件号码\n" +
		"x,张三,,,,2018-03-01,局,\nx,张四,,,,2018-03-01,局,\nx,张三小吃店,,张三,张三说,2018-03-01,局,\n"
	r, err := extractors.Read(settings(penalties()), "", exchange("http://a.example/list.csv", "text/csv", "utf-8", []byte(body)))
	if err != nil || len(r.Records) != 3 {
		t.Fatalf("%d records, %v, %v", len(r.Records), r.Quarantined, err)
	}
	a, b, shop := r.Records[0], r.Records[1], r.Records[2]
	if a.Parties[0].Name != "张某" || b.Parties[0].Name != "张某" || a.Key == b.Key || a.Parties[0].PersonKey == b.Parties[0].PersonKey {
		t.Errorf("two persons of one masked name: %+v and %+v", a, b)
	}
	if a.Parties[0].PersonKey != mask.PersonKey([]byte("secret"), "张三") {
		t.Error("the key of a person is of the unmasked name")
	}
	if shop.Parties[0].Name != "张三小吃店" || shop.Fields["facts"] != "张某说" || !strings.Contains(r.Text, "张三小吃店,,张某,张某说") {
		t.Errorf("an operator's name is published, its owner's is not: %+v\n%s", shop, r.Text)
	}
}
