// Package redisdb is the house's one door to Redis (go-redis v9): a single
// server, a master that Sentinels name, or a Cluster, behind one set of verbs.
//
// Whoever builds on it thinks in scripts: one script touches keys of one hash
// tag, and so one slot, and what it does happens at once or not at all. Where
// One says that there are no slots, it may touch more. There
// are no transactions over slots, and none are offered. A reply is plain: an
// int64, a string, a []any of these; nil says evidence.ErrNotFound.
//
// Errors speak the house's language. A server that cannot be reached, is
// loading, was demoted or has lost its Cluster is evidence.ErrUnavailable; so
// is one that is full, whose refusal FullError tells apart; a password or a
// right that is missing is evidence.ErrForbidden. No error says a password.
// What the client would log by itself its errors say too, so it is silenced.
//
// Open does not ask the server anything: a program starts while Redis is away.
package redisdb

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/logging"
	"github.com/redis/go-redis/v9/maintnotifications"

	"probity/pipeline/evidence"
)

// Settings say where Redis is and who asks.
type Settings struct {
	Addresses []string // host:port; several are a Cluster, or with Master its Sentinels
	Master    string   // the name Sentinels know it by; empty: no Sentinels
	Cluster   bool     // also a single address is one of a Cluster
	User      string   // of the ACL; empty: the default user
	Password  string
	DB        int    // of a single server
	Prefix    string // of all keys, so that several houses share a server

	SentinelUser     string
	SentinelPassword string

	TLS        bool   // also set by the two below
	CAFile     string // PEM; empty: the system's authorities
	ServerName string // in the certificate; empty: the host of the address

	Pool    int           // connections to one server [16]
	Timeout time.Duration // of one answer, where the context has none [3 s]
}

// A DB is a client. It is safe for concurrent use.
type DB struct {
	client redis.UniversalClient
	prefix string
	where  string
}

// Open makes a client and connects when it is first asked something. Settings
// that can never work are evidence.ErrInvalid.
func Open(s Settings) (*DB, error) {
	if len(s.Addresses) == 0 {
		return nil, fmt.Errorf("open redis: %w: no address", evidence.ErrInvalid)
	}
	for _, a := range s.Addresses {
		if _, _, err := net.SplitHostPort(a); err != nil {
			return nil, fmt.Errorf("open redis: address %q: %w: want host:port", a, evidence.ErrInvalid)
		}
	}
	o := options(s)
	if s.TLS || s.CAFile != "" || s.ServerName != "" {
		c, err := tlsConfig(s)
		if err != nil {
			return nil, fmt.Errorf("open redis: %w", err)
		}
		o.TLSConfig = c
	}
	logging.Disable()
	where := strings.Join(s.Addresses, ",")
	if s.Master != "" {
		where = s.Master + " by " + where
	}
	return &DB{client: redis.NewUniversalClient(o), prefix: s.Prefix, where: where}, nil
}

func options(s Settings) *redis.UniversalOptions {
	if s.Pool <= 0 {
		s.Pool = 16
	}
	if s.Timeout <= 0 {
		s.Timeout = 3 * time.Second
	}
	return &redis.UniversalOptions{
		Addrs: s.Addresses, MasterName: s.Master, IsClusterMode: s.Cluster && s.Master == "", DB: s.DB,
		Username: s.User, Password: s.Password, SentinelUsername: s.SentinelUser, SentinelPassword: s.SentinelPassword,
		ContextTimeoutEnabled: true,
		DialTimeout:           s.Timeout, ReadTimeout: s.Timeout, WriteTimeout: s.Timeout, PoolTimeout: s.Timeout,
		DialerRetries: 1, PoolSize: s.Pool, MaxRetries: 1, MaxRedirects: 4,
		DisableIdentity:          true,
		MaintNotificationsConfig: &maintnotifications.Config{Mode: maintnotifications.ModeDisabled},
	}
}

func tlsConfig(s Settings) (*tls.Config, error) {
	c := &tls.Config{MinVersion: tls.VersionTLS12, ServerName: s.ServerName}
	if s.CAFile == "" {
		return c, nil
	}
	pem, err := os.ReadFile(s.CAFile)
	if err != nil {
		return nil, fmt.Errorf("certificate authority: %w: %w", evidence.ErrInvalid, err)
	}
	c.RootCAs = x509.NewCertPool()
	if !c.RootCAs.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("certificate authority %s: %w: no PEM certificate in it", s.CAFile, evidence.ErrInvalid)
	}
	return c, nil
}

// Close ends all connections.
func (d *DB) Close() error { return d.client.Close() }

// Key is a key of this house: the prefix and the parts, with colons between.
// What has to stand in one slot shares a part in braces.
func (d *DB) Key(parts ...string) string {
	if d.prefix != "" {
		return d.prefix + ":" + strings.Join(parts, ":")
	}
	return strings.Join(parts, ":")
}

// Ping asks every master whether it is there and lets us in.
func (d *DB) Ping(ctx context.Context) error {
	return d.EachMaster(ctx, func(ctx context.Context, m *Master) error {
		_, err := m.Do(ctx, "PING")
		return err
	})
}

// One reports whether all keys stand on one server, so that one script may
// touch those of several hash tags; on a Cluster it may not.
func (d *DB) One() bool {
	_, cluster := d.client.(*redis.ClusterClient)
	return !cluster
}

// Do runs one command. A nil reply is evidence.ErrNotFound.
func (d *DB) Do(ctx context.Context, args ...any) (any, error) {
	v, err := d.client.Do(ctx, args...).Result()
	return v, d.fault(verb(args), err)
}

// A Reply is what one command of several came to.
type Reply struct {
	Value any
	Err   error
}

// DoAll runs commands in one round trip to each server, and not at once: each
// has its own reply. The error is the first that says the server is away.
func (d *DB) DoAll(ctx context.Context, commands ...[]any) ([]Reply, error) {
	p := d.client.Pipeline()
	cmds := make([]*redis.Cmd, len(commands))
	for i, c := range commands {
		cmds[i] = p.Do(ctx, c...)
	}
	_, _ = p.Exec(ctx) // each reply has its own error
	out := make([]Reply, len(cmds))
	var away error
	for i, c := range cmds {
		v, err := c.Result()
		out[i] = Reply{Value: v, Err: d.fault(verb(commands[i]), err)}
		if away == nil && errors.Is(out[i].Err, evidence.ErrUnavailable) {
			away = out[i].Err
		}
	}
	return out, away
}

// verb is what an error calls a command: never its arguments.
func verb(args []any) string {
	if len(args) == 0 {
		return "redis"
	}
	return fmt.Sprintf("redis %v", args[0])
}

// A Master is one server that takes writes.
type Master struct {
	d *DB
	c redis.UniversalClient
}

// Do runs a command on this server.
func (m *Master) Do(ctx context.Context, args ...any) (any, error) {
	v, err := m.c.Do(ctx, args...).Result()
	return v, m.d.fault(verb(args), err)
}

// EachMaster calls visit for every server that takes writes, one after
// another or side by side, and returns the first error.
func (d *DB) EachMaster(ctx context.Context, visit func(context.Context, *Master) error) error {
	c, ok := d.client.(*redis.ClusterClient)
	if !ok {
		return visit(ctx, &Master{d: d, c: d.client})
	}
	err := c.ForEachMaster(ctx, func(ctx context.Context, m *redis.Client) error {
		return visit(ctx, &Master{d: d, c: m})
	})
	if err == nil || evidence.Final(err) || errors.Is(err, evidence.ErrUnavailable) {
		return err
	}
	return d.fault("redis masters", err)
}
