-- A write of data and the lock of the trial do not cross: the write holds the lock's key, shared,
-- until it commits; who locks or unlocks holds it alone. What came first is seen by the other.
CREATE FUNCTION crf_lock_key() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock_shared(hashtext('trial lock'));
    RETURN NEW;
END $$;
CREATE TRIGGER a_key BEFORE INSERT OR UPDATE ON crf_entry
    FOR EACH ROW EXECUTE FUNCTION crf_lock_key();
ALTER TABLE crf_entry ENABLE ALWAYS TRIGGER a_key;

CREATE FUNCTION crf_not_while_locked() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM pg_advisory_xact_lock_shared(hashtext('trial lock'));
    IF (SELECT locked FROM crf_triallock ORDER BY id DESC LIMIT 1) THEN
        RAISE EXCEPTION 'the trial is locked' USING ERRCODE = 'RE001';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER not_while_locked BEFORE INSERT ON crf_participant
    FOR EACH ROW EXECUTE FUNCTION crf_not_while_locked();
ALTER TABLE crf_participant ENABLE ALWAYS TRIGGER not_while_locked;
CREATE TRIGGER not_while_locked BEFORE INSERT ON crf_normalrange
    FOR EACH ROW EXECUTE FUNCTION crf_not_while_locked();
ALTER TABLE crf_normalrange ENABLE ALWAYS TRIGGER not_while_locked;
