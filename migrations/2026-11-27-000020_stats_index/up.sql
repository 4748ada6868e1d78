-- Figures read every report of a time: from here, and not from the reports themselves, which are a hundred times as large.
CREATE INDEX CONCURRENTLY reports_stats_idx ON reports (created_at)
    INCLUDE (id, status, status_group, category_code, category_group, confirmed_at, answered_at, fixed_at, closed_at)
    WHERE visibility = 'published';
