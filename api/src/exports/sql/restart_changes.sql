-- A new order: every report that everybody sees has just changed, and every other one that is known is gone.
DO $$
BEGIN
    -- Whoever writes meanwhile waits, and then notes what they wrote in the new order.
    LOCK TABLE report_changes IN SHARE ROW EXCLUSIVE MODE;
    INSERT INTO settings (key, value) VALUES ('changes_epoch', to_jsonb(gen_random_uuid()))
    ON CONFLICT (key) DO UPDATE SET value = excluded.value;
    UPDATE report_changes SET changed_in = pg_current_xact_id(), changed_at = now(), gone = true;
    INSERT INTO report_changes (report_id)
    SELECT id FROM reports WHERE visibility = 'published' ORDER BY id
    ON CONFLICT (report_id) DO UPDATE SET gone = false;
END $$
