package storefront

import (
	"regexp"
	"slices"
	"strings"

	"github.com/PuerkitoBio/goquery"

	"probity/extractors/norm"
	"probity/extractors/page"
)

// TermsVersion is the version of the table of absolute terms.
const TermsVersion = "absolute-terms/1"

// Terms are absolute terms in advertising: those that 广告法 art. 9 (3) names and
// those of like meaning that market regulators have acted on; the choice
// beyond the law's three is this project's. Longer ones stand first.
func Terms() []string {
	return strings.Fields("国家级 世界级 宇宙级 最高级 最佳 最好 最优 最强 最大 最先进 最高端 最便宜 最低价 最低 最具 最受欢迎 最权威 顶级 顶尖 极品 极致 终极 " +
		"第一品牌 第一 唯一 首选 独一无二 绝无仅有 史无前例 前无古人 万能 100%有效 全网第一 销量冠军 王牌 之王 至尊 巅峰 无敌")
}

// innocent are phrases in which a term is no claim: an order, a time, a
// distinguished status that an authority gave.
var innocent = regexp.MustCompile(`第一(?:时间|步|次|章|条|款|项|批|季|届|页|期|名录|代|手|人称|方|类|个|天|年|阶段|部分|、|，|：)|唯一(?:标识|编号|编码|代码|指定|识别)|` +
	`国家级(?:高新|专精特新|孵化|众创|贫困|非物质)|最大(?:限度|化|长度|支持|容量|输入|功率)|最低(?:消费|限度|起订|生活|工资)|最好(?:在|先|不要|别|用)|最优(?:化|惠)|最佳(?:浏览|显示|观看|分辨率)`)

// AbsoluteTerms returns the distinct absolute terms in the visible text within
// root (nil: the page), each where it first stands. Names of operators are no
// claims and are left out.
func AbsoluteTerms(p *page.Page, root *goquery.Selection, terms []string, names ...string) []Shown {
	text, from := p.Text, 0
	if root != nil && root.Length() > 0 {
		start, end := p.Range(root.Get(0))
		text, from = p.Slice(start, end), start
	}
	masked := innocent.ReplaceAllStringFunc(text, blank)
	for _, n := range names {
		if n != "" {
			masked = strings.ReplaceAll(masked, n, blank(n))
		}
	}
	terms = slices.Clone(terms)
	slices.SortStableFunc(terms, func(a, b string) int { return len(b) - len(a) })
	var out []Shown
	for _, term := range terms {
		at := strings.Index(masked, term)
		if at < 0 || term == "" {
			continue
		}
		out = append(out, place(text, from, at, at+len(term)))
		masked = strings.ReplaceAll(masked, term, blank(term))
	}
	slices.SortFunc(out, func(a, b Shown) int { return a.Start - b.Start })
	return out
}

// blank has as many bytes and no term.
func blank(s string) string { return strings.Repeat(".", len(s)) }

var (
	returns = regexp.MustCompile(`[七7]\s*[天日](?:内)?无理由|无理由退(?:换)?货|退(?:换)?货(?:规则|政策|说明|须知|流程|承诺|保障)|退换(?:规则|政策|说明)`)
	refused = regexp.MustCompile(`(?:不支持|不提供|不适用|不予|拒绝|概不)[^。；;\n]{0,8}$`)
	privacy = regexp.MustCompile(`隐私(?:权)?(?:政策|声明|条款|保护|协议|说明)|个人信息(?:保护)?(?:政策|声明|规则|处理规则)|(?i:privacy\s*policy)`)
)

// ReturnPolicy finds a return policy that the page names or links to. One
// that is only refused (不支持七天无理由退货) is none.
func ReturnPolicy(p *page.Page) (Shown, bool) {
	for _, m := range returns.FindAllStringIndex(p.Text, -1) {
		if !refused.MatchString(p.Text[max(0, m[0]-48):m[0]]) {
			return place(p.Text, 0, m[0], m[1]), true
		}
	}
	return Shown{}, false
}

// PrivacyPolicy finds a privacy policy that the page names or links to.
func PrivacyPolicy(p *page.Page) (Shown, bool) {
	if m := privacy.FindStringIndex(p.Text); m != nil {
		return place(p.Text, 0, m[0], m[1]), true
	}
	return Shown{}, false
}

var (
	goodsBefore   = regexp.MustCompile(`(?:上新|上架|新品|到货)(?:日期|时间)?\s*[：:]?\s*$`)
	contentBefore = regexp.MustCompile(`(?:发布|更新|发表|公告|动态|刊登)(?:日期|时间|于)?\s*[：:]?\s*$`)
)

// LatestGoods is the latest date behind 上新日期 and its like, or within the
// elements of a selector where one is given.
func LatestGoods(p *page.Page, selector string) Shown { return latest(p, selector, goodsBefore) }

// LatestContent is the latest date behind 发布日期, 更新时间 and their like, or
// within the elements of a selector where one is given.
func LatestContent(p *page.Page, selector string) Shown { return latest(p, selector, contentBefore) }

func latest(p *page.Page, selector string, label *regexp.Regexp) Shown {
	var best Shown
	take := func(d norm.Found, from int) {
		if d.Value > best.Value {
			best = Shown{Value: d.Value, Start: from + d.Start, End: from + d.End}
		}
	}
	if selector != "" {
		p.Doc.Find(selector).Each(func(_ int, s *goquery.Selection) {
			start, end := p.Range(s.Get(0))
			for _, d := range norm.Dates(p.Slice(start, end)) {
				take(d, start)
			}
		})
		return best
	}
	for _, d := range norm.Dates(p.Text) {
		if label.MatchString(p.Slice(d.Start-12, d.Start)) {
			take(d, 0)
		}
	}
	return best
}
