-- Most who pull what changed name a moment that is not long ago, each time: what changed since is found from here.
CREATE INDEX CONCURRENTLY report_changes_moment_idx ON report_changes (changed_at);
