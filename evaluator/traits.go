package evaluator

// Traits that make indicators not applicable.
const (
	TraitPlatformShop = "platform_shop"       // 平台内经营者，无自有网站
	TraitNaturalShop  = "natural_person_shop" // 自然人网店
	noLicence         = "no_license_required" // 无须取得许可
)

// Traits derives a subject's traits on a day from what is known of it: its
// kind, whether it has a shop and a site then, and its registered scope of
// business. Of whom no scope is known nobody can say that no licence is
// required: that was not looked at. A natural person who may sell without
// registration needs none (E-Commerce Law art. 10). (Evaluate itself derives
// the trait from a scope that it finds among the facts, and takes all others
// as they are given.)
func Traits(tables *Tables, kind, scope string, shop, site bool) []string {
	var out []string
	if kind == "natural" {
		out = append(out, TraitNaturalShop)
	}
	if kind == "natural" || scope != "" && len(tables.Licences.Required(scope)) == 0 {
		out = append(out, noLicence)
	}
	if shop && !site {
		out = append(out, TraitPlatformShop)
	}
	return out
}
