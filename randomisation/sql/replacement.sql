-- As in capture.sql, with the dispensing whose kit was set aside.
CREATE OR REPLACE FUNCTION randomisation_dispensing_capture() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN PERFORM randomisation_not_deleted(TG_TABLE_NAME); END IF;
    PERFORM randomisation_captured(TG_TABLE_NAME, NEW.id::text, NEW.centre_id,
        NEW.participant_id, NEW.visit,
        ARRAY['#dispensed_on', '#kit_id', '#replaces_id', '#turn', '#visit'],
        ARRAY[OLD.dispensed_on::text, OLD.kit_id::text, OLD.replaces_id::text, OLD.turn::text,
              OLD.visit],
        ARRAY[NEW.dispensed_on::text, NEW.kit_id::text, NEW.replaces_id::text, NEW.turn::text,
              NEW.visit]);
    RETURN NULL;
END $$;
