-- What the doors of an allocation ask of the vault, one message each, with plans that are kept.
-- They run as who calls them: app takes the role vault by SET LOCAL ROLE as in randomisation/
-- arms/role.py, and puts it back before the answer; a failure in between undoes the transaction,
-- and the role with it. What they hand over is sealed.
CREATE SCHEMA doors;
GRANT USAGE ON SCHEMA doors TO app, vault;

CREATE FUNCTION doors.contents(numbers text[]) RETURNS TABLE (kit_number text, sealed bytea)
LANGUAGE plpgsql AS $$
BEGIN
    SET LOCAL ROLE vault;
    RETURN QUERY SELECT k.kit_number, k.sealed FROM arms.kit_content k
                  WHERE k.kit_number = ANY (numbers);
    SET LOCAL ROLE NONE;
END $$;

-- The scheme is locked and counted one further, then the state is read: nobody else draws until
-- the transaction ends.
CREATE FUNCTION doors.turn(
    scheme_id bigint, name text, p_part text,
    OUT place int, OUT clinical_at timestamptz, OUT version int, OUT sealed bytea
) LANGUAGE plpgsql AS $$
BEGIN
    UPDATE public.randomisation_scheme s SET issued = s.issued + 1 WHERE s.id = scheme_id
        RETURNING s.issued INTO place;
    clinical_at := audit.clinical_now();
    SET LOCAL ROLE vault;
    SELECT m.version, m.sealed INTO version, sealed FROM arms.marginals m
     WHERE m.scheme = name AND m.part = p_part;
    SET LOCAL ROLE NONE;
END $$;

CREATE FUNCTION doors.keep(
    p_scheme text, p_part text, p_version int, p_state bytea,
    p_number text, p_place int, p_record bytea
) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    SET LOCAL ROLE vault;
    INSERT INTO arms.marginals (scheme, part, version, sealed)
        VALUES (p_scheme, p_part, p_version, p_state)
        ON CONFLICT (scheme, part) DO UPDATE
            SET version = excluded.version, sealed = excluded.sealed;
    INSERT INTO arms.allocation (randomisation_number, scheme, place, sealed)
        VALUES (p_number, p_scheme, p_place, p_record);
    SET LOCAL ROLE NONE;
END $$;
