-- Which roles count now. The one place: the session's statement and live_grants read this view.
--
-- A role for the whole trial counts while it is granted. A role at a centre counts once training
-- and delegation are recorded and the centre is activated, until the delegation ends or the centre
-- closes. Of a closed centre the principal investigator goes on reading.
CREATE VIEW reminet_site_heldrole AS
SELECT g.id, g.user_id, g.centre_id, g.role AS granted, d.trained, d.charge,
       CASE WHEN g.centre_id IS NULL THEN g.role
            WHEN NOT d.trained OR d.charge IS DISTINCT FROM 'delegation' OR c.opened_on IS NULL
                THEN NULL
            WHEN c.closed_on IS NULL THEN g.role
            WHEN g.role = 'principal_investigator' THEN 'centre_reader'
       END AS role
  FROM reminet_site_grant g
  LEFT JOIN reminet_site_centre c ON c.id = g.centre_id
  LEFT JOIN LATERAL (
       SELECT coalesce(bool_or(r.kind = 'training'), false) AS trained,
              (array_agg(r.kind ORDER BY r.id DESC) FILTER (WHERE r.kind <> 'training'))[1] AS charge
         FROM reminet_site_dutyrecord r WHERE r.grant_id = g.id) d ON g.centre_id IS NOT NULL
 WHERE g.revoked_at IS NULL;
GRANT SELECT ON reminet_site_heldrole TO app;

-- One account a mailbox, however its address is written; closing an account frees nothing.
CREATE FUNCTION reminet_site_mailbox(address text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT lower(regexp_replace(normalize(trim(address), NFKC), '\+[^@]*@', '@'))
$$;
CREATE UNIQUE INDEX one_account_a_mailbox ON reminet_site_user (reminet_site_mailbox(email));

-- An account keeps its address: it is never handed on.
CREATE FUNCTION reminet_site_user_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.id <> OLD.id OR NEW.email <> OLD.email THEN
        RAISE EXCEPTION 'an account keeps its address' USING ERRCODE = 'RE021';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER stays BEFORE UPDATE OF id, email ON reminet_site_user
    FOR EACH ROW EXECUTE FUNCTION reminet_site_user_stays();
ALTER TABLE reminet_site_user ENABLE ALWAYS TRIGGER stays;

-- A grant is given once and revoked once. Where a role takes two persons, both are others than its
-- holder; a grant without a first person is made by the system (the first administrator, the
-- demonstration). A test holds the list against roles.TWO_PERSON_ROLES.
CREATE FUNCTION reminet_site_grant_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        IF OLD.revoked_at IS NOT NULL
           OR (NEW.user_id, NEW.role, NEW.centre_id, NEW.granted_by_id, NEW.seconded_by_id,
               NEW.granted_at, NEW.reason)
              IS DISTINCT FROM (OLD.user_id, OLD.role, OLD.centre_id, OLD.granted_by_id,
               OLD.seconded_by_id, OLD.granted_at, OLD.reason) THEN
            RAISE EXCEPTION 'a grant is given once and revoked once' USING ERRCODE = 'RE022';
        END IF;
    ELSIF NEW.granted_by_id IS NOT NULL AND (
            NEW.user_id = NEW.granted_by_id OR NEW.user_id = NEW.seconded_by_id
            OR NEW.granted_by_id = NEW.seconded_by_id
            OR (NEW.seconded_by_id IS NULL AND NEW.role = ANY (ARRAY[
                'principal_investigator', 'investigator', 'pharmacist', 'trial_statistician',
                'dmc_statistician', 'dmc_member', 'custodian', 'supply_manager',
                'safety_physician', 'sponsor_manager']))) THEN
        RAISE EXCEPTION 'this role takes two persons' USING ERRCODE = 'RE023';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER guard BEFORE INSERT OR UPDATE ON reminet_site_grant
    FOR EACH ROW EXECUTE FUNCTION reminet_site_grant_guard();
ALTER TABLE reminet_site_grant ENABLE ALWAYS TRIGGER guard;

-- A request is decided once, and stays what was asked.
CREATE FUNCTION reminet_site_request_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.state <> 'waiting'
       OR (NEW.kind, NEW.user_id, NEW.role, NEW.centre_id, NEW.reason, NEW.asked_by_id)
          IS DISTINCT FROM
          (OLD.kind, OLD.user_id, OLD.role, OLD.centre_id, OLD.reason, OLD.asked_by_id) THEN
        RAISE EXCEPTION 'a request is decided once' USING ERRCODE = 'RE024';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER guard BEFORE UPDATE ON reminet_site_accessrequest
    FOR EACH ROW EXECUTE FUNCTION reminet_site_request_guard();
ALTER TABLE reminet_site_accessrequest ENABLE ALWAYS TRIGGER guard;
