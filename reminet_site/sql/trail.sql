-- What lies around the trail: its heads for the anchor, its search by day, its redaction.

-- The separator of the hashed text stands in no field, so that the text has one reading.
CREATE OR REPLACE FUNCTION audit.setting(name text) RETURNS text LANGUAGE sql STABLE AS
$$ SELECT translate(coalesce(current_setting('reminet.' || name, true), ''), E'\x1f', ' ') $$;

CREATE OR REPLACE FUNCTION audit.act(p_act text, p_subject text, p_centre bigint,
                                     p_participant bigint, p_detail text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = audit, public, pg_temp AS $$
BEGIN
    IF p_act = 'redact' THEN
        RAISE EXCEPTION 'audit.redact alone writes a tombstone'
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    PERFORM audit.append(
        CASE WHEN p_participant IS NOT NULL THEN 'participant:' || p_participant
             WHEN p_centre IS NOT NULL THEN 'centre:' || p_centre ELSE 'deployment' END,
        p_act, 'act', translate(p_subject, E'\x1f', ' '), p_centre, p_participant, '', '',
        ARRAY[p_act], ARRAY[NULL::text], ARRAY[p_detail]);
END $$;

-- A day of everybody's: small, and cheap to add to; autovacuum keeps it up.
CREATE INDEX trail_at ON audit.trail USING brin (at)
    WITH (pages_per_range = 16, autosummarize = on);

-- The heads go into the anchor: read by those who see every centre, written by append alone.
ALTER TABLE audit.head ENABLE ROW LEVEL SECURITY;
CREATE POLICY wall ON audit.head FOR SELECT USING (
    (SELECT current_setting('reminet.every_centre', true)) = 'on');
GRANT SELECT ON audit.head TO app;

-- Nobody asks in another's name, or for what is confirmed already.
CREATE FUNCTION audit.redaction_asked() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.confirmed_by_id IS NOT NULL OR NEW.done_at IS NOT NULL
       OR NEW.requested_by_id IS DISTINCT FROM nullif(audit.setting('user'), '')::bigint THEN
        RAISE EXCEPTION 'a redaction takes two persons' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER asked BEFORE INSERT ON reminet_site_redaction
    FOR EACH ROW EXECUTE FUNCTION audit.redaction_asked();
ALTER TABLE reminet_site_redaction ENABLE ALWAYS TRIGGER asked;
