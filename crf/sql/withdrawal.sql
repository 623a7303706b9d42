-- After the withdrawal of consent nothing is recorded that is dated later; the database has the
-- last word. An entry without a day is judged by the application, which knows its visit.
CREATE FUNCTION crf_entry_before_withdrawal() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF NEW.visit_date > (SELECT withdrawn_on FROM crf_participant WHERE id = NEW.participant_id)
    AND NEW.form IS DISTINCT FROM (
        SELECT d.body::jsonb #>> '{trial,landmarks,withdrawn,form}'
          FROM crf_definitionversion d WHERE d.id = NEW.definition_id) THEN
        RAISE EXCEPTION 'consent was withdrawn before this day' USING ERRCODE = 'RE013';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER before_withdrawal BEFORE INSERT OR UPDATE ON crf_entry
    FOR EACH ROW EXECUTE FUNCTION crf_entry_before_withdrawal();
ALTER TABLE crf_entry ENABLE ALWAYS TRIGGER before_withdrawal;
