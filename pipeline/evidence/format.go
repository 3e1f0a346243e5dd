package evidence

// Formats are the words by which a view says what its pages are, and the media
// types that each of them means.
func Formats() map[string][]string {
	return map[string][]string{
		"html": {"text/html"},
		"json": {"application/json"},
		"csv":  {"text/csv", "text/plain"},
		"text": {"text/plain"},
		"xml":  {"application/xml"},
		"pdf":  {"application/pdf"},
		"docx": {"application/vnd.openxmlformats-officedocument.wordprocessingml.document"},
		"xlsx": {"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"},
		"xls":  {"application/vnd.ms-excel"},
		"image": {
			"image/png", "image/jpeg", "image/gif", "image/webp", "image/tiff", "image/svg+xml",
		},
	}
}
