-- What talks to one server outside (a body's, a webhook's) shares a lane: one at a time, so that a slow server keeps one
-- thread busy and not all of them. Jobs without a lane are letters.
ALTER TABLE jobs ADD COLUMN lane text;
-- Whoever would be the second in a lane fails here, however close the two come.
CREATE UNIQUE INDEX jobs_lane_taken_idx ON jobs (lane) WHERE lane IS NOT NULL AND leased_until IS NOT NULL;
-- However many calls wait, letters are found without reading them.
CREATE INDEX jobs_letters_idx ON jobs (run_at) WHERE lane IS NULL AND parked_at IS NULL;
CREATE INDEX jobs_lane_idx ON jobs (lane, run_at) WHERE lane IS NOT NULL AND parked_at IS NULL;

-- What a body's back office, or an integrator it trusts, proves itself with.
CREATE TABLE api_keys (
    id uuid PRIMARY KEY,
    body_id bigint NOT NULL REFERENCES bodies ON DELETE CASCADE,
    name text NOT NULL,
    -- SHA-256: a key is 256 random bits, which nobody guesses however fast they hash.
    key_hash bytea NOT NULL UNIQUE,
    -- How the key begins, for telling them apart.
    hint text NOT NULL,
    created_by bigint REFERENCES users ON DELETE SET NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    -- To the hour or so.
    last_used_at timestamptz,
    revoked_at timestamptz
);
CREATE INDEX api_keys_body_idx ON api_keys (body_id);
CREATE INDEX api_keys_created_by_idx ON api_keys (created_by);
