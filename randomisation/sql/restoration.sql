-- After a restore nothing is given until two persons have compared the database with the
-- allocation log (reminet_site_restoration, randomisation_lostdispensing).
CREATE FUNCTION randomisation_not_while_restored() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT FROM reminet_site_restoration WHERE reconciled_at IS NULL) THEN
        RAISE EXCEPTION 'the restored database is not reconciled' USING ERRCODE = 'RE020';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER not_while_restored BEFORE INSERT ON randomisation_allocation
    FOR EACH ROW EXECUTE FUNCTION randomisation_not_while_restored();
CREATE TRIGGER not_while_restored BEFORE INSERT ON randomisation_dispensing
    FOR EACH ROW EXECUTE FUNCTION randomisation_not_while_restored();
ALTER TABLE randomisation_allocation ENABLE ALWAYS TRIGGER not_while_restored;
ALTER TABLE randomisation_dispensing ENABLE ALWAYS TRIGGER not_while_restored;

-- A kit that was given before the restore is never available again: it arrives set aside.
CREATE FUNCTION randomisation_given_stays_given() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF NEW.status = 'available' AND EXISTS (
        SELECT FROM randomisation_lostdispensing WHERE kit_number = NEW.number) THEN
        NEW.status := 'quarantined';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER given_stays_given BEFORE INSERT OR UPDATE OF status ON randomisation_kit
    FOR EACH ROW EXECUTE FUNCTION randomisation_given_stays_given();
ALTER TABLE randomisation_kit ENABLE ALWAYS TRIGGER given_stays_given;
