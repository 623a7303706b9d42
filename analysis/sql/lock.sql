-- The blind opens on locked data, and they stay locked: opening and unlocking do not cross.
CREATE TRIGGER a_key BEFORE INSERT OR UPDATE ON analysis_blindopening
    FOR EACH ROW EXECUTE FUNCTION crf_lock_key();
ALTER TABLE analysis_blindopening ENABLE ALWAYS TRIGGER a_key;

CREATE FUNCTION analysis_stays_locked() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('trial lock'));
    IF NOT NEW.locked
       AND EXISTS (SELECT FROM analysis_blindopening WHERE confirmed_at IS NOT NULL) THEN
        RAISE EXCEPTION 'the data stay locked' USING ERRCODE = 'RE012';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER stays_locked BEFORE INSERT ON crf_triallock
    FOR EACH ROW EXECUTE FUNCTION analysis_stays_locked();
ALTER TABLE crf_triallock ENABLE ALWAYS TRIGGER stays_locked;
