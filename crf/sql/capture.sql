-- What audit.capture does, for the one table that is written all day: the row is not turned into
-- JSON and back. A test holds the two against each other, and knows every column of the table.
CREATE OR REPLACE FUNCTION crf_entry_capture() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = audit, public, pg_temp AS $$
DECLARE
    found audit.changes;
    said audit.changes;
    remarks audit.changes;
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'nothing in the trial is deleted (%)', TG_TABLE_NAME
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    SELECT array_agg(c.item), array_agg(c.old), array_agg(c.new) INTO found
      FROM (VALUES ('#definition_id', OLD.definition_id::text, NEW.definition_id::text),
                   ('#version', OLD.version::text, NEW.version::text)) c (item, old, new)
     WHERE c.old IS DISTINCT FROM c.new;
    said := audit.changed_fields(coalesce(OLD.data, '{}'), NEW.data);
    remarks := audit.changed_fields(coalesce(OLD.comments, '{}'), NEW.comments);
    PERFORM audit.append('participant:' || NEW.participant_id, NULL, TG_TABLE_NAME, NEW.id::text,
        NEW.centre_id, NEW.participant_id, NEW.visit, NEW.form,
        found.items || said.items || remarks.items, found.old || said.old || remarks.old,
        found.new || said.new || remarks.new);
    RETURN NULL;
END $$;
DROP TRIGGER audit_capture ON crf_entry;
CREATE TRIGGER audit_capture AFTER INSERT OR UPDATE OR DELETE ON crf_entry
    FOR EACH ROW EXECUTE FUNCTION crf_entry_capture();
ALTER TABLE crf_entry ENABLE ALWAYS TRIGGER audit_capture;
REVOKE ALL ON FUNCTION crf_entry_capture FROM PUBLIC;

-- The guard of entries as before; whether a saved value changes is asked only where there is no
-- reason, since that comparison costs more than all the rest of it.
CREATE OR REPLACE FUNCTION crf_entry_guard() RETURNS trigger
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
        IF btrim(coalesce(current_setting('reminet.reason', true), '')) = '' THEN
            IF EXISTS (
                SELECT FROM audit.flatten(OLD.data) o
                  LEFT JOIN audit.flatten(NEW.data) n USING (item)
                 WHERE n.value IS DISTINCT FROM o.value AND NOT OLD.derived ? o.item) THEN
                RAISE EXCEPTION 'a saved value changes only with a reason'
                    USING ERRCODE = 'RE003';
            END IF;
        END IF;
    END IF;
    -- saved: the writer's draft has become data
    DELETE FROM crf_draft d
     WHERE d.participant_id = NEW.participant_id AND d.visit = NEW.visit AND d.form = NEW.form
       AND d.number = NEW.number AND d.user_id = NEW.saved_by_id;
    RETURN NEW;
END $$;
