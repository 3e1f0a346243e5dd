package sqlitedb

import (
	"context"
	"database/sql"
	"errors"
	"strings"
)

// statements is how many prepared statements a session keeps. The house's
// own are some two hundred; what is built for one search only comes and goes.
const statements = 256

// A pool is up to n sessions on one file, opened when needed.
type pool struct {
	db    *sql.DB
	begin string
	slots chan *session // nil: not opened yet
}

func newPool(db *sql.DB, begin string, n int) *pool {
	db.SetMaxOpenConns(n)
	db.SetMaxIdleConns(n)
	p := &pool{db: db, begin: begin, slots: make(chan *session, n)}
	for range n {
		p.slots <- nil
	}
	return p
}

// take waits for a session.
func (p *pool) take(ctx context.Context) (*session, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	var s *session
	select {
	case <-ctx.Done():
		return nil, ctx.Err()
	case s = <-p.slots:
	}
	if s != nil {
		return s, nil
	}
	conn, err := p.db.Conn(ctx)
	if err != nil {
		p.slots <- nil
		return nil, err
	}
	return &session{conn: conn, ready: map[string]*prepared{}}, nil
}

// give returns a session.
func (p *pool) give(s *session) {
	if s.conn == nil {
		s = nil
	}
	p.slots <- s
}

// close waits for every session and closes it.
func (p *pool) close() error {
	var problems []error
	for range cap(p.slots) {
		if s := <-p.slots; s != nil {
			problems = append(problems, s.discard())
		}
	}
	return errors.Join(append(problems, p.db.Close())...)
}

// A session is a connection and the statements that were prepared on it: to
// parse a statement costs SQLite about as much as to run it.
type session struct {
	conn  *sql.Conn
	ready map[string]*prepared
}

// A prepared statement runs for one at a time; with a nil stmt it stands for
// none.
type prepared struct {
	stmt *sql.Stmt
	busy bool
}

func (p *prepared) release() { p.busy = false }

// prepare returns the statement of a query, marked busy. What may be several
// statements, and one whose statement is running just now, gets an empty one.
func (s *session) prepare(ctx context.Context, query string, args []any) (*prepared, error) {
	p, ok := s.ready[query]
	if len(args) == 0 && strings.Contains(query, ";") || ok && p.busy {
		return &prepared{}, nil
	}
	if !ok {
		if len(s.ready) >= statements {
			s.forget()
		}
		stmt, err := s.conn.PrepareContext(ctx, query) //nolint:sqlclosecheck // closed when forgotten
		if err != nil {
			return nil, err
		}
		p = &prepared{stmt: stmt}
		s.ready[query] = p
	}
	p.busy = true
	return p, nil
}

// run runs a statement that begins or ends a transaction.
func (s *session) run(ctx context.Context, query string) error {
	p, err := s.prepare(ctx, query, nil)
	if err != nil {
		return err
	}
	defer p.release()
	if p.stmt == nil {
		_, err = s.conn.ExecContext(ctx, query)
	} else {
		_, err = p.stmt.ExecContext(ctx)
	}
	return err
}

// forget closes the statements that are not running.
func (s *session) forget() {
	for query, p := range s.ready {
		if !p.busy {
			_ = p.stmt.Close()
			delete(s.ready, query)
		}
	}
}

// discard closes the session for good.
func (s *session) discard() error {
	if s.conn == nil {
		return nil
	}
	for _, p := range s.ready {
		_ = p.stmt.Close()
	}
	err := s.conn.Close()
	s.conn = nil
	return err
}
