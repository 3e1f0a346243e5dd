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

func FuzzReviews(f *testing.F) {
	f.Add(`<ul><li class="review" data-id="1"><b class="stars">★★★☆☆</b><i class="date">2026-10-11</i><u class="author">晴天</u><p class="text">好</p></li></ul>`)
	const view = `{name: r, read: reviews, rows: li.review, record: review, empty: 暂无评价, options: {review_id: "@data-id", stars: .stars, date: .date, text: .text, author: .author, suspect: .s, platform: p, shop_id: .shop}}`
	f.Fuzz(func(t *testing.T, html string) {
		in, err := exampletest.Input(view, "", html)
		if err != nil {
			return
		}
		d, err := shop.Reviews(in)
		if err != nil {
			return
		}
		skipped := 0
		for _, n := range d.Skipped {
			skipped += n
		}
		if d.Rows != len(d.Records)+len(d.Quarantined)+skipped {
			t.Errorf("%d rows are not %d records, %d quarantined and %d skipped", d.Rows, len(d.Records), len(d.Quarantined), skipped)
		}
	})
}
