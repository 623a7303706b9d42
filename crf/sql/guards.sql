-- The database has the last word on an entry: not while the trial is locked, and a saved value
-- changes only with a reason.
CREATE FUNCTION crf_entry_guard() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF (SELECT locked FROM crf_triallock ORDER BY id DESC LIMIT 1) THEN
        RAISE EXCEPTION 'the trial is locked' USING ERRCODE = 'RE001';
    END IF;
    IF TG_OP = 'UPDATE' THEN
        IF NEW.participant_id <> OLD.participant_id OR NEW.centre_id <> OLD.centre_id
           OR NEW.visit <> OLD.visit OR NEW.form <> OLD.form OR NEW.number <> OLD.number THEN
            RAISE EXCEPTION 'an entry stays where it is' USING ERRCODE = 'RE002';
        END IF;
        IF btrim(coalesce(current_setting('reminet.reason', true), '')) = '' AND EXISTS (
            SELECT FROM audit.flatten(OLD.data) o LEFT JOIN audit.flatten(NEW.data) n USING (item)
             WHERE n.value IS DISTINCT FROM o.value AND NOT OLD.derived ? o.item) THEN
            RAISE EXCEPTION 'a saved value changes only with a reason' USING ERRCODE = 'RE003';
        END IF;
    END IF;
    -- saved: the writer's draft has become data
    DELETE FROM crf_draft d
     WHERE d.participant_id = NEW.participant_id AND d.visit = NEW.visit AND d.form = NEW.form
       AND d.number = NEW.number AND d.user_id = NEW.saved_by_id;
    RETURN NEW;
END $$;
CREATE TRIGGER guard BEFORE INSERT OR UPDATE ON crf_entry
    FOR EACH ROW EXECUTE FUNCTION crf_entry_guard();
ALTER TABLE crf_entry ENABLE ALWAYS TRIGGER guard;
