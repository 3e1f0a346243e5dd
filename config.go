package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"reflect"
	"regexp"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"probity/pipeline/evidence"
)

// Config is every setting of the house. Defaults make a house on one laptop
// with no server beside it; a file, the environment and flags lie over them.
type Config struct {
	Data         string   `yaml:"data"`         // folder of archive, ledger and index
	Declarations []string `yaml:"declarations"` // folders with sources/ and campaigns/
	Standard     string   `yaml:"standard"`     // file of the scoring standard; empty: the project's default
	Areas        []string `yaml:"areas"`        // prefixes of area codes whose operators are graded; empty: all
	PersonKey    string   `yaml:"person_key"`   // secret under which names of natural persons are hashed; empty: made at first start
	Crawl        Crawl    `yaml:"crawl"`
	Serve        Serve    `yaml:"serve"`

	// A fleet: the three together, or none of them for a house on one laptop.
	Worker        string        `yaml:"worker"` // name of this member, unique; empty: host and process
	Redis         Redis         `yaml:"redis"`
	Elasticsearch Elasticsearch `yaml:"elasticsearch"`
	Archive       Archive       `yaml:"archive"`
	Metrics       Metrics       `yaml:"metrics"`
	Trace         Trace         `yaml:"trace"`
}

// Redis holds the frontier and the queues of a fleet.
type Redis struct {
	Addresses []string `yaml:"addresses"` // host:port; several are a Cluster, or with master its Sentinels
	Master    string   `yaml:"master"`    // name that Sentinels know it by; empty: no Sentinels
	User      string   `yaml:"user"`      // of the ACL; empty: the default user
	Password  string   `yaml:"password"`
	TLS       bool     `yaml:"tls"`
	CA        string   `yaml:"ca"`     // file of the authority, PEM; empty: the system's
	Prefix    string   `yaml:"prefix"` // of all keys, so that several houses share a server
}

// Elasticsearch holds the index and the readings of a fleet.
type Elasticsearch struct {
	Addresses []string `yaml:"addresses"` // http://host:9200; nodes of one cluster
	User      string   `yaml:"user"`
	Password  string   `yaml:"password"`
	Key       string   `yaml:"key"`    // API key, encoded; instead of user and password
	CA        string   `yaml:"ca"`     // file of the authority, PEM
	Prefix    string   `yaml:"prefix"` // of all names
}

// Archive is how the archive is written, and where it and the ledger of a
// fleet stand.
type Archive struct {
	URL      string        `yaml:"url"` // of an S3 server, or file:///folder
	Region   string        `yaml:"region"`
	Bucket   string        `yaml:"bucket"`
	Key      string        `yaml:"key"`
	Secret   string        `yaml:"secret"`
	CA       string        `yaml:"ca"`        // file of the authority, PEM
	Prefix   string        `yaml:"prefix"`    // of all keys
	Sync     string        `yaml:"sync"`      // always, batch or never: when a page has to be on the disk, see warcfiles.Sync
	SyncWait time.Duration `yaml:"sync_wait"` // of batch: how long a sync waits for others
	SealSize int64         `yaml:"seal_size"` // bytes after which a segment is sealed, and sent
	SealAge  time.Duration `yaml:"seal_age"`  // or so long after its first exchange
	// LostAfter is how long a run waits, with nothing else left to do, for
	// captures that their crawler does not send: then their pages are asked
	// for again by another.
	LostAfter time.Duration `yaml:"lost_after"`
}

// Metrics are measures for Prometheus, and probes.
type Metrics struct {
	Listen string `yaml:"listen"` // empty: none
}

// Trace sends traces by OpenTelemetry.
type Trace struct {
	Endpoint string  `yaml:"endpoint"` // of a collector, http://host:4318; empty: none
	Sample   float64 `yaml:"sample"`   // share of traces, 0 to 1
}

// alone are the settings of a house that is none of a fleet.
func (c Config) alone() Config {
	c.Redis, c.Elasticsearch, c.Archive = Redis{}, Elasticsearch{}, Archive{}
	return c
}

// fleet reports whether the house is one of a fleet. Some of its stores and
// not the others are evidence.ErrInvalid.
func (c Config) fleet() (bool, error) {
	set, unset := "", ""
	for _, s := range []struct {
		name string
		set  bool
	}{{"redis.addresses", len(c.Redis.Addresses) > 0}, {"elasticsearch.addresses", len(c.Elasticsearch.Addresses) > 0}, {"archive.url", c.Archive.URL != ""}} {
		if s.set {
			set = s.name
		} else {
			unset = s.name
		}
	}
	switch {
	case set != "" && unset != "":
		return false, fmt.Errorf("settings: %w: %s is set and %s is not: a fleet needs both, a laptop neither", evidence.ErrInvalid, set, unset)
	case set != "" && c.PersonKey == "":
		return false, fmt.Errorf("settings: %w: person_key is empty: all members of a fleet need the same secret", evidence.ErrInvalid)
	}
	return set != "", nil
}

// Crawl is how pages are fetched.
type Crawl struct {
	Workers int              `yaml:"workers"` // fetches at once, over all hosts
	Readers int              `yaml:"readers"` // captures read at once
	Agent   string           `yaml:"agent"`   // User-Agent: who we are and how to reach us
	Manners evidence.Manners `yaml:"manners"` // where a source declares none
	// LeastGap is the least pause between requests at a host, whatever its
	// source declares.
	LeastGap time.Duration `yaml:"least_gap"`
	Free     int64         `yaml:"free"` // bytes of disk that must stay free
	Pins     []Pin         `yaml:"pins"`
	Browser  string        `yaml:"browser"` // path of Chromium, for pages that need their scripts; empty: looked for in PATH
	Windows  int           `yaml:"windows"` // browsers at once
}

// A Pin lets the fetcher past the address guard: this host, at exactly this
// address and port (MODEL 7).
type Pin struct {
	Host    string `yaml:"host"`
	Address string `yaml:"address"`
	Port    int    `yaml:"port"`
}

// Serve is how people and programs ask.
type Serve struct {
	Listen string `yaml:"listen"` // loopback unless told otherwise
	// Hosts are names beside localhost under which a loopback server answers,
	// as behind a proxy; others are refused (DNS rebinding).
	Hosts []string `yaml:"hosts"`
	Token string   `yaml:"token"` // operator's token; empty: made at each start and printed
}

// DefaultConfig is a house on one laptop.
func DefaultConfig() Config {
	return Config{
		Data: "data", Declarations: []string{"."}, Areas: []string{"4403"},
		Crawl: Crawl{
			Workers: 8, Readers: 2, Windows: 1, Agent: "probity/0.1 (+https://probity.example/crawler; crawler@probity.example)", Free: 256 << 20,
			Manners: evidence.Manners{Gap: time.Second, Timeout: 30 * time.Second, MaxSize: 32 << 20, Backoff: time.Minute, Latency: 2},
		},
		Serve:         Serve{Listen: "127.0.0.1:8470"},
		Redis:         Redis{Prefix: "probity"},
		Elasticsearch: Elasticsearch{Prefix: "probity"},
		Archive:       Archive{Region: "us-east-1", Sync: "always", SyncWait: 5 * time.Millisecond, SealSize: 64 << 20, SealAge: 10 * time.Second, LostAfter: 10 * time.Minute},
		Trace:         Trace{Sample: 1},
	}
}

// prefix marks our settings in the environment: PROBITY_CRAWL_AGENT is crawl.agent.
const prefix = "PROBITY_"

// own are variables with our prefix that are no settings: they steer tests.
var own = regexp.MustCompile(`^PROBITY_(TEST_|CRASH|BROWSER|WARC|MARK|CHAOS|FLEET)`)

// LoadConfig returns the defaults, overlaid by the file, the environment and
// the settings of the command line, in that order. A name that no room knows
// is an error that says where it stands.
func LoadConfig(file string, env, sets []string) (Config, error) {
	c := DefaultConfig()
	if file != "" {
		b, err := os.ReadFile(file)
		if err != nil {
			return c, fmt.Errorf("read config: %w", err)
		}
		if err := c.overlay(b); err != nil {
			return c, fmt.Errorf("read config %s: %w: %w", file, evidence.ErrInvalid, err)
		}
	}
	names := map[string]string{}
	for _, name := range settings(reflect.TypeOf(c), "") {
		names[prefix+strings.ToUpper(strings.ReplaceAll(name, ".", "_"))] = name
	}
	for _, kv := range env {
		key, value, _ := strings.Cut(kv, "=")
		if !strings.HasPrefix(key, prefix) || own.MatchString(key) {
			continue
		}
		name, ok := names[key]
		if !ok {
			return c, fmt.Errorf("environment: %w: no setting %s: see probity config for the names", evidence.ErrInvalid, key)
		}
		if err := c.set(name, value); err != nil {
			return c, fmt.Errorf("environment: %s: %w: %w", key, evidence.ErrInvalid, err)
		}
	}
	for _, kv := range sets {
		name, value, ok := strings.Cut(kv, "=")
		if !ok {
			return c, fmt.Errorf("-set %s: %w: want name=value", kv, evidence.ErrInvalid)
		}
		if err := c.set(name, value); err != nil {
			return c, fmt.Errorf("-set %s: %w: %w", kv, evidence.ErrInvalid, err)
		}
	}
	return c, nil
}

// YAML is c as a file that LoadConfig would read back, but for its secrets.
func (c Config) YAML() []byte {
	for _, secret := range []*string{&c.PersonKey, &c.Serve.Token, &c.Redis.Password, &c.Elasticsearch.Password, &c.Elasticsearch.Key, &c.Archive.Secret} {
		if *secret != "" {
			*secret = "(set)"
		}
	}
	b, err := yaml.Marshal(c)
	if err != nil {
		panic(err) // plain data
	}
	return b
}

// set overlays one setting, written as a YAML document of one leaf.
func (c *Config) set(name, value string) error {
	var doc strings.Builder
	parts := strings.Split(name, ".")
	for i, part := range parts {
		doc.WriteString(strings.Repeat(" ", i) + part + ":")
		if i < len(parts)-1 {
			doc.WriteString("\n")
		}
	}
	return c.overlay([]byte(doc.String() + " " + value))
}

var unknownKey = regexp.MustCompile(`field (\S+) not found in type \S+`)

func (c *Config) overlay(doc []byte) error {
	d := yaml.NewDecoder(bytes.NewReader(doc))
	d.KnownFields(true)
	if err := d.Decode(c); err != nil && !errors.Is(err, io.EOF) {
		said := strings.TrimPrefix(strings.TrimPrefix(err.Error(), "yaml: "), "unmarshal errors:\n  ")
		return errors.New(unknownKey.ReplaceAllString(said, `unknown setting "$1": correct its spelling or remove it`))
	}
	return nil
}

// settings lists the leaves of t by their dotted names.
func settings(t reflect.Type, at string) []string {
	var names []string
	for f := range t.Fields() {
		name, _, _ := strings.Cut(f.Tag.Get("yaml"), ",")
		if f.Type.Kind() == reflect.Struct {
			names = append(names, settings(f.Type, at+name+".")...)
			continue
		}
		names = append(names, at+name)
	}
	return names
}
