-- What of the tables in $1 is put aside before very many rows are written: for each a statement that does it and one that
-- undoes it. Triggers first and indexes last; in the other direction the foreign keys find the indexes in place.
WITH tables AS (
    SELECT oid, oid::regclass::text AS name FROM pg_class
    WHERE relnamespace = current_schema()::regnamespace AND relkind = 'r' AND relname = ANY ($1)
), found AS (
    SELECT 1 AS step, t.name, g.tgname AS what,
           format('ALTER TABLE %s DISABLE TRIGGER %I', t.name, g.tgname) AS away,
           format('ALTER TABLE %s ENABLE TRIGGER %I', t.name, g.tgname) AS back
    FROM tables t JOIN pg_trigger g ON g.tgrelid = t.oid
    -- Who took one out of use, or made it run always, knows why.
    WHERE NOT g.tgisinternal AND g.tgenabled = 'O'
    UNION ALL
    SELECT 2, t.name, c.conname,
           format('ALTER TABLE %s DROP CONSTRAINT %I', t.name, c.conname),
           format('ALTER TABLE %s ADD CONSTRAINT %I %s', t.name, c.conname, pg_get_constraintdef(c.oid))
    FROM tables t JOIN pg_constraint c ON c.conrelid = t.oid
    WHERE c.contype = 'f'
    UNION ALL
    SELECT 3, t.name, i.indexrelid::regclass::text,
           format('DROP INDEX %s', i.indexrelid::regclass),
           pg_get_indexdef(i.indexrelid)
    FROM tables t JOIN pg_index i ON i.indrelid = t.oid
    -- A unique one guards a rule and is filled in order, which costs little.
    WHERE NOT i.indisunique AND i.indisvalid
)
SELECT away, back FROM found ORDER BY step, name, what
