-- Append the changes to the chain; the head's row lock keeps two writers of one chain in order.
-- What the rows of one call share is put together once; only the hash goes row by row, since each
-- covers the one before. A test holds it against audit.canonical and audit.commitment.
CREATE OR REPLACE FUNCTION audit.append(
    p_chain text, p_act text, p_relation text, p_row_id text, p_centre bigint,
    p_participant bigint, p_visit text, p_form text,
    p_items text[], p_old text[], p_new text[]
) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = audit, public, pg_temp AS $$
DECLARE
    n int := coalesce(cardinality(p_items), 0);
    h audit.head;
    t audit.trail;
    head text;      -- of the hashed text: who and when
    place text;     -- of the hashed text: which row of which table
    acts text[];
    old_salts text[];
    new_salts text[];
    old_commitments text[];
    new_commitments text[];
    texts text[];   -- the hashed texts without the hash before
    hashes text[] := '{}';
    hash text;
    -- A row's two salts are the halves of a hash of this and the row's place: one draw for the
    -- call, thrown away with it.
    seed bytea := uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid());
BEGIN
    IF n = 0 THEN RETURN; END IF;
    t.actor := current_setting('reminet.actor', true);
    IF coalesce(t.actor, '') = '' THEN
        RAISE EXCEPTION 'nothing is written without an actor' USING ERRCODE = 'insufficient_privilege';
    END IF;
    SELECT * INTO h FROM audit.head WHERE chain = p_chain FOR UPDATE;
    IF NOT FOUND THEN
        INSERT INTO audit.head VALUES (p_chain, 0, repeat('0', 64))
            ON CONFLICT (chain) DO UPDATE SET seq = audit.head.seq RETURNING * INTO h;
    END IF;
    t.at := clock_timestamp();
    t.clinical_at := audit.clinical_now();
    t.user_id := nullif(audit.setting('user'), '')::bigint;
    t.role := audit.setting('role');
    t.reason := audit.setting('reason');
    t.query_id := nullif(audit.setting('query'), '')::bigint;
    t.visit := coalesce(p_visit, '');
    t.form := coalesce(p_form, '');
    head := array_to_string(ARRAY[
        to_char(t.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
        to_char(t.clinical_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
        t.user_id::text, t.actor, t.role, t.reason, t.query_id::text], E'\x1f', '\N');
    place := array_to_string(ARRAY[
        p_relation, p_row_id, p_centre::text, p_participant::text, t.visit, t.form],
        E'\x1f', '\N');
    SELECT array_agg(act), array_agg(os), array_agg(ns), array_agg(oc), array_agg(nc),
           array_agg(concat_ws(E'\x1f', '', p_chain, h.seq + i, head, act, place, item,
                               coalesce(oc, '\N'), coalesce(nc, '\N')))
      INTO acts, old_salts, new_salts, old_commitments, new_commitments, texts
      FROM (SELECT i, item, act, os, ns,
                   encode(sha256(convert_to(os || E'\x1f' || old, 'UTF8')), 'hex') AS oc,
                   encode(sha256(convert_to(ns || E'\x1f' || new, 'UTF8')), 'hex') AS nc
              FROM (SELECT i, item, old, new,
                           CASE WHEN old IS NOT NULL THEN left(salts, 32) END AS os,
                           CASE WHEN new IS NOT NULL THEN right(salts, 32) END AS ns,
                           coalesce(p_act, CASE WHEN old IS NULL THEN 'create'
                                                WHEN new IS NULL THEN 'clear' ELSE 'change' END) AS act
                      FROM (SELECT *, encode(sha256(seed || int8send(i)), 'hex') AS salts
                              FROM unnest(p_items, p_old, p_new)
                                   WITH ORDINALITY AS g (item, old, new, i) OFFSET 0) s
                     OFFSET 0) d
             OFFSET 0) c;
    hash := h.hash;
    FOR i IN 1..n LOOP
        hash := encode(sha256(convert_to(hash || texts[i], 'UTF8')), 'hex');
        hashes[i] := hash;
    END LOOP;
    INSERT INTO audit.trail (chain, seq, at, clinical_at, user_id, actor, role, reason,
        query_id, act, relation, row_id, centre_id, participant_id, visit, form, item,
        old_salt, old, new_salt, new, old_commitment, new_commitment, previous, hash)
    SELECT p_chain, h.seq + i, t.at, t.clinical_at, t.user_id, t.actor, t.role, t.reason,
        t.query_id, act, p_relation, p_row_id, p_centre, p_participant, t.visit, t.form, item,
        os, old, ns, new, oc, nc, CASE WHEN i = 1 THEN h.hash ELSE hashes[i - 1] END, hashes[i]
      FROM unnest(p_items, acts, old_salts, p_old, new_salts, p_new, old_commitments,
                  new_commitments)
           WITH ORDINALITY AS r (item, act, os, old, ns, new, oc, nc, i);
    UPDATE audit.head SET seq = h.seq + n, hash = hashes[n] WHERE chain = p_chain;
END $$;
REVOKE ALL ON FUNCTION audit.append FROM PUBLIC;
