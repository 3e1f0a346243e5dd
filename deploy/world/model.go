package world

// Forever is the end of a span that does not end.
const Forever = 1 << 30

// A Span is the days from From to the one before To on which something is
// public. Day 0 is 2026-11-02.
type Span struct{ From, To int }

// A Show is where a document is public, and when.
type Show struct {
	Channel string // one of the channels of Channels
	Spans   []Span
}

// A Version is how a document reads from a day on.
type Version[T any] struct {
	From  int
	Value T
}

// A Doc is one document of the world: how it reads on which day, and on which
// channels it is shown when.
type Doc[T any] struct {
	Shows    []Show
	Versions []Version[T] // by From; the first one reads back to the beginning
}

// Read returns the document as it reads on a day.
func (d Doc[T]) Read(day int) T {
	out := d.Versions[0].Value
	for _, v := range d.Versions[1:] {
		if v.From <= day {
			out = v.Value
		}
	}
	return out
}

// On reports whether a channel shows the document on a day; an empty channel
// asks for any.
func (d Doc[T]) On(channel string, day int) bool {
	for _, s := range d.Shows {
		if channel != "" && s.Channel != channel {
			continue
		}
		for _, p := range s.Spans {
			if p.From <= day && day < p.To {
				return true
			}
		}
	}
	return false
}

// shown returns what a channel shows on a day, in the order of the documents.
func shown[T any](docs []Doc[T], channel string, day int) []T {
	var out []T
	for _, d := range docs {
		if d.On(channel, day) {
			out = append(out, d.Read(day))
		}
	}
	return out
}

// A Money is an amount in fen, so that 999,999.99 yuan is exact.
type Money int64

// Yuan makes an amount of whole yuan.
func Yuan(n int64) Money { return Money(n * 100) }

// A Party is an operator as a document names it. Empty codes are not written
// on the document.
type Party struct {
	Op       int    // index into World.Operators; -1: somebody who is none of them
	Name     string // as borne on the document's date
	USCC     string
	OrgCode  string // nine characters, without the hyphen
	RegNo    string // fifteen digits
	LegalRep string // unmasked; of an individual the owner
	Kind     string // kind of operator, as Operator.Kind
}

// Code is the strongest code of the party as a portal prints it: the USCC, else
// the organisation code with its hyphen, else the registration number; empty
// where the document names no code.
func (p Party) Code() string {
	switch {
	case p.USCC != "":
		return p.USCC
	case p.OrgCode != "":
		return p.OrgCode[:8] + "-" + p.OrgCode[8:]
	}
	return p.RegNo
}

// A DatedName is a name and the days on which it was borne, both included; an
// empty To is the name still borne.
type DatedName struct {
	Name     string
	From, To Date
}

// An Operator is somebody who trades: what never changes of it.
type Operator struct {
	ID      string // op-001 …, for URLs
	Case    string // the situation it was cast for, empty for the crowd; never on a page
	Kind    string // company, branch, individual, sole, cooperative, partnership, natural
	USCC    string // empty: none (an old registration, a natural person)
	OrgCode string // positions 9-17 of the USCC
	RegNo   string // fifteen digits; some have nothing else
	Names   []DatedName
	Sites   []int // indices into World.Sites
	Shops   []int // indices into World.Shops; whose they are on a day says Shop.Op
}

// A Registration is an operator's page at the company register.
type Registration struct {
	Op          int
	Name        string
	USCC, RegNo string
	Kind        string
	Status      string // 存续 …
	StatusDate  Date   // empty for the first status
	Address     string
	Area        string // six digits
	Established Date
	Scope       string // 经营范围
	LegalRep    string
	Capital     Money // 0: not shown (individuals, branches)
	Former      []DatedName
	NameSince   Date
	Parent      string // of a branch: the parent's name
	ParentUSCC  string
	Predecessor string // USCC of the operator it was made from
	Registrar   string
}

// An AnnualReport is a published report of a year.
type AnnualReport struct {
	ID        string
	Party     Party
	Year      int
	Published Date
}

// A Licence is an administrative licence.
type Licence struct {
	ID        string
	Party     Party
	Number    string
	Name      string // 食品经营许可证 …
	Authority string
	From, To  Date
	Status    string // 有效, 注销, 吊销, 撤销
}

// A Filing is an ICP or public-security filing of a domain.
type Filing struct {
	ID       string
	Party    Party
	Number   string
	Domain   string
	Approved Date
}

// A Penalty is a penalty decision.
type Penalty struct {
	ID          string
	Party       Party
	Number      string // as the deciding authority writes it, with 〔〕
	Authority   string // who decided; the publisher of a channel may be another
	Date        Date
	Kinds       []string // items: 罚款, 警告 …
	Fine        Money    // 0: none
	Confiscated Money    // 0: none
	Conduct     string   // 违法行为类型
	Facts       string
	Basis       string
	Content     string // what is decided, in words
	Summary     bool   // 简易程序
	PublicEnd   Date   // the publisher's own end of publicity, empty: none
	ValidUntil  Date
	Status      string // 正常
	Slip        bool   // the table of 2018 writes yuan in the column of 万元; Penalties does it
}

// A Notice is an administrative document with a number and little else:
// coercion (Text is the measure), labour violation, fake-review decision,
// partner notice, confirmed false material (Text is the conduct).
type Notice struct {
	ID        string
	Party     Party
	Number    string
	Authority string
	Date      Date
	Text      string
}

// A Listing is an entry of a public list: abnormal operation, serious
// dishonesty, unpaid wages.
type Listing struct {
	ID            string
	Party         Party
	Number        string
	Reason        string
	Authority     string
	Listed        Date
	Removed       Date // empty: still on it
	RemovalReason string
	Category      string // of the list of serious dishonesty
}

// A TaxArrears is one tax of one operator in an announcement.
type TaxArrears struct {
	ID        string
	Party     Party
	Number    string // of the announcement and line
	Authority string
	Date      Date
	Tax       string // 增值税 …
	Balance   Money
	New       Money
	Settled   Date // empty: not yet
}

// An Arrears is an unpaid housing fund or social insurance.
type Arrears struct {
	ID        string
	Party     Party
	Number    string
	Authority string
	Date      Date
	Stage     string // ordered_to_pay, court_enforced, settled
	Amount    Money
	Settled   Date
}

// A SpotCheck is one product of one operator in an announcement.
type SpotCheck struct {
	ID        string
	Party     Party
	Number    string
	Authority string
	Date      Date
	Product   string
	Batch     string
	Passed    bool
}

// A Judgment is a judgment with its text's ingredients. The operator is the
// defendant unless Plaintiff says otherwise.
type Judgment struct {
	ID          string
	Party       Party
	Other       string // the other side's name, masked by the court where a person
	Plaintiff   bool   // the operator sued
	Number      string // （2026）粤0305民初123号; may be masked with ×
	Court       string
	Date        Date
	Effective   Date   // empty: not said
	InEffect    bool   // the page says that it is in effect
	Cause       string // 案由
	Category    string // commercial, ip, labour, other
	Instance    string // 1, 2, retrial
	Appealed    string // of an appeal: the number below
	Outcome     string // lost, partly, won: for the operator
	Disposition string // of an appeal: upheld, changed, remitted, withdrawn
	Amount      Money  // to be paid by the operator
	Facts       string // what happened, in a sentence or two
}

// An Award is an award of the labour arbitration commission.
type Award struct {
	ID        string
	Party     Party
	Number    string
	Authority string
	Date      Date
	Outcome   string // lost, partly, won: for the operator
	Amount    Money
	Effective Date // empty: not said
}

// A CourtEntry is an open enforcement, a consumption limit, or an entry of the
// list of dishonest debtors.
type CourtEntry struct {
	ID          string
	Party       Party
	Number      string // case number
	Court       string
	Date        Date  // the case was opened
	Amount      Money // of an enforcement
	Published   Date  // of a dishonest debtor
	Ended       Date  // closed, lifted or removed; empty: open
	Duty        string
	Performance string
	Conduct     string
	Basis       string // number of the document to be enforced
}
