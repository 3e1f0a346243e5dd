package sqlitefrontier

// ddl makes the tables. Times are Unix nanoseconds, durations nanoseconds.
//
// frontier_group.ready is a lower bound of the moment at which the politeness
// key can be claimed, NULL while it cannot: then it has no open lead, or a
// lease is out, or it is paused. Whoever changes one of these computes it
// anew; a claim that finds it too low raises it.
//
// frontier_lease holds the leads that are out, of which there are never more
// than visits at once: to give one and to take it back touches this small table
// and its host's group, and not the lead, which stays open meanwhile, nor the
// indexes it stands in.
//
// frontier_run.leads and .done are how many leads a run has and how many of
// them are done, which is nearly all there is to count: an index of states
// costs three writes a page, and a look at it one read a lead.
//
// frontier_lead.turn makes runs take turns at a host: a lead stands one turn
// behind the last one of its run there, but never before the turn that the
// host has come to. So a small run does not wait behind a big one.
const ddl = `
CREATE TABLE IF NOT EXISTS frontier_run (
	run      TEXT PRIMARY KEY,
	state    TEXT NOT NULL DEFAULT 'running',
	reason   TEXT NOT NULL DEFAULT '',
	budget   INTEGER NOT NULL DEFAULT 0,
	requests INTEGER NOT NULL DEFAULT 0,
	leads    INTEGER NOT NULL DEFAULT 0,
	done     INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS frontier_host (
	host    TEXT PRIMARY KEY,
	grp     TEXT NOT NULL,
	state   TEXT NOT NULL DEFAULT 'running',
	reason  TEXT NOT NULL DEFAULT '',
	strikes INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS frontier_group (
	grp      TEXT PRIMARY KEY,
	ready    INTEGER,
	ended    INTEGER NOT NULL DEFAULT 0,
	gap      INTEGER NOT NULL DEFAULT 0,
	ordered  INTEGER NOT NULL DEFAULT 0,
	delay    INTEGER NOT NULL DEFAULT 0,
	until    INTEGER NOT NULL DEFAULT 0,
	level    INTEGER NOT NULL DEFAULT 0,
	paused   INTEGER NOT NULL DEFAULT 0,
	turn     INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS frontier_group_ready ON frontier_group (ready) WHERE ready IS NOT NULL;
CREATE TABLE IF NOT EXISTS frontier_lane (
	run  TEXT NOT NULL,
	grp  TEXT NOT NULL,
	turn INTEGER NOT NULL,
	PRIMARY KEY (run, grp)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS frontier_lead (
	id      INTEGER PRIMARY KEY,
	run     TEXT NOT NULL,
	key     TEXT NOT NULL,
	host    TEXT NOT NULL,
	grp     TEXT NOT NULL,
	lead    BLOB NOT NULL,
	state   INTEGER NOT NULL,
	turn    INTEGER NOT NULL,
	due     INTEGER NOT NULL,
	attempt INTEGER NOT NULL DEFAULT 0,
	reason  TEXT NOT NULL DEFAULT '',
	detail  TEXT NOT NULL DEFAULT '',
	changed INTEGER NOT NULL DEFAULT 0,
	UNIQUE (run, key)
);
CREATE INDEX IF NOT EXISTS frontier_lead_due ON frontier_lead (grp, due) WHERE state = 0;
CREATE INDEX IF NOT EXISTS frontier_lead_turn ON frontier_lead (grp, turn, id) WHERE state = 0;
CREATE INDEX IF NOT EXISTS frontier_lead_failed ON frontier_lead (run, reason) WHERE state = 3;
CREATE INDEX IF NOT EXISTS frontier_lead_refused ON frontier_lead (run, reason) WHERE state = 4;
DROP INDEX IF EXISTS frontier_lead_count; -- of earlier versions
CREATE TABLE IF NOT EXISTS frontier_lease (
	grp     TEXT NOT NULL,
	id      INTEGER NOT NULL,
	run     TEXT NOT NULL,
	fence   INTEGER NOT NULL,
	expires INTEGER NOT NULL,
	worker  TEXT NOT NULL,
	attempt INTEGER NOT NULL,
	strikes INTEGER NOT NULL,
	PRIMARY KEY (grp, id)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS frontier_purse (
	run      TEXT NOT NULL,
	spender  TEXT NOT NULL,
	requests INTEGER NOT NULL,
	bytes    INTEGER NOT NULL,
	took     INTEGER NOT NULL,
	PRIMARY KEY (run, spender)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS frontier_order (version INTEGER PRIMARY KEY, about TEXT NOT NULL, body BLOB NOT NULL);
CREATE INDEX IF NOT EXISTS frontier_order_about ON frontier_order (about, version);
CREATE TABLE IF NOT EXISTS frontier_fence (id INTEGER PRIMARY KEY CHECK (id = 1), n INTEGER NOT NULL);
INSERT OR IGNORE INTO frontier_fence VALUES (1, 0);
`

// States of a lead as stored. One that is leased is open, and 1 was its state
// in earlier versions.
const (
	open = iota
	_
	done
	failed
	refused
)
