package archive

import "probity/pipeline/evidence"

// An Entry is what an index knows of where an exchange stands. Offsets of
// records count from the exchange's first byte.
type Entry struct {
	ID       string `json:"id"`
	File     string `json:"file"`
	Start    int64  `json:"start"`
	Body     int64  `json:"body"` // of the response, revisit or resource record
	Meta     int64  `json:"meta"` // of the metadata record
	Length   int64  `json:"length"`
	Target   string `json:"target"`             // key of the lead
	Payload  string `json:"payload"`            // digest of the body as received
	Date     string `json:"date"`               // WARC-Date
	Original string `json:"original,omitempty"` // id of the capture that holds the payload; empty: this one
}

// AttachedURI is the target URI of an attachment. Replay tools know a
// screenshot of the whole page by "urn:fullPage:".
func AttachedURI(kind, url string) string {
	if kind == evidence.AttachedScreenshot {
		kind = "fullPage"
	}
	return "urn:" + kind + ":" + url
}

// Location is where the exchange stands.
func (e Entry) Location() Location {
	return Location{File: e.File, Offset: e.Start, Length: e.Length}
}

// End is the offset behind its last byte.
func (e Entry) End() int64 { return e.Start + e.Length }

// A Listed capture is one with its entry.
type Listed struct {
	Entry
	Capture evidence.Capture
	Parts   []Part // where its attachments stand, in the order of Capture.Attached; a registry does not know
}

// A Part is a record of an exchange: Length bytes from Offset of its file.
type Part struct{ Offset, Length int64 }
