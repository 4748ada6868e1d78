-- $1 name, $2 name without house number, $3 house number, $4 place it is in, $5 $6 near longitude and latitude, $7 rows,
-- $8 rows that are looked at more closely.
-- `<%` compares with pg_trgm.word_similarity_threshold, which the caller sets.
WITH wanted AS MATERIALIZED (
    SELECT search_form($1) AS w_form,
           plain_form($1) AS w_plain,
           search_form($2) AS w_street,
           plain_form($2) AS w_street_plain,
           search_form($3) AS w_number,
           plain_form($4) AS w_within,
           ST_SetSRID(ST_MakePoint($5, $6), 4326) AS w_near
),
candidates AS (
    SELECT p.*, greatest(word_similarity(w_street, p.form), word_similarity(w_street, p.form_alt)) AS similarity
    FROM wanted
    JOIN places p ON w_street <% p.form OR w_street <% p.form_alt
    WHERE NOT p.shadowed AND p.kind <> 'address'
    UNION ALL
    -- Addresses only for who asks with a number, and then with this very number.
    SELECT p.*, word_similarity(w_street, p.form)
    FROM wanted
    JOIN places p ON w_street <% p.form AND p.form LIKE w_number || ' %'
    WHERE NOT p.shadowed AND p.kind = 'address'
),
-- What follows costs time per row, and whatever is good enough to be shown is among these.
closest AS (
    SELECT *, form IN (w_form, w_street) OR coalesce(form_alt IN (w_form, w_street), false) AS same
    FROM candidates, wanted
    ORDER BY same DESC, similarity DESC, importance DESC, location <-> w_near, id
    LIMIT $8
),
with_areas AS (
    SELECT *,
           plain_form(split_part(area, ', ', 1)) AS ward_form,
           plain_form(split_part(area, ', ', -1)) AS council_form
    FROM closest
),
ranked AS (
    SELECT *,
           CASE
               WHEN w_form IN (form, form_alt, form || ' ' || council_form, form || ' ' || ward_form,
                               form_alt || ' ' || council_form, form_alt || ' ' || ward_form) THEN 0
               WHEN same THEN 1
               WHEN form LIKE w_form || '%' OR form_alt LIKE w_form || '%'
                   OR plain_form(name) LIKE w_plain || '%' OR plain_form(name_alt) LIKE w_plain || '%' THEN 2
               WHEN form LIKE w_street || '%' OR form_alt LIKE w_street || '%'
                   OR plain_form(name) LIKE w_street_plain || '%' THEN 3
               ELSE 4
           END AS tier,
           coalesce(round(word_similarity(w_within, ward_form || ' ' || council_form)::numeric, 1), 0) AS within
    FROM with_areas
)
SELECT kind, name, name_alt, area, ST_X(location) AS lon, ST_Y(location) AS lat,
       tier, similarity::float8 AS similarity, ARRAY[w_form, w_street] AS typed,
       array_remove(ARRAY[form, form_alt, form || ' ' || council_form], NULL) AS forms
FROM ranked
ORDER BY tier, within DESC, round(similarity::numeric, 2) DESC, importance DESC, ST_DistanceSphere(location, w_near), id
LIMIT $7
