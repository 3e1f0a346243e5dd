package evidence

// A Kind says how a field is normalised.
type Kind string

// The kinds of fields. Every value is a string in one canonical form.
const (
	Text   Kind = "text"   // as written, white space collapsed
	Day    Kind = "date"   // 2006-01-02
	Money  Kind = "money"  // yuan with two decimals, exact: 2000.00
	Number Kind = "number" // decimal without leading zeros or exponent
	DocNo  Kind = "docno"  // document or case number: brackets 〔〕 or （）, no spaces
	Person Kind = "person" // name of a natural person: masked, 张某某
	Flag   Kind = "flag"   // true or false
	Enum   Kind = "enum"   // one of the field's values
	List   Kind = "list"   // enum values or texts, sorted, joined by ;
)

// A Shape says how a type's statements behave in time (MODEL 2).
type Shape string

// The shapes.
const (
	Event    Shape = "event"    // holds from its document's date
	Standing Shape = "standing" // being on a list: from its start to its end
	Snapshot Shape = "snapshot" // from its capture to the next
)

// A RecordType is one entry of the vocabulary: what may be said of an
// operator, in which fields.
type RecordType struct {
	Name   string // the same in code, logs, queues, URLs and pages
	Title  string // Chinese, as the law calls it
	Class  int    // class 1-5 of Article 10
	Shape  Shape
	Date   string // the field that dates it: an event's document date, a standing's start
	End    string // a standing's own end, if the publisher says one
	Fields []Field
}

// A Field of a record type.
type Field struct {
	Name   string
	Title  string
	Kind   Kind
	Values []string // of an Enum, or of a List with fixed values
}

// Field returns the field of that name.
func (t RecordType) Field(name string) (Field, bool) {
	for _, f := range t.Fields {
		if f.Name == name {
			return f, true
		}
	}
	return Field{}, false
}

// TypeOf returns the record type of that name.
func TypeOf(name string) (RecordType, bool) {
	for _, t := range Types() {
		if t.Name == name {
			return t, true
		}
	}
	return RecordType{}, false
}

// Types returns the vocabulary, in the order of Article 10.
func Types() []RecordType {
	var all []RecordType
	for _, part := range [][]RecordType{basicTypes(), supervisionTypes(), litigationTypes(), activityTypes(), otherTypes()} {
		all = append(all, part...)
	}
	return all
}

// Article 10 (1): registration, licences, qualifications.
func basicTypes() []RecordType {
	return []RecordType{
		{"registration", "登记信息", 1, Snapshot, "", "", []Field{
			{"status", "登记状态", Enum, []string{"存续", "在业", "开业", "正常", "迁出", "歇业", "清算", "吊销", "注销", "撤销"}},
			{"status_date", "状态日期", Day, nil},
			{"operator_kind", "主体类型", Enum, []string{"company", "branch", "individual", "sole", "cooperative", "partnership"}},
			{"address", "住所", Text, nil},
			{"area", "登记地区", Number, nil}, // six digits, GB/T 2260
			{"established", "成立日期", Day, nil},
			{"business_scope", "经营范围", Text, nil},
			{"legal_representative", "法定代表人", Person, nil},
			{"capital", "注册资本", Money, nil},
			{"former_names", "曾用名", List, nil}, // each NAME/FIRST DAY/LAST DAY
			{"name_since", "现名启用日期", Day, nil}, // first day of the present name
			{"parent", "隶属企业", Text, nil},      // of a branch
			{"predecessor", "前身", Text, nil},   // identifier or name
			{"registrar", "登记机关", Text, nil},
		}},
		{"annual_report", "年度报告", 1, Event, "published", "", []Field{
			{"year", "报告年度", Number, nil}, {"published", "公示日期", Day, nil},
		}},
		{"licence", "行政许可", 1, Standing, "valid_from", "valid_to", []Field{
			{"number", "许可文书号", DocNo, nil},
			{"name", "许可证名称", Text, nil},
			{"authority", "许可机关", Text, nil},
			{"valid_from", "有效期自", Day, nil},
			{"valid_to", "有效期至", Day, nil},
			{"status", "状态", Enum, []string{"有效", "注销", "吊销", "撤销"}},
		}},
		{"icp", "ICP备案", 1, Snapshot, "", "", []Field{
			{"number", "备案号", DocNo, nil}, {"domain", "域名", Text, nil}, {"approved", "审核日期", Day, nil},
		}},
		{"police_filing", "公安联网备案", 1, Snapshot, "", "", []Field{
			{"number", "备案号", DocNo, nil}, {"domain", "域名", Text, nil}, {"approved", "备案日期", Day, nil},
		}},
		{"site_listing", "网站登记", 1, Snapshot, "", "", []Field{
			{"url", "网址", Text, nil}, {"host", "主机", Text, nil},
		}},
		{"shop", "网店", 1, Snapshot, "", "", []Field{
			{"platform", "平台", Text, nil},
			{"shop_id", "店铺号", Text, nil},
			{"shop_name", "店铺名称", Text, nil},
			{"opened", "开店日期", Day, nil},
			{"identity_verified", "主体已核验", Flag, nil},
			{"licence_display", "亮照", Enum, []string{"full", "partial", "exempt_declared", "none"}},
			{"orders", "近十二个月订单数", Number, nil},
			{"return_policy", "退货规则公示", Flag, nil},
			{"absolute_terms", "绝对化用语", Number, nil},
			{"latest_goods", "最近上新", Day, nil},
			{"operator_kind", "经营者类型", Enum, []string{"company", "individual", "natural"}},
			{"operator_since", "现经营者起始", Day, nil},
		}},
	}
}
