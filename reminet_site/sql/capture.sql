-- The trigger. Arguments: columns to leave out, comma separated; jsonb columns to open, likewise.
CREATE OR REPLACE FUNCTION audit.capture() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = audit, public, pg_temp AS $$
DECLARE
    skip text[] := string_to_array(coalesce(TG_ARGV[0], ''), ',');
    open text[] := string_to_array(coalesce(TG_ARGV[1], ''), ',');
    was jsonb := CASE WHEN TG_OP = 'INSERT' THEN '{}'::jsonb ELSE to_jsonb(OLD) END;
    new_row jsonb;
    participant bigint;
    centre bigint;
    name text;
    c audit.changes;
    found audit.changes;
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'nothing in the trial is deleted (%)', TG_TABLE_NAME
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    new_row := to_jsonb(NEW);
    participant := CASE WHEN TG_TABLE_NAME = 'crf_participant' THEN NEW.id
                        ELSE (new_row ->> 'participant_id')::bigint END;
    centre := CASE WHEN TG_TABLE_NAME = 'reminet_site_centre' THEN NEW.id
                   ELSE (new_row ->> 'centre_id')::bigint END;
    SELECT array_agg('#' || d.key), array_agg(d.o), array_agg(d.n)
      INTO found.items, found.old, found.new
      FROM (SELECT coalesce(o.key, n.key) AS key, o.value AS o, n.value AS n
              FROM jsonb_each_text(was - skip - open - 'id'::text) o
              FULL JOIN jsonb_each_text(new_row - skip - open - 'id'::text) n ON n.key = o.key
             WHERE o.value IS DISTINCT FROM n.value ORDER BY 1) d;
    FOREACH name IN ARRAY open LOOP
        c := audit.changed_fields(coalesce(was -> name, '{}'), coalesce(new_row -> name, '{}'));
        found.items := found.items || c.items;
        found.old := found.old || c.old;
        found.new := found.new || c.new;
    END LOOP;
    PERFORM audit.append(
        CASE WHEN participant IS NOT NULL THEN 'participant:' || participant
             WHEN centre IS NOT NULL THEN 'centre:' || centre ELSE 'deployment' END,
        NULL, TG_TABLE_NAME, NEW.id::text, centre, participant,
        new_row ->> 'visit', new_row ->> 'form', found.items, found.old, found.new);
    RETURN NULL;
END $$;

-- Fields of an opened column that differ, by name, lists after the rest. Keys are compared whole; rows are opened only where
-- their list differs. In plpgsql, whose plans are kept: the same as plain SQL takes 15 times longer.
CREATE OR REPLACE FUNCTION audit.changed_fields(was jsonb, now_ jsonb) RETURNS audit.changes
LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
    c audit.changes;
    lists audit.changes;
    listed text[];
BEGIN
    IF was = now_ THEN RETURN c; END IF;
    SELECT array_agg(d.key) FILTER (WHERE NOT d.list), array_agg(d.o) FILTER (WHERE NOT d.list),
           array_agg(d.n) FILTER (WHERE NOT d.list), array_agg(d.key) FILTER (WHERE d.list)
      INTO c.items, c.old, c.new, listed
      FROM (SELECT coalesce(o.key, n.key) AS key, o.value #>> '{}' AS o, n.value #>> '{}' AS n,
                   coalesce(jsonb_typeof(o.value) = 'array', false)
                   OR coalesce(jsonb_typeof(n.value) = 'array', false) AS list
              FROM jsonb_each(was) o FULL JOIN jsonb_each(now_) n ON n.key = o.key
             ORDER BY 1) d
     WHERE d.o IS DISTINCT FROM d.n;
    IF listed IS NOT NULL THEN
        SELECT array_agg(d.item), array_agg(d.o), array_agg(d.n)
          INTO lists
          FROM (SELECT coalesce(o.item, n.item) AS item, o.value AS o, n.value AS n
                  FROM audit.flatten((SELECT jsonb_object_agg(k, was -> k)
                                        FROM unnest(listed) k WHERE was ? k)) o
                  FULL JOIN audit.flatten((SELECT jsonb_object_agg(k, now_ -> k)
                                             FROM unnest(listed) k WHERE now_ ? k)) n
                         ON n.item = o.item
                 WHERE o.value IS DISTINCT FROM n.value ORDER BY 1) d;
        c.items := c.items || lists.items;
        c.old := c.old || lists.old;
        c.new := c.new || lists.new;
    END IF;
    RETURN c;
END $$;
REVOKE ALL ON FUNCTION audit.capture FROM PUBLIC;
