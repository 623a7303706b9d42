-- What was saved before the freeze of its casebook stays as it is until the freeze is taken back; the
-- database has the last word. Serious events stay open: what becomes known of one is told at once.
CREATE FUNCTION crf_frozen_at(p_participant bigint) RETURNS timestamptz
LANGUAGE sql STABLE AS $$
    SELECT CASE WHEN f.frozen THEN f.at END FROM crf_freeze f
     WHERE f.participant_id = p_participant ORDER BY f.id DESC LIMIT 1
$$;

CREATE FUNCTION crf_entry_not_frozen() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF OLD.saved_at <= crf_frozen_at(OLD.participant_id) THEN
        IF OLD.form IS DISTINCT FROM (
            SELECT d.body::jsonb #>> '{trial,landmarks,serious,form}'
              FROM crf_definitionversion d WHERE d.id = OLD.definition_id) THEN
            RAISE EXCEPTION 'the casebook is frozen' USING ERRCODE = 'RE014';
        END IF;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER not_frozen BEFORE UPDATE ON crf_entry
    FOR EACH ROW EXECUTE FUNCTION crf_entry_not_frozen();
ALTER TABLE crf_entry ENABLE ALWAYS TRIGGER not_frozen;
