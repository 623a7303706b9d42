-- Accrual is for everybody: counts over all centres, and nothing but counts.
CREATE FUNCTION randomisation_accrual_days()
RETURNS TABLE (randomised_on date, randomised bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT p.randomised_on, count(*) FROM crf_participant p
     WHERE p.randomised_on IS NOT NULL GROUP BY 1 ORDER BY 1
$$;

CREATE FUNCTION randomisation_accrual_centres()
RETURNS TABLE (code text, name text, screened bigint, randomised bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT c.code, c.name, count(p.id), count(p.randomised_on)
      FROM reminet_site_centre c LEFT JOIN crf_participant p ON p.centre_id = c.id
     GROUP BY c.id, c.code, c.name ORDER BY c.code
$$;
REVOKE ALL ON FUNCTION randomisation_accrual_days, randomisation_accrual_centres FROM PUBLIC;
GRANT EXECUTE ON FUNCTION randomisation_accrual_days, randomisation_accrual_centres TO app;
