/** Of the file's format: kept in SQLite's user_version. A later version of Millrace that changes it must migrate. */
export const formatVersion = 1

// One row holds a whole batch, so that a commit writes few rows. Numbers of topics and partitions keep rows short.
export const logSchema = `
  CREATE TABLE topics (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
  CREATE TABLE partitions (
    id INTEGER PRIMARY KEY, topic INTEGER NOT NULL, number INTEGER NOT NULL, log_start INTEGER NOT NULL,
    UNIQUE (topic, number)
  );
  CREATE TABLE batches (
    id INTEGER PRIMARY KEY, partition INTEGER NOT NULL, base_offset INTEGER NOT NULL, last_offset INTEGER NOT NULL,
    producer INTEGER NOT NULL, control TEXT, max_timestamp_ms INTEGER NOT NULL, payload BLOB NOT NULL
  );
  CREATE UNIQUE INDEX batches_by_offset ON batches (partition, last_offset);
  CREATE TABLE producers (
    transactional_id TEXT PRIMARY KEY, producer INTEGER NOT NULL, epoch INTEGER NOT NULL, timeout_ms INTEGER NOT NULL,
    open_since_ms INTEGER
  );
  CREATE TABLE open_transactions (
    partition INTEGER NOT NULL, producer INTEGER NOT NULL, first_offset INTEGER NOT NULL,
    PRIMARY KEY (partition, producer)
  );
  CREATE TABLE aborted_transactions (
    partition INTEGER NOT NULL, last_offset INTEGER NOT NULL, producer INTEGER NOT NULL, first_offset INTEGER NOT NULL,
    PRIMARY KEY (partition, last_offset)
  );
  CREATE TABLE group_offsets (
    name TEXT NOT NULL, partition INTEGER NOT NULL, position INTEGER NOT NULL, PRIMARY KEY (name, partition)
  );
  PRAGMA user_version = ${formatVersion};
`
