package objects

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"time"

	"github.com/google/uuid"
	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"

	"probity/pipeline/evidence"
)

var _ Store = (*S3)(nil)

// maxPut is the largest object of a single put; a segment has far less.
const maxPut = 5 << 30

// S3 is a bucket of an S3 server, or what stands below a prefix of it. It is
// safe for concurrent use.
type S3 struct {
	s    Settings
	core *minio.Core
}

// OpenS3 returns the store of the settings without speaking to it.
func OpenS3(s Settings) (*S3, error) {
	if err := s.Check(); err != nil {
		return nil, err
	}
	transport, err := transport(s)
	if err != nil {
		return nil, err
	}
	if s.Region == "" {
		s.Region = "us-east-1"
	}
	u, err := url.Parse(s.Endpoint)
	if err != nil {
		return nil, fmt.Errorf("object store %s: %w", s, evidence.ErrInvalid) // checked above
	}
	lookup := minio.BucketLookupAuto
	if s.PathStyle {
		lookup = minio.BucketLookupPath
	}
	core, err := minio.NewCore(u.Host, &minio.Options{
		Creds: credentials.NewStaticV4(s.Key, s.Secret, ""), Secure: u.Scheme == "https", Transport: transport,
		Region: s.Region, BucketLookup: lookup,
		MaxRetries: 1, // the tries are ours: a put that may have happened is not simply repeated
	})
	if err != nil {
		return nil, fmt.Errorf("object store %s: %w: %w", s, evidence.ErrInvalid, err)
	}
	return &S3{s: s, core: core}, nil
}

func transport(s Settings) (*http.Transport, error) {
	t := &http.Transport{
		Proxy:                 http.ProxyFromEnvironment,
		DialContext:           (&net.Dialer{Timeout: 5 * time.Second, KeepAlive: 15 * time.Second}).DialContext,
		MaxIdleConnsPerHost:   32,
		IdleConnTimeout:       time.Minute,
		TLSHandshakeTimeout:   10 * time.Second,
		ResponseHeaderTimeout: time.Minute,
		DisableCompression:    true, // digests are of the bytes as they stand
		TLSClientConfig:       &tls.Config{MinVersion: tls.VersionTLS12},
	}
	if s.CA == "" {
		return t, nil
	}
	pem, err := os.ReadFile(s.CA)
	if err != nil {
		return nil, fmt.Errorf("object store %s: its CA file: %w", s, err)
	}
	pool, err := x509.SystemCertPool()
	if err != nil {
		pool = x509.NewCertPool()
	}
	if !pool.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("object store %s: %w: its CA file %s holds no certificate in PEM", s, evidence.ErrInvalid, s.CA)
	}
	t.TLSClientConfig.RootCAs = pool
	return t, nil
}

// EnsureBucket makes the bucket if it is not there; a server that does not
// let us look or make one is evidence.ErrForbidden.
func (s *S3) EnsureBucket(ctx context.Context) error {
	return s.try(ctx, "make bucket", s.s.Bucket, 0, func(ctx context.Context, _ int) error {
		there, err := s.core.BucketExists(ctx, s.s.Bucket)
		if err != nil || there {
			return err
		}
		err = s.core.MakeBucket(ctx, s.s.Bucket, minio.MakeBucketOptions{Region: s.s.Region})
		if r := minio.ToErrorResponse(err); r.Code == "BucketAlreadyOwnedByYou" { // another worker was faster
			return nil
		}
		return err
	})
}

// Prove tries whether the server keeps the promise of PutNew, on a key of its
// own below "probe/"; evidence.ErrInvalid where a second put of one key goes
// through: the ledger must not be kept there.
func (s *S3) Prove(ctx context.Context) error {
	key := "probe/" + uuid.NewString()
	if err := s.PutNew(ctx, key, []byte("first")); err != nil {
		return err
	}
	err := s.PutNew(ctx, key, []byte("second"))
	switch gone := s.Delete(ctx, key); {
	case errors.Is(err, evidence.ErrConflict):
		return gone
	case err != nil:
		return err
	}
	return fmt.Errorf("object store %s: %w: the server passes over If-None-Match and lets a second writer replace what a first one made; use one that honours it",
		s.s, evidence.ErrInvalid)
}

// Get implements [Store].
func (s *S3) Get(ctx context.Context, key string) ([]byte, error) {
	if err := check(key); err != nil {
		return nil, err
	}
	return s.get(ctx, key, 0, 0)
}

// GetRange implements [Store].
func (s *S3) GetRange(ctx context.Context, key string, offset, length int64) ([]byte, error) {
	if err := checkRange(key, offset, length); err != nil {
		return nil, err
	}
	return s.get(ctx, key, offset, length)
}

func (s *S3) get(ctx context.Context, key string, offset, length int64) (b []byte, err error) {
	var o minio.GetObjectOptions
	if length > 0 {
		if err := o.SetRange(offset, offset+length-1); err != nil {
			return nil, fmt.Errorf("get object %s: %w: %w", key, evidence.ErrInvalid, err)
		}
	}
	err = s.try(ctx, "get", key, length, func(ctx context.Context, _ int) error {
		body, info, _, err := s.core.GetObject(ctx, s.s.Bucket, s.s.full(key), o)
		if err != nil {
			return err
		}
		defer func() { _ = body.Close() }() // read only
		var buf bytes.Buffer
		buf.Grow(int(min(max(info.Size, 0), 64<<20)))
		if _, err := io.Copy(&buf, body); err != nil {
			return err
		}
		if b = buf.Bytes(); info.Size >= 0 && int64(len(b)) != info.Size {
			return fmt.Errorf("%w: %d bytes came of %d", io.ErrUnexpectedEOF, len(b), info.Size)
		}
		return nil
	})
	return b, err
}

// Stat implements [Store].
func (s *S3) Stat(ctx context.Context, key string) (o Object, err error) {
	if err := check(key); err != nil {
		return o, err
	}
	info, err := s.stat(ctx, key)
	return Object{Key: key, Size: info.Size, Time: info.LastModified.UTC()}, err
}

func (s *S3) stat(ctx context.Context, key string) (info minio.ObjectInfo, err error) {
	err = s.try(ctx, "stat", key, 0, func(ctx context.Context, _ int) (err error) {
		info, err = s.core.StatObject(ctx, s.s.Bucket, s.s.full(key), minio.StatObjectOptions{})
		return err
	})
	return info, err
}

// Delete implements [Store].
func (s *S3) Delete(ctx context.Context, key string) error {
	if err := check(key); err != nil {
		return err
	}
	err := s.try(ctx, "delete", key, 0, func(ctx context.Context, _ int) error {
		return s.core.RemoveObject(ctx, s.s.Bucket, s.s.full(key), minio.RemoveObjectOptions{})
	})
	if errors.Is(err, evidence.ErrNotFound) {
		return nil
	}
	return err
}

// List implements [Store]. It asks for a thousand keys at a time, so that a
// visitor may take as long as it likes.
func (s *S3) List(ctx context.Context, prefix, after string, visit func(Object) error) error {
	for {
		some, err := s.page(ctx, prefix, after)
		if err != nil {
			return err
		}
		for _, o := range some {
			if err := visit(o); err != nil {
				return err
			}
			after = o.Key
		}
		if len(some) < page {
			return nil
		}
	}
}

const page = 1000

func (s *S3) page(ctx context.Context, prefix, after string) (some []Object, err error) {
	o := minio.ListObjectsOptions{Prefix: s.s.full(prefix), Recursive: true, MaxKeys: page}
	if after != "" {
		o.StartAfter = s.s.full(after)
	}
	cut := len(s.s.full(""))
	err = s.try(ctx, "list", prefix, 0, func(ctx context.Context, _ int) error {
		ctx, cancel := context.WithCancel(ctx) // ends the lister behind the page
		defer cancel()
		some = some[:0]
		for info := range s.core.ListObjectsIter(ctx, s.s.Bucket, o) {
			if info.Err != nil {
				return info.Err
			}
			some = append(some, Object{Key: info.Key[cut:], Size: info.Size, Time: info.LastModified.UTC()})
			if len(some) == page {
				return nil
			}
		}
		return ctx.Err()
	})
	return some, err
}
