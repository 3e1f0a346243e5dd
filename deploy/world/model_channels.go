package world

// Channels by which things become public. Each is one source declaration of
// the same name in deploy/world/sources (several channels may share a host).
const (
	Register           = "register"            // 企业登记信息
	AnnualReports      = "annual-reports"      // 年度报告公示
	Abnormal           = "abnormal"            // 经营异常名录
	Serious            = "serious"             // 严重违法失信名单
	PenaltyPages       = "penalty-pages"       // market regulator: paged list with detail pages
	Penalty2018        = "penalty-2018"        // the 2018 table as XLSX
	Penalty2015        = "penalty-2015"        // the 2015 table as CSV in GB18030
	CreditSite         = "credit-site"         // a second authority in the manner of 信用中国
	Coercion           = "coercion"            // 行政强制
	Licences           = "licences"            // 行政许可
	ICP                = "icp"                 // ICP备案
	Police             = "police"              // 公安联网备案
	Tax                = "tax"                 // 欠税公告
	Fund               = "fund"                // 公积金
	Insurance          = "insurance"           // 社会保险费
	Labour             = "labour"              // 劳动监察
	Wages              = "wages"               // 拖欠农民工工资名单
	Sampling           = "sampling"            // 监督抽查
	Court              = "court"               // 裁判文书
	Enforcement        = "enforcement"         // 被执行人
	Limits             = "limits"              // 限制消费
	Dishonest          = "dishonest"           // 失信被执行人, JSON
	Arbitration        = "arbitration"         // 劳动仲裁
	SiteDirectory      = "site-directory"      // the association's directory of operators' sites
	OwnSites           = "own-sites"           // operators' own sites, led to by the directory
	Badges             = "badges"              // the association's identity pages
	PlatformShops      = "platform-shops"      // shop pages of the platforms
	Reviews            = "reviews"             // reviews of a shop
	PlatformComplaints = "platform-complaints" // complaints about a shop
	Hotline            = "hotline"             // 12315
	Security           = "security"            // security feed: findings
	MonitorTLS         = "monitor-tls"         // monitoring centre: certificate of a site
	MonitorUptime      = "monitor-uptime"      // monitoring centre: availability of a site
	NewsSite           = "news"                // 网络舆情
	FakeReviews        = "fake-reviews"        // 虚构评价认定
	Logistics          = "logistics"           // a logistics firm's notices
	Payment            = "payment"             // a payment firm's notices
	Honours            = "honours"             // 表彰奖励
	Commitments        = "commitments"         // 信用承诺
	InternalDrafts     = "internal-drafts"     // drafts about commitments that robots.txt forbids
	Repairs            = "repairs"             // 信用修复决定
	FalseMaterial      = "false-material"      // 虚假材料认定
)

// A Channel is what the source declaration of a channel has to say, as far as
// the truth depends on it.
type Channel struct {
	Name       string
	Kind       string   // what the standard calls it
	List       string   // events, standings, snapshot
	Missing    string   // unpublished, ends, nothing
	Each       bool     // a look for each site or shop, with the operator as its subject
	Area       string   // prefix of the areas it speaks for; empty: everywhere
	Indicators []string // that a complete look covers
	MaxAge     int      // days for which a look speaks
}

// Channels is the table of all channels. The declarations in sources/*.yaml
// say the same; a test compares them.
func Channels() []Channel {
	sz := "4403"
	return []Channel{
		{Register, "gsxt", "snapshot", "nothing", false, sz, []string{"1.1", "1.2"}, 90},
		{AnnualReports, "gsxt", "events", "nothing", false, sz, []string{"1.6"}, 90},
		{Abnormal, "gsxt", "standings", "ends", false, sz, []string{"2.3"}, 30},
		{Serious, "gsxt", "standings", "ends", false, sz, nil, 30},
		{PenaltyPages, "cf_penalty", "events", "unpublished", false, sz, []string{"2.1"}, 30},
		{Penalty2018, "cf_penalty", "events", "unpublished", false, sz, []string{"2.1"}, 30},
		{Penalty2015, "cf_penalty", "events", "unpublished", false, sz, []string{"2.1"}, 30},
		{CreditSite, "creditchina", "events", "unpublished", false, "", []string{"2.1"}, 30},
		{Coercion, "gov_notice", "events", "unpublished", false, sz, []string{"2.2"}, 30},
		{Licences, "xk_license", "standings", "nothing", false, sz, []string{"1.4"}, 90},
		{ICP, "miit", "snapshot", "nothing", false, sz, []string{"1.5"}, 90},
		{Police, "beian", "snapshot", "nothing", false, sz, []string{"1.5"}, 90},
		{Tax, "tax_arrears", "standings", "ends", false, sz, []string{"2.4"}, 90},
		{Fund, "gjj_notice", "standings", "ends", false, sz, []string{"2.5"}, 90},
		{Insurance, "hrss_notice", "standings", "ends", false, sz, []string{"2.6"}, 90},
		{Labour, "hrss_notice", "events", "unpublished", false, sz, []string{"2.7"}, 90},
		{Wages, "hrss_notice", "standings", "ends", false, sz, []string{"2.7"}, 90},
		{Sampling, "sampling_notice", "events", "unpublished", false, "", []string{"2.8"}, 90},
		{Court, "wenshu", "events", "unpublished", false, "", []string{"3.1", "3.2", "3.5"}, 30},
		{Enforcement, "zxgk", "standings", "ends", false, sz, []string{"3.3"}, 30},
		{Limits, "zxgk", "standings", "ends", false, sz, []string{"3.4"}, 30},
		{Dishonest, "zxgk", "standings", "ends", false, "", []string{"3.4"}, 30},
		{Arbitration, "labour_award", "events", "unpublished", false, sz, []string{"3.5"}, 90},
		{SiteDirectory, "directory", "snapshot", "nothing", false, sz, nil, 90},
		{OwnSites, "shop_site", "snapshot", "nothing", true, "", []string{"1.2", "1.3", "1.5", "4.3", "4.6"}, 30},
		{Badges, "ebs_badge", "snapshot", "nothing", true, "", []string{"1.3"}, 30},
		{PlatformShops, "shop_site", "snapshot", "nothing", true, "", []string{"1.3", "4.6"}, 30},
		{Reviews, "reviews", "events", "nothing", true, "", []string{"4.1"}, 30},
		{PlatformComplaints, "platform", "events", "nothing", true, "", []string{"4.2"}, 30},
		{Hotline, "12315", "events", "nothing", false, sz, []string{"4.2"}, 30},
		{Security, "security_feed", "standings", "ends", false, sz, nil, 30},
		{MonitorTLS, "security_feed", "snapshot", "nothing", true, "", []string{"4.3"}, 30},
		{MonitorUptime, "probe", "events", "nothing", true, "", []string{"4.4"}, 30},
		{NewsSite, "news", "events", "nothing", false, "", []string{"4.5"}, 30},
		{FakeReviews, "cf_penalty", "events", "unpublished", false, sz, []string{"4.6"}, 30},
		{Logistics, "partner", "events", "nothing", false, "", nil, 30},
		{Payment, "partner", "events", "nothing", false, "", nil, 30},
		{Honours, "honour", "events", "unpublished", false, "", nil, 90},
		{Commitments, "commitment", "events", "nothing", false, "", nil, 90},
		{InternalDrafts, "commitment", "events", "nothing", false, "", nil, 90},
		{Repairs, "repair", "events", "nothing", false, "", nil, 90},
		{FalseMaterial, "false_material", "events", "unpublished", false, sz, nil, 90},
	}
}
