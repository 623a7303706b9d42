-- What audit.capture does, for the three tables that an allocation writes while everybody waits
-- for the scheme: the row is not turned into JSON and back. A test holds them against audit.capture.
CREATE FUNCTION randomisation_captured(
    relation text, row_id text, centre bigint, participant bigint, visit text,
    items text[], old text[], new text[]
) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = audit, public, pg_temp AS $$
DECLARE
    kept int[] := ARRAY(SELECT i FROM generate_subscripts(items, 1) i
                         WHERE old[i] IS DISTINCT FROM new[i]);
BEGIN
    IF cardinality(kept) < cardinality(items) THEN
        items := ARRAY(SELECT items[i] FROM unnest(kept) i);
        old := ARRAY(SELECT old[i] FROM unnest(kept) i);
        new := ARRAY(SELECT new[i] FROM unnest(kept) i);
    END IF;
    PERFORM audit.append(
        CASE WHEN participant IS NOT NULL THEN 'participant:' || participant
             WHEN centre IS NOT NULL THEN 'centre:' || centre ELSE 'deployment' END,
        NULL, relation, row_id, centre, participant, visit, NULL, items, old, new);
END $$;
REVOKE ALL ON FUNCTION randomisation_captured FROM PUBLIC;

CREATE FUNCTION randomisation_not_deleted(relation text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'nothing in the trial is deleted (%)', relation
        USING ERRCODE = 'insufficient_privilege';
END $$;

CREATE FUNCTION randomisation_kit_capture() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN PERFORM randomisation_not_deleted(TG_TABLE_NAME); END IF;
    PERFORM randomisation_captured(TG_TABLE_NAME, NEW.id::text, NEW.centre_id, NULL, NULL,
        ARRAY['#centre_id', '#expires_on', '#number', '#shipment_id', '#status'],
        ARRAY[OLD.centre_id::text, OLD.expires_on::text, OLD.number, OLD.shipment_id::text,
              OLD.status],
        ARRAY[NEW.centre_id::text, NEW.expires_on::text, NEW.number, NEW.shipment_id::text,
              NEW.status]);
    RETURN NULL;
END $$;

CREATE FUNCTION randomisation_allocation_capture() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN PERFORM randomisation_not_deleted(TG_TABLE_NAME); END IF;
    PERFORM randomisation_captured(TG_TABLE_NAME, NEW.id::text, NEW.centre_id,
        NEW.participant_id, NULL,
        ARRAY['#kit_id', '#randomisation_number', '#strata'],
        ARRAY[OLD.kit_id::text, OLD.randomisation_number, OLD.strata::text],
        ARRAY[NEW.kit_id::text, NEW.randomisation_number, NEW.strata::text]);
    RETURN NULL;
END $$;

CREATE FUNCTION randomisation_dispensing_capture() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN PERFORM randomisation_not_deleted(TG_TABLE_NAME); END IF;
    PERFORM randomisation_captured(TG_TABLE_NAME, NEW.id::text, NEW.centre_id,
        NEW.participant_id, NEW.visit,
        ARRAY['#dispensed_on', '#kit_id', '#turn', '#visit'],
        ARRAY[OLD.dispensed_on::text, OLD.kit_id::text, OLD.turn::text, OLD.visit],
        ARRAY[NEW.dispensed_on::text, NEW.kit_id::text, NEW.turn::text, NEW.visit]);
    RETURN NULL;
END $$;

DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['kit', 'allocation', 'dispensing'] LOOP
        EXECUTE format('DROP TRIGGER audit_capture ON randomisation_%s', name);
        EXECUTE format('CREATE TRIGGER audit_capture AFTER INSERT OR UPDATE OR DELETE'
            ' ON randomisation_%1$s FOR EACH ROW EXECUTE FUNCTION randomisation_%1$s_capture()',
            name);
        EXECUTE format('ALTER TABLE randomisation_%s ENABLE ALWAYS TRIGGER audit_capture', name);
    END LOOP;
END $$;
