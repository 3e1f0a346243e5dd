package gauge

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// storeVerbs are counted where archive and index are spoken to.
type storeVerbs struct {
	uploaded, written, poisoned, retried              *prometheus.CounterVec
	keepTime, openTime, uploadTime, writeTime, search *prometheus.HistogramVec
}

func (v *storeVerbs) open(m *Meter) {
	v.keepTime = m.histogram("probity_archive_keep_seconds", "How long keeping an exchange takes, synced.", short(), "result")
	v.openTime = m.histogram("probity_archive_open_seconds", "How long opening an exchange takes, its digests verified.", short(), "result")
	v.uploadTime = m.histogram("probity_archive_upload_seconds", "How long carrying a sealed segment to the object store takes.", long(), "result")
	v.uploaded = m.counter("probity_archive_uploaded_bytes_total", "Bytes of segments that reached the object store.")
	v.written = m.counter("probity_index_documents_total", "Documents offered to the index by kind and result.", "kind", "result")
	v.writeTime = m.histogram("probity_index_write_seconds", "How long one write to the index takes, whatever its size.", short(), "result")
	v.search = m.histogram("probity_index_search_seconds", "How long the index takes for a search.", short(), "result")
	v.poisoned = m.counter("probity_index_poisoned_total", "Documents that the index can never take, now dead letters.", "kind")
	v.retried = m.counter("probity_index_retries_total", "Documents offered to the index once more, by reason.", "reason")
}

// Kept counts an exchange handed to the archive.
func (v *storeVerbs) Kept(took time.Duration, err error) {
	v.keepTime.WithLabelValues(Kind(err)).Observe(took.Seconds())
}

// Opened counts an exchange asked of the archive.
func (v *storeVerbs) Opened(took time.Duration, err error) {
	v.openTime.WithLabelValues(Kind(err)).Observe(took.Seconds())
}

// Uploaded counts a sealed segment carried to the object store.
func (v *storeVerbs) Uploaded(bytes int64, took time.Duration, err error) {
	v.uploadTime.WithLabelValues(Kind(err)).Observe(took.Seconds())
	if err == nil {
		v.uploaded.WithLabelValues().Add(float64(bytes))
	}
}

// Wrote counts one write of documents, so many of each kind.
func (v *storeVerbs) Wrote(kinds map[string]int, took time.Duration, err error) {
	v.writeTime.WithLabelValues(Kind(err)).Observe(took.Seconds())
	for kind, n := range kinds {
		v.written.WithLabelValues(word(kind), Kind(err)).Add(float64(n))
	}
}

// Searched counts a search of the index.
func (v *storeVerbs) Searched(took time.Duration, err error) {
	v.search.WithLabelValues(Kind(err)).Observe(took.Seconds())
}

// Poisoned counts a document that the index can never take.
func (v *storeVerbs) Poisoned(kind string) { v.poisoned.WithLabelValues(word(kind)).Inc() }

// Retried counts documents that the index asked to offer again: reason is one
// word, as "busy" or "away".
func (v *storeVerbs) Retried(reason string, documents int) {
	v.retried.WithLabelValues(word(reason)).Add(float64(documents))
}
