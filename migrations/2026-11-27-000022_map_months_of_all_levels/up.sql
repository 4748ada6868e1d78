ALTER TABLE map_kind_counts
    DROP CONSTRAINT map_kind_counts_pkey,
    ADD CONSTRAINT map_kind_counts_pkey PRIMARY KEY USING INDEX map_kind_counts_months_key;

-- The months of all kinds together (kind 0) are counted at every level from now on: gathered from the finer one, a map of a
-- year read four times as many. A worker of the version before that folds meanwhile does not know these; `mendmap map rebuild`
-- puts them right.
INSERT INTO map_kind_counts (level, kind_id, by_month, cell, month, status_group, count, sum_lon, sum_lat, sum_id)
SELECT level - 1, 0, true, cell >> 2, month, status_group, sum(count), sum(sum_lon), sum(sum_lat), sum(sum_id)
FROM map_kind_counts
WHERE kind_id = 0 AND by_month
GROUP BY 1, 4, 5, 6
ORDER BY 1, 5, 4, 6;
