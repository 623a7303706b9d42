-- Who took files that hold a participant's data: acts on the participant, on the centre, and on the
-- whole trial. Whoever sees the participant may know of all three, those of the trial included,
-- which the wall of the trail keeps from a centre. Files taken before the participant's first row
-- of the trail cannot hold him or her.
CREATE OR REPLACE FUNCTION audit.takings(p_participant bigint, p_before bigint, p_limit int)
RETURNS TABLE (id bigint, at timestamptz, clinical_at timestamptz, actor text, role text, act text,
               subject text, detail text, scope text)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = audit, public, pg_temp AS $$
#variable_conflict use_column
DECLARE
    here bigint := (SELECT p.centre_id FROM crf_participant p WHERE p.id = p_participant);
    since bigint := (SELECT t.id FROM audit.trail t
                      WHERE t.chain = 'participant:' || p_participant AND t.seq = 1);
BEGIN
    IF NOT coalesce(current_setting('reminet.every_centre', true) = 'on'
        OR here = ANY (nullif(current_setting('reminet.centres', true), '')::bigint[]), false) THEN
        RETURN;
    END IF;
    RETURN QUERY
    WITH mine AS (
        (SELECT t.*, 'participant' AS scope FROM audit.trail t
          WHERE t.relation = 'act' AND t.act IN ('download', 'export')
            AND t.participant_id = p_participant AND t.id < p_before
          ORDER BY t.id DESC LIMIT p_limit)
        UNION ALL
        (SELECT t.*, 'centre' FROM audit.trail t
          WHERE t.relation = 'act' AND t.act IN ('download', 'export')
            AND t.participant_id IS NULL AND t.centre_id = here
            AND t.id > since AND t.id < p_before
          ORDER BY t.id DESC LIMIT p_limit)
        UNION ALL
        (SELECT t.*, 'trial' FROM audit.trail t
          WHERE t.relation = 'act' AND t.act IN ('download', 'export')
            AND t.participant_id IS NULL AND t.centre_id IS NULL
            AND t.id > since AND t.id < p_before
          ORDER BY t.id DESC LIMIT p_limit))
    SELECT m.id, m.at, m.clinical_at, m.actor, m.role, m.act, m.row_id, coalesce(m.new, ''), m.scope
      FROM mine m ORDER BY m.id DESC LIMIT p_limit;
END $$;
REVOKE ALL ON FUNCTION audit.takings FROM PUBLIC;
GRANT EXECUTE ON FUNCTION audit.takings TO app;
