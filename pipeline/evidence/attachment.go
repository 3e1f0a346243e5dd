package evidence

// Kinds of attachments.
const (
	AttachedDOM        = "dom"        // the document as a browser held it after its scripts had run, HTML in UTF-8
	AttachedScreenshot = "screenshot" // the whole page as a person would have seen it, an image
)

// An Attachment is something that was made of a page while it was visited,
// such as a screenshot. It is kept beside what the server sent and is never
// taken for it, and has a digest of its own. None but the document after its
// scripts is part of the content's identity: see ContentID.
type Attachment struct {
	Kind    string `json:"kind"`         // one of each at most; ASCII letters
	Type    string `json:"type"`         // media type
	Payload string `json:"payload"`      // SHA-256 of its bytes, hexadecimal
	Size    int64  `json:"size"`         // bytes
	By      string `json:"by,omitempty"` // name and version of the program that made it
}

// Attach adds an attachment with its bytes to an exchange that is not kept
// yet, and describes it in the capture.
func (e *Exchange) Attach(kind, mediaType, by string, body []byte) {
	e.Capture.Attached = append(e.Capture.Attached, Attachment{Kind: kind, Type: mediaType, Payload: DigestBytes(body), Size: int64(len(body)), By: by})
	e.Attached = append(e.Attached, body)
}

// Attachment returns the bytes of the attachment of a kind.
func (e Exchange) Attachment(kind string) (body []byte, ok bool) {
	for i, a := range e.Capture.Attached {
		if a.Kind == kind && i < len(e.Attached) {
			return e.Attached[i], true
		}
	}
	return nil, false
}
