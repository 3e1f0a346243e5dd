package objects

import (
	"bytes"
	"context"
	"crypto/md5" //nolint:gosec // what S3 compares an upload with; SHA-256 goes beside it
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"

	"github.com/google/uuid"
	"github.com/minio/minio-go/v7"

	"probity/pipeline/evidence"
)

// nonceName is the metadata by which a writer knows its own object again.
const nonceName = "Probity-Put"

// Put implements [Store].
func (s *S3) Put(ctx context.Context, key string, body []byte) error {
	return s.put(ctx, "put", key, bytes.NewReader(body), int64(len(body)), false)
}

// PutNew implements [Store].
func (s *S3) PutNew(ctx context.Context, key string, body []byte) error {
	return s.put(ctx, "put new", key, bytes.NewReader(body), int64(len(body)), true)
}

// PutFile implements [Store].
func (s *S3) PutFile(ctx context.Context, key, path string) error {
	f, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("put file %s: %w", path, err)
	}
	defer func() { _ = f.Close() }() // read only
	info, err := f.Stat()
	if err != nil {
		return fmt.Errorf("put file %s: %w", path, err)
	}
	return s.put(ctx, "put new", key, f, info.Size(), true)
}

func (s *S3) put(ctx context.Context, verb, key string, body io.ReadSeeker, size int64, fresh bool) error {
	if err := check(key); err != nil {
		return err
	}
	if size > maxPut {
		return fmt.Errorf("%s object %s: %w: it has %d bytes, one put carries %d", verb, key, evidence.ErrInvalid, size, int64(maxPut))
	}
	sum, quick, err := digests(body)
	if err != nil {
		return fmt.Errorf("%s object %s: %w", verb, key, err)
	}
	nonce := uuid.NewString()
	o := minio.PutObjectOptions{ContentType: "application/octet-stream", UserMetadata: map[string]string{nonceName: nonce}}
	if fresh {
		o.SetMatchETagExcept("*")
	}
	doubt := false // an attempt may have happened
	return s.try(ctx, verb, key, size, func(ctx context.Context, _ int) error {
		if _, err := body.Seek(0, io.SeekStart); err != nil {
			return err
		}
		_, err := s.core.PutObject(ctx, s.s.Bucket, s.s.full(key), io.NopCloser(body), size, quick, sum, o)
		if err == nil {
			return nil
		}
		if doubt && minio.ToErrorResponse(err).StatusCode == http.StatusPreconditionFailed {
			return s.mine(ctx, key, nonce, err)
		}
		doubt = true
		return err
	})
}

// mine tells an object that we made ourselves in an attempt whose answer was
// lost, nil, from somebody else's, taken.
func (s *S3) mine(ctx context.Context, key, nonce string, taken error) error {
	info, err := s.stat(ctx, key)
	switch {
	case err != nil && !errors.Is(err, evidence.ErrNotFound):
		return err
	case err == nil && (info.UserMetadata[nonceName] == nonce || info.Metadata.Get("X-Amz-Meta-"+nonceName) == nonce):
		return nil
	}
	return taken
}

func digests(body io.ReadSeeker) (sha, quick string, err error) {
	long, short := sha256.New(), md5.New() //nolint:gosec // see above
	if _, err := body.Seek(0, io.SeekStart); err != nil {
		return "", "", err
	}
	if _, err := io.Copy(io.MultiWriter(long, short), body); err != nil {
		return "", "", err
	}
	return hex.EncodeToString(long.Sum(nil)), base64.StdEncoding.EncodeToString(short.Sum(nil)), nil
}
