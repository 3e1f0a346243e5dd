package world

// A Site is an operator's own site.
type Site struct {
	ID    string
	Op    int
	Host  string // name under .example
	State []Version[SiteState]
}

// A SiteState is how a site is from a day on.
type SiteState struct {
	Down          string // "": up; "500", "404" or "dark" (no answer)
	Licence       string // full, partial, exempt_declared, none
	Name          string // as shown; empty: not shown
	USCC          string
	Address       string
	ICP           string // number as shown; empty: none
	Police        string
	Privacy       bool
	ReturnPolicy  bool
	AbsoluteTerms []string // 国家级 …
	LatestContent Date
	LatestGoods   Date
}

// A Shop is a shop on a platform.
type Shop struct {
	ID       string // the platform's shop id, digits
	Platform string // yunfan (云帆集市, single reviews) or haihe (海禾优选, monthly sums); identifiers write PLATFORM/ID
	State    []Version[ShopState]
}

// A ShopState is how a shop is from a day on.
type ShopState struct {
	Op            int
	Party         Party // as the shop's licence page names the operator
	Name          string
	Opened        Date
	Since         Date // the present operator's first day
	Verified      bool // the platform verified who it is
	Licence       string
	Orders        int // of the last 12 months; -1: not said
	ReturnPolicy  bool
	AbsoluteTerms []string
	LatestGoods   Date
	Kind          string // company, individual, natural
}

// A Review is a consumer's review at a shop.
type Review struct {
	ID      string
	Shop    int // index into World.Shops
	Stars   int
	Date    Date
	Text    string
	Author  string // nickname
	Suspect bool   // the platform marks it 疑似异常

	// Platform haihe gives sums of a month instead of reviews: Count reviews of
	// which Positive were good; ID is the month (2026-09), Date its last day,
	// Stars 0.
	Count, Positive int
}

// A Complaint is a complaint to 12315 or to a platform.
type Complaint struct {
	ID        string
	Party     Party
	Shop      int // of a platform's complaint: index into World.Shops; else -1
	Number    string
	Authority string
	Date      Date
	Resolved  bool
	Topic     string
}

// An Availability is the monitoring centre's page about a site: how often it
// answered in a month, and whether its certificate is valid.
type Availability struct {
	ID         string
	Party      Party
	Site       int
	Host       string
	Date       Date
	Checks     int
	Successes  int
	HTTPSValid bool
}

// A Badge is the identity page that the association keeps for a site that
// bears its mark: the licence is shown there in full.
type Badge struct {
	ID    string // GUID
	Party Party
	Site  int
	Host  string
}

// A SecurityFinding is an entry of the security feed.
type SecurityFinding struct {
	ID      string
	Party   Party
	Number  string
	Host    string
	Kind    string // malware, phish, other
	Date    Date
	Cleared Date
}

// A News is an article about an operator.
type News struct {
	ID     string
	Party  Party
	Number string
	Title  string
	Date   Date
	Major  bool
	Body   string
}

// An Honour is an award given by an authority.
type Honour struct {
	ID        string
	Party     Party
	Number    string
	Authority string
	Date      Date
	Name      string
	Level     string // national, provincial, municipal
	OptedOut  bool
}

// A Commitment is a public credit commitment.
type Commitment struct {
	ID        string
	Party     Party
	Number    string
	Authority string
	Date      Date
	Content   string
	Status    string // made, performed, broken
}

// A Repair is a decision that changes another: repaired, repair_revoked,
// annulled, corrected.
type Repair struct {
	ID              string
	Party           Party
	Number          string
	Authority       string
	Date            Date
	Effect          string
	TargetType      string // penalty, coercion …
	TargetNumber    string
	TargetAuthority string
	Items           []string // kinds of a penalty; empty: all
}
