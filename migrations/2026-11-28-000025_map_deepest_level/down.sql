DELETE FROM map_counts WHERE level = 20;
DELETE FROM map_kind_counts WHERE level = 20;
