-- The vault. Owned by owner; readable by the role vault alone; nothing of the blind side points
-- here and nothing here points there: the randomisation number and the kit number do.
CREATE SCHEMA arms;
GRANT USAGE ON SCHEMA arms TO vault;

-- One row an allocation: arm and decision record, sealed. Never changed, never removed.
CREATE TABLE arms.allocation (
    randomisation_number text PRIMARY KEY,
    scheme text NOT NULL,
    place integer NOT NULL,
    sealed bytea NOT NULL,
    UNIQUE (scheme, place)
);
GRANT SELECT, INSERT ON arms.allocation TO vault;

CREATE TABLE arms.kit_content (
    kit_number text PRIMARY KEY,
    sealed bytea NOT NULL
);
GRANT SELECT, INSERT ON arms.kit_content TO vault;

-- What the method remembers: marginal totals, or the open block of a stratum.
CREATE TABLE arms.marginals (
    scheme text NOT NULL,
    part text NOT NULL,
    version integer NOT NULL,
    sealed bytea NOT NULL,
    PRIMARY KEY (scheme, part)
);
GRANT SELECT, INSERT ON arms.marginals TO vault;
GRANT UPDATE (version, sealed) ON arms.marginals TO vault;

CREATE TABLE arms.imported_list (
    scheme text NOT NULL,
    stratum text NOT NULL,
    position integer NOT NULL,
    number text NOT NULL,
    sealed bytea NOT NULL,
    PRIMARY KEY (scheme, stratum, position),
    UNIQUE (scheme, number)
);
GRANT SELECT, INSERT ON arms.imported_list TO vault;

-- By-arm results of an analysis run.
CREATE TABLE arms.results (
    run text PRIMARY KEY,
    sealed bytea NOT NULL,
    written_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
GRANT SELECT, INSERT ON arms.results TO vault;

-- Who read what through which door. Append-only; no blinded role reads it.
CREATE TABLE arms.reading (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    clinical_at timestamptz NOT NULL DEFAULT audit.clinical_now(),
    door text NOT NULL,
    user_id bigint,
    actor text NOT NULL,
    role text NOT NULL,
    what text NOT NULL,
    reason text NOT NULL
);
GRANT SELECT, INSERT ON arms.reading TO vault;
GRANT USAGE ON SCHEMA audit TO vault;
GRANT EXECUTE ON FUNCTION audit.clinical_now() TO vault;
