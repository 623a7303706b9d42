-- Every row of the trail pays for each index of it. A participant's rows are those of a chain,
-- which has an index already; a person's day is a part of everybody's day (trail_at);
-- the rows of one entry are few, and read whole.
DROP INDEX audit.trail_participant;
DROP INDEX audit.trail_user_day;
DROP INDEX audit.trail_item;
CREATE INDEX trail_row ON audit.trail (relation, row_id);
