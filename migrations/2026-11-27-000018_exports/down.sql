DELETE FROM jobs WHERE kind IN ('make_export', 'make_snapshot');
DROP TABLE snapshots;
DROP TABLE exports;
