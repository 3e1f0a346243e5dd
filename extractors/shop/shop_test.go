package shop_test

import (
	"testing"

	"probity/extractors/draft"
	"probity/extractors/exampletest"
	"probity/extractors/shop"
)

func TestExamples(t *testing.T) {
	exampletest.Run(t, func(in draft.Input) (draft.Draft, error) {
		if in.View.Read == "reviews" {
			return shop.Reviews(in)
		}
		return shop.Read(in)
	})
}

func TestStars(t *testing.T) {
	for text, want := range map[string]string{
		"★★★★☆": "4", "☆☆☆☆☆": "0", "★": "1", "4": "4", "４.5 分": "4.5", "五星": "5", "star star-3": "3", "width:80%": "4", "5/5": "5",
		"": "", "★★★★★★": "", "6": "", "5.5": "", "很好": "", "width:77%": "",
	} {
		if got, err := shop.Stars(text); got != want || (err != nil) != (want == "") {
			t.Errorf("Stars(%q) = %q, %v; want %q", text, got, err, want)
		}
	}
}
