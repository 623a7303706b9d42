-- As in withdrawal.sql, and: where who withdrew accepted that public registers are read, the one entry
-- that the definition names, learned from a register, may be dated later.
CREATE OR REPLACE FUNCTION crf_entry_before_withdrawal() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    marks jsonb;
    told jsonb;
    accepted jsonb;
BEGIN
    IF NEW.visit_date > (SELECT withdrawn_on FROM crf_participant WHERE id = NEW.participant_id) THEN
        SELECT d.body::jsonb #> '{trial,landmarks}' INTO marks
          FROM crf_definitionversion d WHERE d.id = NEW.definition_id;
        told := marks -> 'from_registers';
        accepted := marks -> 'registers';
        IF NEW.form IS NOT DISTINCT FROM (marks #>> '{withdrawn,form}') THEN
            RETURN NEW;
        END IF;
        IF NEW.form = (told ->> 'form') AND NEW.data ->> (told ->> 'item') = (told ->> 'value')
        AND EXISTS (SELECT FROM crf_entry e
             WHERE e.participant_id = NEW.participant_id AND e.form = (accepted ->> 'form')
               AND e.data ->> (accepted ->> 'item') = (accepted ->> 'value')) THEN
            RETURN NEW;
        END IF;
        RAISE EXCEPTION 'consent was withdrawn before this day' USING ERRCODE = 'RE013';
    END IF;
    RETURN NEW;
END $$;
