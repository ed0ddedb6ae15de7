-- Version 1. Times are microseconds since 1970 in UTC; 4611686018427387904 (2**62) means: still open, never.
-- Names of users, agents and runs are encoded: '-' for none, '=' and the name otherwise.

-- One row. journal_id and epoch tell this journal from a copy restored from a backup; key is the secret of the message
-- log; mid is the model whose vectors count.
CREATE TABLE meta (journal_id TEXT NOT NULL, epoch INTEGER NOT NULL, key BLOB NOT NULL, mid INTEGER) STRICT;

-- One row a user, and one for what belongs to no user: the unit of sequence numbers. Nothing of before erased is left.
CREATE TABLE partition (
  pid INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  seq INTEGER NOT NULL,
  recorded_at INTEGER NOT NULL,
  erased INTEGER NOT NULL DEFAULT 0
) STRICT;

-- One version of a memory over one interval of validity, known from from_seq up to to_seq.
-- born is the sid of the memory's first slice: listings follow it, so that an update moves nothing between pages.
CREATE TABLE slice (
  sid INTEGER PRIMARY KEY AUTOINCREMENT,
  pid INTEGER NOT NULL,
  memory TEXT NOT NULL,
  version INTEGER NOT NULL,
  valid_from INTEGER NOT NULL,
  valid_to INTEGER NOT NULL,
  from_seq INTEGER NOT NULL,
  to_seq INTEGER NOT NULL DEFAULT 4611686018427387904,
  born INTEGER NOT NULL,
  kind TEXT NOT NULL,
  text TEXT NOT NULL,
  hash TEXT NOT NULL,
  agent TEXT NOT NULL,
  run TEXT NOT NULL,
  actor TEXT,
  role TEXT,
  metadata TEXT NOT NULL,
  category TEXT,
  sensitivity TEXT NOT NULL,
  trust TEXT NOT NULL,
  confidence REAL NOT NULL,
  sources TEXT NOT NULL,
  derived_from TEXT NOT NULL,
  provenance TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  observed_at INTEGER,
  event_at INTEGER,
  expires_at INTEGER NOT NULL,
  procedure TEXT
) STRICT;
CREATE INDEX slice_memory ON slice (pid, memory, from_seq);
CREATE INDEX slice_opened ON slice (pid, from_seq);
CREATE INDEX slice_closed ON slice (pid, to_seq) WHERE to_seq < 4611686018427387904;
CREATE INDEX slice_open ON slice (pid, born) WHERE to_seq = 4611686018427387904;
-- Names may be longer than an ordered index can hold.
CREATE INDEX slice_actor ON slice (pid, substr(actor, 1, 200)) WHERE to_seq = 4611686018427387904 AND actor IS NOT NULL;

CREATE TABLE model (mid INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, dims INTEGER NOT NULL) STRICT;
-- float16, little endian; kept together by partition, so that a partition's matrix is one sequential read.
CREATE TABLE vector (
  pid INTEGER NOT NULL,
  mid INTEGER NOT NULL,
  sid INTEGER NOT NULL,
  vector BLOB NOT NULL,
  PRIMARY KEY (pid, mid, sid)
) STRICT, WITHOUT ROWID;

-- Canonical tokens of the metadata (recollect.filters), for pushing filters down.
CREATE TABLE token (
  pid INTEGER NOT NULL,
  token TEXT NOT NULL,
  sid INTEGER NOT NULL,
  PRIMARY KEY (pid, token, sid)
) STRICT, WITHOUT ROWID;

-- Which messages a memory comes from, by log key and by place in the conversation.
CREATE TABLE source (
  pid INTEGER NOT NULL,
  key TEXT NOT NULL,
  memory TEXT NOT NULL,
  thread TEXT,
  position INTEGER,
  PRIMARY KEY (pid, key, memory)
) STRICT, WITHOUT ROWID;
CREATE INDEX source_place ON source (pid, thread, position) WHERE thread IS NOT NULL;

CREATE TABLE derived (
  pid INTEGER NOT NULL,
  parent TEXT NOT NULL,
  memory TEXT NOT NULL,
  PRIMARY KEY (pid, parent, memory)
) STRICT, WITHOUT ROWID;

-- The audit. Append-only; one row a sequence number, in which `at` never falls; refers to slices by memory and version.
-- agent and run: of the memory, else of the change set.
CREATE TABLE event (
  pid INTEGER NOT NULL,
  seq INTEGER NOT NULL,
  at INTEGER NOT NULL,
  operation TEXT NOT NULL,
  status TEXT NOT NULL,
  memory TEXT,
  version INTEGER,
  agent TEXT NOT NULL,
  run TEXT NOT NULL,
  change_set INTEGER NOT NULL REFERENCES change_set (number),
  reason TEXT NOT NULL,
  decider TEXT NOT NULL,
  actor TEXT,
  role TEXT,
  PRIMARY KEY (pid, seq)
) STRICT, WITHOUT ROWID;
-- Events that changed a memory are found by its slices: their sequence numbers are the same.
CREATE INDEX event_unchanged ON event (pid, memory) WHERE operation = 'NONE' AND memory IS NOT NULL;

-- claimed -> planned -> applied. A claim is live until lease; number orders claims, so that waiting cannot go in a circle.
CREATE TABLE change_set (
  number INTEGER PRIMARY KEY AUTOINCREMENT,
  pid INTEGER NOT NULL,
  id TEXT NOT NULL,
  operation TEXT NOT NULL,
  state TEXT NOT NULL,
  now INTEGER NOT NULL,
  owner TEXT,
  lease INTEGER,
  keys TEXT,
  plan TEXT,
  read_seq INTEGER,
  first_seq INTEGER,
  last_seq INTEGER,
  principal TEXT,
  model TEXT,
  prompt TEXT,
  UNIQUE (pid, id)
) STRICT;

-- The message log. key and message_id are HMACs under meta.key, so that they can outlive the message's erasure.
CREATE TABLE message (
  pid INTEGER NOT NULL,
  place TEXT NOT NULL,
  key TEXT NOT NULL,
  message_id TEXT,
  change_set INTEGER NOT NULL REFERENCES change_set (number),
  PRIMARY KEY (pid, place, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX change_set_owner ON change_set (pid, owner) WHERE owner IS NOT NULL;
CREATE INDEX message_by_id ON message (pid, place, message_id, change_set) WHERE message_id IS NOT NULL;
