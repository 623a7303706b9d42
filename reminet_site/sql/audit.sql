-- The audit trail. One row a changed field, written by triggers in the transaction of the change.
--
-- Chained: each row's hash covers the row before it in the same chain (a participant, a centre, or
-- the deployment). Values enter the hash as salted commitments and not themselves, so that a
-- redaction, which empties a value and its salt, leaves the chain verifiable.

CREATE SCHEMA audit;
GRANT USAGE ON SCHEMA audit TO app;

CREATE TABLE audit.trail (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    chain text NOT NULL,
    seq bigint NOT NULL,
    at timestamptz NOT NULL,
    clinical_at timestamptz NOT NULL,
    user_id bigint,
    actor text NOT NULL,
    role text NOT NULL,
    reason text NOT NULL,
    query_id bigint,
    act text NOT NULL,
    relation text NOT NULL,
    row_id text NOT NULL,
    centre_id bigint,
    participant_id bigint,
    visit text NOT NULL,
    form text NOT NULL,
    item text NOT NULL,
    old_salt text,
    old text,
    new_salt text,
    new text,
    old_commitment text,
    new_commitment text,
    previous text NOT NULL,
    hash text NOT NULL,
    UNIQUE (chain, seq)
);
CREATE INDEX trail_item ON audit.trail (relation, row_id, item, id);
CREATE INDEX trail_participant ON audit.trail (participant_id, id);
CREATE INDEX trail_user_day ON audit.trail (user_id, at);
CREATE INDEX trail_centre ON audit.trail (centre_id, id);

CREATE TABLE audit.head (
    chain text PRIMARY KEY,
    seq bigint NOT NULL,
    hash text NOT NULL
);

CREATE FUNCTION audit.setting(name text) RETURNS text LANGUAGE sql STABLE AS
$$ SELECT coalesce(current_setting('reminet.' || name, true), '') $$;

-- The trial's own time: the server's, or the simulated clock of a demonstration.
CREATE FUNCTION audit.clinical_now() RETURNS timestamptz
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT coalesce(
        (SELECT clinical_at + (clock_timestamp() - clinical_set_at)
           FROM reminet_site_deployment WHERE demonstration AND clinical_at IS NOT NULL),
        clock_timestamp())
$$;

-- The text that is hashed: fields joined by the unit separator, \N for null. The stand-alone
-- verifier builds the same text from an exported trail.
CREATE FUNCTION audit.canonical(t audit.trail) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT array_to_string(ARRAY[
        t.previous, t.chain, t.seq::text,
        to_char(t.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
        to_char(t.clinical_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
        t.user_id::text, t.actor, t.role, t.reason, t.query_id::text, t.act, t.relation,
        t.row_id, t.centre_id::text, t.participant_id::text, t.visit, t.form, t.item,
        t.old_commitment, t.new_commitment], E'\x1f', '\N')
$$;

CREATE FUNCTION audit.commitment(salt text, value text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN value IS NULL THEN NULL
           ELSE encode(sha256(convert_to(salt || E'\x1f' || value, 'UTF8')), 'hex') END
$$;

-- {"a": 1, "lesions": [{"id": "r1", "organ": "liver"}]} -> a, lesions[r1], lesions[r1].organ
CREATE FUNCTION audit.flatten(data jsonb) RETURNS TABLE (item text, value text)
LANGUAGE sql IMMUTABLE AS $$
    SELECT e.key, e.value #>> '{}'
      FROM jsonb_each(data) e
     WHERE e.value <> '[]' AND coalesce(jsonb_typeof(e.value -> 0), '') <> 'object'
    UNION ALL
    SELECT e.key || '[' || (r.value ->> 'id') || ']'
           || CASE WHEN f.key = 'id' THEN '' ELSE '.' || f.key END,
           CASE WHEN f.key = 'id' THEN 'row' ELSE f.value #>> '{}' END
      FROM jsonb_each(data) e
      CROSS JOIN LATERAL jsonb_array_elements(
          CASE WHEN jsonb_typeof(e.value) = 'array' THEN e.value ELSE '[]' END) r
      CROSS JOIN LATERAL jsonb_each(CASE WHEN jsonb_typeof(r.value) = 'object'
                                         THEN r.value ELSE '{}' END) f
$$;

-- audit.append, which writes the trail, is in append.sql; the trigger that calls it in capture.sql.

-- What differs: names, and values before and after as text, null where there is none.
CREATE TYPE audit.changes AS (items text[], old text[], new text[]);

-- An act that is not the change of a column (export, download, sign-in, unblinding, ...).
CREATE FUNCTION audit.act(p_act text, p_subject text, p_centre bigint, p_participant bigint,
                          p_detail text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = audit, public, pg_temp AS $$
BEGIN
    PERFORM audit.append(
        CASE WHEN p_participant IS NOT NULL THEN 'participant:' || p_participant
             WHEN p_centre IS NOT NULL THEN 'centre:' || p_centre ELSE 'deployment' END,
        p_act, 'act', p_subject, p_centre, p_participant, '', '',
        ARRAY[p_act], ARRAY[NULL::text], ARRAY[p_detail]);
END $$;

CREATE FUNCTION audit.append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the audit trail is append-only' USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit.trail
    FOR EACH STATEMENT EXECUTE FUNCTION audit.append_only();
ALTER TABLE audit.trail ENABLE ALWAYS TRIGGER append_only;

-- The wall, for reads of the trail as for everything else.
ALTER TABLE audit.trail ENABLE ROW LEVEL SECURITY;
CREATE POLICY wall ON audit.trail FOR SELECT USING (
    (SELECT current_setting('reminet.every_centre', true)) = 'on'
    OR centre_id = ANY ((SELECT nullif(current_setting('reminet.centres', true), ''))::bigint[]));
GRANT SELECT ON audit.trail TO app;
REVOKE ALL ON FUNCTION audit.act FROM PUBLIC;
GRANT EXECUTE ON FUNCTION audit.act, audit.clinical_now, audit.setting TO app;
