-- What is asked for. Parameters: see TileSql. Behind MATERIALIZED the planner does not see their values: it would plan anew for
-- each tile, which takes longer than the tile.
WITH asked AS MATERIALIZED (
    SELECT $1::integer AS level, 2 * (20 - $1) AS bits, 2 * (20 - $1 - $1 % 2) AS even_bits, $2::bigint AS first, $3::bigint AS last, $4::text[] AS statuses,
           $5::bigint AS pins, $6::text AS category, $7::text AS body, (SELECT id FROM bodies WHERE slug = $7) AS body_id,
           $8::integer AS first_month
)
