-- An entry that the last freeze of its casebook holds stays as it is until the freeze is taken
-- back; the database has the last word.
CREATE FUNCTION crf_entry_not_frozen() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    last crf_freeze;
BEGIN
    SELECT * INTO last FROM crf_freeze f
     WHERE f.participant_id = OLD.participant_id ORDER BY f.id DESC LIMIT 1;
    IF last.frozen THEN
        IF last.held @> to_jsonb(OLD.id) THEN
            RAISE EXCEPTION 'the entry is frozen' USING ERRCODE = 'RE014';
        END IF;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER not_frozen BEFORE UPDATE ON crf_entry
    FOR EACH ROW EXECUTE FUNCTION crf_entry_not_frozen();
ALTER TABLE crf_entry ENABLE ALWAYS TRIGGER not_frozen;
