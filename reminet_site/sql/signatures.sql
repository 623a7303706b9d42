-- Nobody signs in another's name or role; a signature stands as it was made.
CREATE FUNCTION audit.signed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.by_id IS DISTINCT FROM nullif(audit.setting('user'), '')::bigint
       OR NEW.role <> audit.setting('role') OR NEW.name <> audit.setting('actor') THEN
        RAISE EXCEPTION 'a signature is the signer''s own' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER signed BEFORE INSERT ON reminet_site_signature
    FOR EACH ROW EXECUTE FUNCTION audit.signed();
ALTER TABLE reminet_site_signature ENABLE ALWAYS TRIGGER signed;

CREATE FUNCTION audit.signature_stands() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a signature is never changed' USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER stands BEFORE UPDATE OR DELETE OR TRUNCATE ON reminet_site_signature
    FOR EACH STATEMENT EXECUTE FUNCTION audit.signature_stands();
ALTER TABLE reminet_site_signature ENABLE ALWAYS TRIGGER stands;
