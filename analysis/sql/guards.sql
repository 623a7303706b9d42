-- The database has the last word: a cut never changes, an opened blind stays opened, a release
-- that is done stays what it was.
CREATE FUNCTION analysis_never_changes() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    RAISE EXCEPTION '% is never changed', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER never_changes BEFORE UPDATE OR DELETE ON analysis_snapshot
    FOR EACH ROW EXECUTE FUNCTION analysis_never_changes();
ALTER TABLE analysis_snapshot ENABLE ALWAYS TRIGGER never_changes;
CREATE TRIGGER never_emptied BEFORE TRUNCATE ON analysis_snapshot
    FOR EACH STATEMENT EXECUTE FUNCTION analysis_never_changes();
ALTER TABLE analysis_snapshot ENABLE ALWAYS TRIGGER never_emptied;

CREATE FUNCTION analysis_opening_guard() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF NOT coalesce((SELECT locked FROM crf_triallock ORDER BY id DESC LIMIT 1), false) THEN
        RAISE EXCEPTION 'the blind opens after the lock' USING ERRCODE = 'RE010';
    END IF;
    IF TG_OP = 'UPDATE' AND (
        OLD.confirmed_at IS NOT NULL OR NEW.requested_by_id <> OLD.requested_by_id
        OR NEW.requested_at <> OLD.requested_at OR NEW.requested_role <> OLD.requested_role
        OR NEW.reason <> OLD.reason OR NEW.confirmed_role = NEW.requested_role) THEN
        RAISE EXCEPTION 'the opening of the blind is irrevocable' USING ERRCODE = 'RE011';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER guard BEFORE INSERT OR UPDATE ON analysis_blindopening
    FOR EACH ROW EXECUTE FUNCTION analysis_opening_guard();
ALTER TABLE analysis_blindopening ENABLE ALWAYS TRIGGER guard;

CREATE FUNCTION analysis_ended() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    RAISE EXCEPTION '% % has ended and stays as it is', TG_TABLE_NAME, OLD.id
        USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER ended BEFORE UPDATE ON analysis_release
    FOR EACH ROW WHEN (OLD.state = 'done') EXECUTE FUNCTION analysis_ended();
ALTER TABLE analysis_release ENABLE ALWAYS TRIGGER ended;
-- of a run that has ended only the time of the last check moves on
CREATE TRIGGER ended BEFORE UPDATE ON analysis_run
    FOR EACH ROW WHEN (OLD.state IN ('done', 'differs', 'same') AND (
        NEW.kind, NEW.cut, NEW.plan, NEW.definition, NEW.code, NEW.state, NEW.snapshot_id,
        NEW.same_as_id, NEW.data_at, NEW.finished_at, NEW.result, NEW.agreement)
        IS DISTINCT FROM (
        OLD.kind, OLD.cut, OLD.plan, OLD.definition, OLD.code, OLD.state, OLD.snapshot_id,
        OLD.same_as_id, OLD.data_at, OLD.finished_at, OLD.result, OLD.agreement))
    EXECUTE FUNCTION analysis_ended();
ALTER TABLE analysis_run ENABLE ALWAYS TRIGGER ended;
