-- $1: the numbers of what has no pictures there any more; {owner} is report or update. Answers one row for each.
WITH taken AS (
    DELETE FROM {owner}_photos p USING moved_in m
    WHERE m.kind = '{owner}_photos' AND m.theirs = ANY ($1) AND p.{owner}_id = m.ours
)
DELETE FROM moved_in WHERE kind = '{owner}_photos' AND theirs = ANY ($1)
