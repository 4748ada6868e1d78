DELETE FROM map_kind_counts WHERE level % 2 = 1;
ALTER TABLE map_kind_counts
    DROP CONSTRAINT map_kind_counts_pkey,
    ADD PRIMARY KEY (level, kind_id, by_month, cell, month, status_group);
CREATE UNIQUE INDEX map_kind_counts_months_key ON map_kind_counts (level, kind_id, by_month, month, cell, status_group);
