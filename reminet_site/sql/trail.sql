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

-- Redaction. A value of the trail may be emptied, never changed, and only while a request that
-- two persons stand behind is being carried out.
CREATE FUNCTION audit.emptied_or_same(was text, now text, salt_was text, salt_now text)
RETURNS boolean LANGUAGE sql IMMUTABLE AS $$
    SELECT (now IS NULL AND salt_now IS NULL)
        OR (now IS NOT DISTINCT FROM was AND salt_now IS NOT DISTINCT FROM salt_was)
$$;
CREATE FUNCTION audit.only_redacted() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = audit, public, pg_temp AS $$
BEGIN
    IF NEW.trail_id <> OLD.trail_id OR NEW.centre_id IS DISTINCT FROM OLD.centre_id
       OR NOT (audit.emptied_or_same(OLD.old, NEW.old, OLD.old_salt, NEW.old_salt)
               AND audit.emptied_or_same(OLD.new, NEW.new, OLD.new_salt, NEW.new_salt))
       OR NOT EXISTS (
            SELECT FROM reminet_site_redaction r
              JOIN audit.trail named ON named.id = r.trail_id
              JOIN audit.trail this ON this.id = NEW.trail_id
             WHERE r.confirmed_by_id <> r.requested_by_id AND r.done_at IS NULL
               AND (this.chain, this.relation, this.row_id, this.item)
                 = (named.chain, named.relation, named.row_id, named.item)) THEN
        RAISE EXCEPTION 'the audit trail is append-only' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END $$;
DROP TRIGGER append_only ON audit.value;
CREATE TRIGGER append_only BEFORE DELETE OR TRUNCATE ON audit.value
    FOR EACH STATEMENT EXECUTE FUNCTION audit.append_only();
CREATE TRIGGER only_redacted BEFORE UPDATE ON audit.value
    FOR EACH ROW EXECUTE FUNCTION audit.only_redacted();
ALTER TABLE audit.value ENABLE ALWAYS TRIGGER append_only;
ALTER TABLE audit.value ENABLE ALWAYS TRIGGER only_redacted;

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

-- Carry out a request, in the name of the second person, who acts: the value goes wherever the
-- history of this one item holds it, and each row that held it gets a tombstone in its chain.
CREATE FUNCTION audit.redact(p_redaction bigint) RETURNS int
LANGUAGE plpgsql SECURITY DEFINER SET search_path = audit, public, pg_temp AS $$
DECLARE
    asked reminet_site_redaction;
    named audit.trail;
    this record;
    second bigint;
    unwanted text;
    n int := 0;
BEGIN
    SELECT * INTO asked FROM reminet_site_redaction WHERE id = p_redaction FOR UPDATE;
    second := nullif(audit.setting('user'), '')::bigint;
    IF asked.id IS NULL OR asked.done_at IS NOT NULL OR second IS NULL
       OR second = asked.requested_by_id THEN
        RAISE EXCEPTION 'a redaction takes two persons' USING ERRCODE = 'insufficient_privilege';
    END IF;
    UPDATE reminet_site_redaction SET confirmed_by_id = second WHERE id = p_redaction;
    SELECT * INTO named FROM audit.trail WHERE id = asked.trail_id;
    SELECT CASE asked.side WHEN 'old' THEN v.old ELSE v.new END INTO unwanted
      FROM audit.value v WHERE v.trail_id = asked.trail_id;
    IF unwanted IS NULL THEN
        RAISE EXCEPTION 'there is no such value' USING ERRCODE = 'RE004';
    END IF;
    IF unwanted = (SELECT v.new FROM audit.trail t JOIN audit.value v ON v.trail_id = t.id
                    WHERE t.relation = named.relation AND t.row_id = named.row_id
                      AND t.item = named.item ORDER BY t.id DESC LIMIT 1) THEN
        RAISE EXCEPTION 'the value still stands' USING ERRCODE = 'RE005';
    END IF;
    FOR this IN
        SELECT t.id, t.chain, t.seq, t.centre_id, t.participant_id, t.visit, t.form,
               v.old = unwanted AS in_old, v.new = unwanted AS in_new
          FROM audit.trail t JOIN audit.value v ON v.trail_id = t.id
         WHERE t.relation = named.relation AND t.row_id = named.row_id AND t.item = named.item
           AND (v.old = unwanted OR v.new = unwanted) ORDER BY t.id
    LOOP
        UPDATE audit.value SET
            old = CASE WHEN this.in_old THEN NULL ELSE old END,
            old_salt = CASE WHEN this.in_old THEN NULL ELSE old_salt END,
            new = CASE WHEN this.in_new THEN NULL ELSE new END,
            new_salt = CASE WHEN this.in_new THEN NULL ELSE new_salt END
         WHERE trail_id = this.id;
        PERFORM audit.append(this.chain, 'redact', 'act', this.seq::text, this.centre_id,
            this.participant_id, this.visit, this.form, ARRAY[named.item], ARRAY[NULL::text],
            ARRAY[concat_ws(' and ', CASE WHEN this.in_old THEN 'old' END,
                                     CASE WHEN this.in_new THEN 'new' END)
                  || ' value of row ' || this.seq || ', asked for by '
                  || (SELECT name FROM reminet_site_user WHERE id = asked.requested_by_id)]);
        n := n + 1;
    END LOOP;
    UPDATE reminet_site_redaction SET done_at = clock_timestamp() WHERE id = p_redaction;
    RETURN n;
END $$;
REVOKE ALL ON FUNCTION audit.redact FROM PUBLIC;
GRANT EXECUTE ON FUNCTION audit.redact TO app;
