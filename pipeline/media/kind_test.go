package media_test

import (
	"slices"
	"testing"

	"probity/pipeline/media"
)

func TestTheEndingOfAnAddressSaysWhatIsInItOrNothing(t *testing.T) {
	t.Parallel()
	for path, want := range map[string]string{
		"/a/list.html": "page", "/公告.PDF": "pdf", "/x.docx": "word", "/x.xls": "sheet", "/img/a.JPG": "image", "/app.apk": "other", "/a.tar.gz": "archive",
		"/list.jsp": "", "/view.aspx": "", "/": "", "/v1.2/": "", "/gov.cn": "", "/.": "", "": "",
	} {
		if got := media.KindOfPath(path); got != want {
			t.Errorf("%s: %q, want %q", path, got, want)
		}
	}
}

func TestEveryTypeIsOfAKindThatASourceCanName(t *testing.T) {
	t.Parallel()
	for mediaType, want := range map[string]string{
		media.HTML: "page", media.PDF: "pdf", media.DOC: "word", media.XLSX: "sheet", "image/png": "image", media.SVG: "image", "text/x-log": "text", media.Bytes: "other", "": "other",
	} {
		if got := media.Kind(mediaType); got != want || !slices.Contains(media.Kinds(), got) {
			t.Errorf("%s: %q, want %q", mediaType, got, want)
		}
	}
}
