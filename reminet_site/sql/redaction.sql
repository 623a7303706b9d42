-- Redaction. A value of the trail may be emptied with its salt, never changed, and only while a
-- request that two persons stand behind is being carried out. All else of a row stays as it is.
CREATE OR REPLACE FUNCTION audit.emptied_or_same(was text, now text, salt_was text, salt_now text)
RETURNS boolean LANGUAGE sql IMMUTABLE AS $$
    SELECT (now IS NULL AND salt_now IS NULL)
        OR (now IS NOT DISTINCT FROM was AND salt_now IS NOT DISTINCT FROM salt_was)
$$;
CREATE OR REPLACE FUNCTION audit.only_redacted() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = audit, public, pg_temp AS $$
DECLARE
    emptied text[] := ARRAY['old', 'old_salt', 'new', 'new_salt'];
BEGIN
    IF to_jsonb(NEW) - emptied <> to_jsonb(OLD) - emptied
       OR NOT (audit.emptied_or_same(OLD.old, NEW.old, OLD.old_salt, NEW.old_salt)
               AND audit.emptied_or_same(OLD.new, NEW.new, OLD.new_salt, NEW.new_salt))
       OR NOT EXISTS (
            SELECT FROM reminet_site_redaction r JOIN audit.trail named ON named.id = r.trail_id
             WHERE r.confirmed_by_id <> r.requested_by_id AND r.done_at IS NULL
               AND (NEW.chain, NEW.relation, NEW.row_id, NEW.item)
                 = (named.chain, named.relation, named.row_id, named.item)) THEN
        RAISE EXCEPTION 'the audit trail is append-only' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER append_only BEFORE DELETE OR TRUNCATE ON audit.trail
    FOR EACH STATEMENT EXECUTE FUNCTION audit.append_only();
CREATE OR REPLACE TRIGGER only_redacted BEFORE UPDATE ON audit.trail
    FOR EACH ROW EXECUTE FUNCTION audit.only_redacted();
ALTER TABLE audit.trail ENABLE ALWAYS TRIGGER append_only;
ALTER TABLE audit.trail ENABLE ALWAYS TRIGGER only_redacted;

-- Carry out a request, in the name of the second person, who acts: the value goes wherever the
-- history of this one item holds it, and each row that held it gets a tombstone in its chain.
CREATE OR REPLACE FUNCTION audit.redact(p_redaction bigint) RETURNS int
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
    unwanted := CASE asked.side WHEN 'old' THEN named.old ELSE named.new END;
    IF unwanted IS NULL THEN
        RAISE EXCEPTION 'there is no such value' USING ERRCODE = 'RE004';
    END IF;
    IF unwanted = (SELECT t.new FROM audit.trail t
                    WHERE t.relation = named.relation AND t.row_id = named.row_id
                      AND t.item = named.item ORDER BY t.id DESC LIMIT 1) THEN
        RAISE EXCEPTION 'the value still stands' USING ERRCODE = 'RE005';
    END IF;
    FOR this IN
        SELECT t.id, t.chain, t.seq, t.centre_id, t.participant_id, t.visit, t.form,
               t.old = unwanted AS in_old, t.new = unwanted AS in_new
          FROM audit.trail t
         WHERE t.relation = named.relation AND t.row_id = named.row_id AND t.item = named.item
           AND (t.old = unwanted OR t.new = unwanted) ORDER BY t.id
    LOOP
        UPDATE audit.trail SET
            old = CASE WHEN this.in_old THEN NULL ELSE old END,
            old_salt = CASE WHEN this.in_old THEN NULL ELSE old_salt END,
            new = CASE WHEN this.in_new THEN NULL ELSE new END,
            new_salt = CASE WHEN this.in_new THEN NULL ELSE new_salt END
         WHERE id = this.id;
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
