CREATE TABLE users (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    -- Lower case. An account exists only once somebody opened a mail sent there, or an operator made it.
    email text NOT NULL UNIQUE CHECK (email = lower(email)),
    name text,
    phone text,
    password_hash text,
    created_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE staff (
    user_id bigint NOT NULL REFERENCES users ON DELETE CASCADE,
    body_id bigint NOT NULL REFERENCES bodies ON DELETE CASCADE,
    role text NOT NULL CHECK (role IN ('viewer', 'inspector', 'officer', 'administrator')),
    PRIMARY KEY (user_id, body_id)
);
CREATE INDEX staff_body_idx ON staff (body_id);

-- One row per refresh cookie ever given out; a family is one sign-in on one device.
CREATE TABLE refresh_tokens (
    id uuid PRIMARY KEY,
    family_id uuid NOT NULL,
    user_id bigint NOT NULL REFERENCES users ON DELETE CASCADE,
    token_hash bytea NOT NULL UNIQUE,
    created_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL,
    used_at timestamptz,
    revoked_at timestamptz
);
CREATE INDEX refresh_tokens_family_idx ON refresh_tokens (family_id);
CREATE INDEX refresh_tokens_expires_idx ON refresh_tokens (expires_at);
CREATE INDEX refresh_tokens_user_idx ON refresh_tokens (user_id);

-- Links in mails. The token in the link is the id with a keyed hash of it, so nothing here opens a door.
CREATE TABLE link_tokens (
    id uuid PRIMARY KEY,
    purpose text NOT NULL CHECK (purpose IN ('sign_in', 'confirm_report', 'confirm_update', 'confirm_follow')),
    email text NOT NULL,
    -- The report or the update.
    subject_id bigint,
    data jsonb NOT NULL DEFAULT '{}',
    created_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL,
    used_at timestamptz
);
CREATE INDEX link_tokens_expires_idx ON link_tokens (expires_at);

CREATE TABLE audit_log (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at timestamptz NOT NULL DEFAULT now(),
    -- NULL: somebody at the server's own command line.
    actor_id bigint REFERENCES users ON DELETE SET NULL,
    action text NOT NULL,
    object_type text NOT NULL,
    object_id bigint,
    detail jsonb NOT NULL DEFAULT '{}'
);
CREATE INDEX audit_log_object_idx ON audit_log (object_type, object_id);
CREATE INDEX audit_log_actor_idx ON audit_log (actor_id);
