-- The tiles asked for, numbered from 1. Parameters: see Counted. What a parameter holds is kept from the planner, by (SELECT) and
-- MATERIALIZED: it would plan anew each time, which takes longer than a tile.
WITH asked AS MATERIALIZED (
    SELECT number, level, 2 * (20 - level) AS bits, 2 * (20 - level - level % 2) AS even_bits, first, last,
           string_to_array(statuses, ',') AS statuses, pins, category, body,
           (SELECT id FROM bodies WHERE slug = tile.body) AS body_id, first_month
    FROM unnest((SELECT $1::integer[]), (SELECT $2::bigint[]), (SELECT $3::bigint[]), (SELECT $4::text[]), (SELECT $5::bigint[]),
                (SELECT $6::text[]), (SELECT $7::text[]), (SELECT $8::integer[]))
         WITH ORDINALITY AS tile (level, first, last, statuses, pins, category, body, first_month, number)
)
SELECT asked.number, shown.*
