-- The database's own word on three rules of access: an administrator is made by two persons, a
-- centre's last principal investigator stays until the data were handed over, and what a certified
-- copy is worth for that.

-- As in access.sql, and: an administrator takes two as well (the first and the second are made at
-- the terminal, by the system), and whoever acts is one of the two.
CREATE OR REPLACE FUNCTION reminet_site_grant_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE who bigint := nullif(current_setting('reminet.user', true), '')::bigint;
BEGIN
    IF TG_OP = 'UPDATE' THEN
        IF OLD.revoked_at IS NOT NULL
           OR (NEW.user_id, NEW.role, NEW.centre_id, NEW.granted_by_id, NEW.seconded_by_id,
               NEW.granted_at, NEW.reason)
              IS DISTINCT FROM (OLD.user_id, OLD.role, OLD.centre_id, OLD.granted_by_id,
               OLD.seconded_by_id, OLD.granted_at, OLD.reason) THEN
            RAISE EXCEPTION 'a grant is given once and revoked once' USING ERRCODE = 'RE022';
        END IF;
    ELSIF who IS NOT NULL AND who IS DISTINCT FROM NEW.granted_by_id
          AND who IS DISTINCT FROM NEW.seconded_by_id THEN
        RAISE EXCEPTION 'a role is given in the name of who gives it' USING ERRCODE = 'RE023';
    ELSIF NEW.granted_by_id IS NOT NULL AND (
            NEW.user_id = NEW.granted_by_id OR NEW.user_id = NEW.seconded_by_id
            OR NEW.granted_by_id = NEW.seconded_by_id
            OR (NEW.seconded_by_id IS NULL AND NEW.role = ANY (ARRAY[
                'principal_investigator', 'investigator', 'pharmacist', 'trial_statistician',
                'dmc_statistician', 'dmc_member', 'custodian', 'supply_manager',
                'safety_physician', 'sponsor_manager', 'administrator']))) THEN
        RAISE EXCEPTION 'this role takes two persons' USING ERRCODE = 'RE023';
    END IF;
    RETURN NEW;
END $$;

-- Refuses where this grant is the centre's last principal investigator's and nobody has taken a
-- copy of the data as they stand: reminet_site/handing_over.py. Two are not taken at one time.
CREATE FUNCTION reminet_site_lead_stays(lead bigint) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    here bigint;
    leads bigint[];
    rows_now bigint;
BEGIN
    SELECT g.centre_id INTO here FROM reminet_site_grant g
     WHERE g.id = lead AND g.role = 'principal_investigator' AND g.revoked_at IS NULL;
    IF here IS NULL THEN
        RETURN;
    END IF;
    PERFORM 1 FROM reminet_site_centre c WHERE c.id = here FOR NO KEY UPDATE;
    SELECT array_agg(h.id) INTO leads
      FROM reminet_site_heldrole h JOIN reminet_site_user u ON u.id = h.user_id
     WHERE h.centre_id = here AND h.granted = 'principal_investigator' AND h.role IS NOT NULL
       AND u.is_active;
    IF leads IS DISTINCT FROM ARRAY[lead] THEN
        RETURN;
    END IF;
    SELECT count(*) INTO rows_now FROM audit.trail t
     WHERE t.centre_id = here AND t.participant_id IS NOT NULL AND t.relation <> 'act';
    IF rows_now > 0 AND NOT EXISTS (
        SELECT 1 FROM reminet_site_certifiedcopy c
         WHERE c.centre_id = here AND c.taken_at IS NOT NULL AND c.changes = rows_now) THEN
        RAISE EXCEPTION 'the last principal investigator has no copy of the data as they stand'
            USING ERRCODE = 'RE025';
    END IF;
END $$;
REVOKE ALL ON FUNCTION reminet_site_lead_stays(bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION reminet_site_lead_stays(bigint) TO app;

-- A role ends where it is revoked, where the delegation ends, where the account is closed.
CREATE FUNCTION reminet_site_access_ends() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_TABLE_NAME = 'reminet_site_grant' THEN
        PERFORM reminet_site_lead_stays(OLD.id);
    ELSIF TG_TABLE_NAME = 'reminet_site_dutyrecord' THEN
        PERFORM reminet_site_lead_stays(NEW.grant_id);
    ELSE
        PERFORM reminet_site_lead_stays(g.id) FROM reminet_site_grant g
          WHERE g.user_id = OLD.id AND g.revoked_at IS NULL;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER lead_stays BEFORE UPDATE OF revoked_at ON reminet_site_grant
    FOR EACH ROW WHEN (OLD.revoked_at IS NULL AND NEW.revoked_at IS NOT NULL)
    EXECUTE FUNCTION reminet_site_access_ends();
ALTER TABLE reminet_site_grant ENABLE ALWAYS TRIGGER lead_stays;
CREATE TRIGGER lead_stays BEFORE INSERT ON reminet_site_dutyrecord
    FOR EACH ROW WHEN (NEW.kind = 'end') EXECUTE FUNCTION reminet_site_access_ends();
ALTER TABLE reminet_site_dutyrecord ENABLE ALWAYS TRIGGER lead_stays;
CREATE TRIGGER lead_stays BEFORE UPDATE OF is_active ON reminet_site_user
    FOR EACH ROW WHEN (OLD.is_active AND NOT NEW.is_active)
    EXECUTE FUNCTION reminet_site_access_ends();
ALTER TABLE reminet_site_user ENABLE ALWAYS TRIGGER lead_stays;

-- A copy is asked for, made, and then taken by the one who asked; what was made is not changed.
CREATE FUNCTION reminet_site_copy_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE who bigint := nullif(current_setting('reminet.user', true), '')::bigint;
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.state <> 'waiting' OR NEW.taken_at IS NOT NULL OR NEW.changes IS NOT NULL
           OR NEW.asked_by_id IS DISTINCT FROM who THEN
            RAISE EXCEPTION 'a copy begins as asked for' USING ERRCODE = 'RE026';
        END IF;
        RETURN NEW;
    END IF;
    IF (NEW.centre_id, NEW.asked_by_id, NEW.asked_at)
       IS DISTINCT FROM (OLD.centre_id, OLD.asked_by_id, OLD.asked_at)
    OR (OLD.state = 'done' AND (NEW.state, NEW.changes, NEW.sha256, NEW.data_at)
        IS DISTINCT FROM (OLD.state, OLD.changes, OLD.sha256, OLD.data_at))
    OR (NEW.taken_at IS DISTINCT FROM OLD.taken_at AND (
        OLD.taken_at IS NOT NULL OR OLD.state <> 'done' OR NEW.asked_by_id IS DISTINCT FROM who))
    THEN
        RAISE EXCEPTION 'a copy is taken once, by the one who asked, as it was made'
            USING ERRCODE = 'RE026';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER guard BEFORE INSERT OR UPDATE ON reminet_site_certifiedcopy
    FOR EACH ROW EXECUTE FUNCTION reminet_site_copy_guard();
ALTER TABLE reminet_site_certifiedcopy ENABLE ALWAYS TRIGGER guard;
