package sqlitedb

import (
	"database/sql"
	"errors"
	"fmt"

	"modernc.org/sqlite"
	lib "modernc.org/sqlite/lib"

	"probity/pipeline/datadir"
	"probity/pipeline/evidence"
)

// fault says an error of SQLite in the words of the house.
func (d *DB) fault(verb string, err error) error {
	if err == nil {
		return nil
	}
	if errors.Is(err, sql.ErrNoRows) {
		return fmt.Errorf("%s: %w", verb, evidence.ErrNotFound)
	}
	e, ok := errors.AsType[*sqlite.Error](err)
	if !ok {
		return datadir.Full(d.path, fmt.Errorf("%s: %w", verb, err))
	}
	switch e.Code() {
	case lib.SQLITE_CONSTRAINT_PRIMARYKEY, lib.SQLITE_CONSTRAINT_UNIQUE:
		return fmt.Errorf("%s: %w: %w", verb, evidence.ErrConflict, err)
	}
	switch e.Code() & 0xff { // the primary code
	case lib.SQLITE_FULL:
		return datadir.FullError(d.path, fmt.Errorf("%s: %w", verb, err))
	case lib.SQLITE_BUSY, lib.SQLITE_LOCKED:
		return fmt.Errorf("%s %s: %w: another process holds a transaction open: %w", verb, d.path, evidence.ErrUnavailable, err)
	case lib.SQLITE_CORRUPT, lib.SQLITE_NOTADB:
		return fmt.Errorf("%s %s: %w: the file is damaged or no database; move it away and run `probity rebuild`, which makes it again from archive and ledger: %w",
			verb, d.path, evidence.ErrInvalid, err)
	}
	return fmt.Errorf("%s: %w", verb, err)
}
